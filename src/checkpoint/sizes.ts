// The sizes of a CRATE, read off the shapes of its tensors.

import type { CrateKind } from '../model/config.ts';
import type { FoundSizes } from '../model/findings.ts';
import { CheckpointError } from './errors.ts';
import type { StateDict } from './stateDict.ts';

export interface Sizes extends FoundSizes {
  /** False where the output map of MSSA is the identity and has no tensors. */
  readonly hasOutputMap: boolean;
}

/** @throws CheckpointError 'missing-tensor', 'wrong-shape' */
export function sizesOf(kind: CrateKind, dict: StateDict): Sizes {
  const sizes = kind === 'crate-mae' ? maeSizes(dict) : crateSizes(kind, dict);
  const { d, L, inner, atoms, classes, imageSize, headWidth, decoder } = sizes;
  const largest = Math.max(
    d,
    L,
    inner,
    atoms,
    classes,
    imageSize,
    headWidth ?? 0,
    decoder?.L ?? 0,
    decoder?.inner ?? 0,
  );
  if (largest > LARGEST) {
    throw new CheckpointError(
      'wrong-shape',
      `A size of ${largest.toLocaleString('en-US')} is too large to be a CRATE. Check that the file is what it says.`,
    );
  }
  const tokens = (sizes.imageSize / sizes.patchSize) ** 2 + 1;
  if (tokens > MOST_TOKENS) {
    throw new CheckpointError(
      'wrong-shape',
      `${tokens.toLocaleString('en-US')} tokens are too many for attention, which grows with their square; ${MOST_TOKENS.toLocaleString('en-US')} can be run at most.`,
    );
  }
  return sizes;
}

/** Tokens n of the largest input that is run: 1,024 px in patches of 8. */
const MOST_TOKENS = 128 ** 2 + 1;

/** No width, depth or class count of a model that a browser could hold comes near; what is derived from a size stays small. */
const LARGEST = 2 ** 20;

function crateSizes(kind: 'crate' | 'crate-alpha', dict: StateDict): Sizes {
  const [, n = 0, d = 0] = dict.shape('pos_embedding', 3);
  const [inner = 0] = dict.shape('transformer.layers.0.0.fn.qkv.weight', 2);
  const patchSize =
    kind === 'crate-alpha' ? convolutionPatch(dict, 'conv1.weight') : linearPatch(dict, 'to_patch_embedding.1.weight');
  const L = dict.countLayers((layer) => `transformer.layers.${layer}.0.fn.qkv.weight`, /^transformer\.layers\.(\d+)\./);
  const atoms = kind === 'crate-alpha' ? (dict.shape('transformer.layers.0.1.fn.D', 2)[1] ?? 0) : d;
  // The segmentation demo's class map stands beside the head, which then ends in a map of its own.
  const hasHeadMap = dict.has('head.weight');
  const [classes = 0] = dict.shape(hasHeadMap ? 'head.weight' : 'mlp_head.1.weight', 2);
  return {
    imageSize: gridOf('pos_embedding', n) * patchSize,
    patchSize,
    classes,
    d,
    L,
    inner,
    atoms,
    headWidth: hasHeadMap ? (dict.shape('mlp_head.1.weight', 2)[0] ?? 0) : null,
    decoder: null,
    hasOutputMap: dict.has('transformer.layers.0.0.fn.to_out.0.weight'),
  };
}

function maeSizes(dict: StateDict): Sizes {
  const [, n = 0, d = 0] = dict.shape('decoder_pos_embed', 3);
  const [inner = 0] = dict.shape('blocks.0.layers.0.0.fn.qkv.weight', 2);
  const patchSize = convolutionPatch(dict, 'patch_embed.proj.weight');
  const L = dict.countLayers((layer) => `blocks.${layer}.layers.0.0.fn.qkv.weight`, /^blocks\.(\d+)\./);
  const decoderLayers = dict.countLayers(
    (layer) => `decoder_blocks.${layer}.layers.0.1.fn.qkv.weight`,
    /^decoder_blocks\.(\d+)\./,
  );
  const [decoderInner = 0] = dict.shape('decoder_blocks.0.layers.0.1.fn.qkv.weight', 2);
  return {
    imageSize: gridOf('decoder_pos_embed', n) * patchSize,
    patchSize,
    classes: 0,
    d,
    L,
    inner,
    atoms: d,
    headWidth: null,
    decoder: { L: decoderLayers, inner: decoderInner },
    hasOutputMap: dict.has('blocks.0.layers.0.0.fn.to_out.0.weight'),
  };
}

/** Patches a side, from the number of positions. */
function gridOf(name: string, positions: number): number {
  const side = Math.sqrt(positions - 1);
  if (!Number.isInteger(side) || side === 0) {
    throw new CheckpointError(
      'wrong-shape',
      `Tensor ${name} has ${positions} positions; a square grid and one class token make 1 plus a square number.`,
    );
  }
  return side;
}

function linearPatch(dict: StateDict, name: string): number {
  const [length = 0] = dict.shape(name, 1);
  const side = Math.sqrt(length / 3);
  if (!Number.isInteger(side)) {
    throw new CheckpointError(
      'wrong-shape',
      `Tensor ${name} has ${length} entries, which is not 3·P² for a whole patch side P.`,
    );
  }
  return side;
}

function convolutionPatch(dict: StateDict, name: string): number {
  const [, channels = 0, height = 0, width = 0] = dict.shape(name, 4);
  if (channels !== 3 || height !== width) {
    throw new CheckpointError(
      'wrong-shape',
      `Tensor ${name} makes patches of ${height} × ${width} px with ${channels} channels; a CRATE has square RGB patches.`,
    );
  }
  return width;
}
