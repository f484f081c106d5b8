// From named tensors to a CRATE: which sizes, which weights, and which constants had to be assumed because no state dict holds them.

import type { CrateConfig, Pool } from '../model/config.ts';
import type { CrateWeights, LayerWeights } from '../model/weights.ts';
import { CheckpointError } from './errors.ts';
import { looksLikeCrate, recogniseOther } from './recognise.ts';
import type { NamedTensor, TensorFile } from './safetensors.ts';

/** Constants from a model card or the command line; what is left out is taken from the released code. */
export interface GivenConstants {
  readonly heads?: number | undefined;
  readonly eta?: number | undefined;
  readonly lambda?: number | undefined;
  readonly pool?: Pool | undefined;
}

export interface Crate {
  readonly config: CrateConfig;
  readonly weights: CrateWeights;
  /** Numbers in all tensors used. */
  readonly parameters: number;
  /** What the file did not say and where the value was taken from, one sentence each. */
  readonly assumptions: readonly string[];
  /** Names of tensors in the file that a CRATE does not have; they do not touch the result. */
  readonly unused: readonly string[];
}

/** Widths of the released models (to_out present, K·p = d) and their heads. */
const RELEASED_HEADS: ReadonlyMap<number, { readonly heads: number; readonly name: string }> = new Map([
  [384, { heads: 6, name: 'CRATE-Tiny' }],
  [576, { heads: 12, name: 'CRATE-Small' }],
  [768, { heads: 12, name: 'CRATE-Base' }],
  [1024, { heads: 16, name: 'CRATE-Large' }],
]);

/** The released code's ISTA step and sparsity weight. */
const RELEASED_ETA = 0.1;
const RELEASED_LAMBDA = 0.1;

const NOT_CRATE_REMEDY =
  'Choose a CRATE checkpoint with class head (keys such as transformer.layers.0.0.fn.qkv.weight).';

/** Finds the CRATE in a file of tensors. @throws CheckpointError */
export function crateFromTensors(file: TensorFile, given: GivenConstants = {}): Crate {
  const tensors = stripPrefixes(file.tensors);
  refuseOthers(new Set(tensors.keys()));
  const source = new Source(tensors);
  const sizes = sizesOf(source);
  const constants = constantsOf(sizes, given);
  const weights = weightsOf(source, sizes);
  const unused = source.unusedNames();
  const changing = unused.find((name) => /^(transformer|mlp_head|to_patch_embedding)\./.test(name));
  if (changing !== undefined) {
    throw new CheckpointError(
      'not-crate',
      `Tensor ${changing} belongs to no released CRATE, so this is a variant that would give wrong numbers here. ${NOT_CRATE_REMEDY}`,
    );
  }
  const { imageSize, patchSize, classes, d, L } = sizes;
  const { K, p, eta, lambda, pool, assumptions } = constants;
  const config: CrateConfig = { kind: 'crate', imageSize, patchSize, classes, d, L, K, p, eta, lambda, pool };
  return { config, weights, parameters: source.parameters, assumptions, unused };
}

/** Names without what data-parallel training (`module.`) and torch.compile (`_orig_mod.`) put in front. */
function stripPrefixes(tensors: ReadonlyMap<string, NamedTensor>): ReadonlyMap<string, NamedTensor> {
  const stripped = new Map<string, NamedTensor>();
  for (const [name, tensor] of tensors) {
    const bare = name.replace(/^(?:module\.|_orig_mod\.)+/, '');
    if (stripped.has(bare)) {
      throw new CheckpointError(
        'malformed',
        `The file holds tensor ${bare} twice, with and without a prefix. Save one of them.`,
      );
    }
    stripped.set(bare, tensor);
  }
  return stripped;
}

function refuseOthers(names: ReadonlySet<string>): void {
  if (looksLikeCrate(names)) return;
  const other = recogniseOther(names);
  const what = other
    ? `This is a ${other} checkpoint`
    : `None of the file's ${names.size} tensors is named as in a CRATE`;
  throw new CheckpointError('not-crate', `${what}; only CRATE models are read. ${NOT_CRATE_REMEDY}`);
}

const shapeText = (shape: readonly number[]): string => (shape.length === 0 ? 'a single number' : shape.join(' × '));

/** Tensors by name, checked for shape and finiteness as they are taken; remembers which were. */
class Source {
  private readonly tensors: ReadonlyMap<string, NamedTensor>;
  private readonly taken = new Set<string>();
  parameters = 0;

  constructor(tensors: ReadonlyMap<string, NamedTensor>) {
    this.tensors = tensors;
  }

  has(name: string): boolean {
    return this.tensors.has(name);
  }

  /** Shape of a tensor with that many axes. */
  shape(name: string, axes: number): readonly number[] {
    const { shape } = this.tensor(name);
    if (shape.length !== axes || shape.includes(0)) {
      throw new CheckpointError(
        'wrong-shape',
        `Tensor ${name} is ${shapeText(shape)}; a CRATE has ${axes} axes there, none empty.`,
      );
    }
    return shape;
  }

  take(name: string, expected: readonly number[]): Float32Array {
    const tensor = this.tensor(name);
    if (tensor.shape.length !== expected.length || tensor.shape.some((side, i) => side !== expected[i])) {
      throw new CheckpointError(
        'wrong-shape',
        `Tensor ${name} is ${shapeText(tensor.shape)}, but the other sizes of this CRATE make it ${shapeText(expected)}. ` +
          'Check that the file holds one whole model.',
      );
    }
    const data = tensor.f32();
    const bad = data.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) {
      throw new CheckpointError(
        'not-finite',
        `Tensor ${name} holds ${data[bad]} at entry ${bad}, so every output would be NaN. Choose a checkpoint from before training diverged.`,
      );
    }
    this.taken.add(name);
    this.parameters += data.length;
    return data;
  }

  unusedNames(): readonly string[] {
    return [...this.tensors.keys()].filter((name) => !this.taken.has(name));
  }

  private tensor(name: string): NamedTensor {
    const tensor = this.tensors.get(name);
    if (!tensor) {
      throw new CheckpointError(
        'missing-tensor',
        `Tensor ${name} is missing: the file looks like a CRATE but is not whole. Save the full state dict.`,
      );
    }
    return tensor;
  }
}

interface Sizes {
  readonly imageSize: number;
  readonly patchSize: number;
  readonly classes: number;
  readonly d: number;
  readonly L: number;
  /** K·p. */
  readonly inner: number;
  /** False when `to_out` is the identity and has no tensors. */
  readonly hasOutputMap: boolean;
}

function sizesOf(source: Source): Sizes {
  const [, n = 0, d = 0] = source.shape('pos_embedding', 3);
  const [inner = 0] = source.shape('transformer.layers.0.0.fn.qkv.weight', 2);
  const [classes = 0] = source.shape('mlp_head.1.weight', 2);
  const [patchLength = 0] = source.shape('to_patch_embedding.1.weight', 1);
  const patchSize = Math.sqrt(patchLength / 3);
  if (!Number.isInteger(patchSize)) {
    throw new CheckpointError(
      'wrong-shape',
      `Tensor to_patch_embedding.1.weight has ${patchLength} entries, which is not 3·P² for a whole patch side P.`,
    );
  }
  const side = Math.sqrt(n - 1);
  if (!Number.isInteger(side) || side === 0) {
    throw new CheckpointError(
      'wrong-shape',
      `Tensor pos_embedding has ${n} positions; a square grid and one class token make 1 plus a square number.`,
    );
  }
  let L = 0;
  while (source.has(`transformer.layers.${L}.0.fn.qkv.weight`)) L++;
  const hasOutputMap = source.has('transformer.layers.0.0.fn.to_out.0.weight');
  return { imageSize: side * patchSize, patchSize, classes, d, L, inner, hasOutputMap };
}

function constantsOf({ d, inner, hasOutputMap }: Sizes, given: GivenConstants) {
  const assumptions: string[] = [];
  const assume = <T>(value: T | undefined, fallback: T, sentence: string): T => {
    if (value !== undefined) return value;
    assumptions.push(sentence);
    return fallback;
  };
  const K = headsOf(d, inner, hasOutputMap, given.heads, assumptions);
  const eta = assume(given.eta, RELEASED_ETA, `ISTA step η = ${RELEASED_ETA}, as in the released code; no file says.`);
  const lambda = assume(
    given.lambda,
    RELEASED_LAMBDA,
    `Sparsity weight λ = ${RELEASED_LAMBDA}, as in the released code; no file says.`,
  );
  const pool = assume(given.pool, 'cls' as Pool, 'The class token is pooled, as in the released models; no file says.');
  if (!(Number.isFinite(eta) && eta > 0 && Number.isFinite(lambda) && lambda >= 0)) {
    throw new CheckpointError(
      'contradiction',
      `η = ${eta} and λ = ${lambda} are no ISTA step: η must be above 0, λ 0 or more.`,
    );
  }
  return { K, p: inner / K, eta, lambda, pool, assumptions };
}

/** K: given, or told by a missing output map, or the released model of that width. Wrong heads would give wrong numbers silently. */
function headsOf(
  d: number,
  inner: number,
  hasOutputMap: boolean,
  given: number | undefined,
  assumptions: string[],
): number {
  if (!hasOutputMap) {
    if (given !== undefined && given !== 1) {
      throw new CheckpointError(
        'contradiction',
        `${given} heads were given, but the file has no output map (to_out), so it has 1 head.`,
      );
    }
    if (inner !== d) {
      throw new CheckpointError(
        'missing-tensor',
        `Tensor transformer.layers.0.0.fn.to_out.0.weight is missing, and the projection of ${inner} rows does not fit width ${d} without it.`,
      );
    }
    return 1;
  }
  if (given !== undefined) {
    if (!Number.isInteger(given) || given < 1 || inner % given !== 0) {
      throw new CheckpointError(
        'contradiction',
        `${given} heads do not divide the projection's ${inner} rows; give a divisor of ${inner}.`,
      );
    }
    return given;
  }
  const released = inner === d ? RELEASED_HEADS.get(d) : undefined;
  if (!released) {
    throw new CheckpointError(
      'heads-unknown',
      `The file does not say how many heads the model has, and a width of ${d} with ${inner} projected rows is no released CRATE's. ` +
        'Give the number of heads (a model card NAME.json beside the file with "heads", or --heads).',
    );
  }
  assumptions.push(`${released.heads} heads, as in ${released.name} of the same width ${d}; the file does not say.`);
  return released.heads;
}

function weightsOf(source: Source, { imageSize, patchSize, classes, d, L, inner, hasOutputMap }: Sizes): CrateWeights {
  const n = (imageSize / patchSize) ** 2 + 1;
  const length = 3 * patchSize ** 2;
  const layers = Array.from({ length: L }, (_, i): LayerWeights => {
    const at = `transformer.layers.${i}`;
    return {
      norm1Weight: source.take(`${at}.0.norm.weight`, [d]),
      norm1Bias: source.take(`${at}.0.norm.bias`, [d]),
      U: source.take(`${at}.0.fn.qkv.weight`, [inner, d]),
      W: hasOutputMap ? source.take(`${at}.0.fn.to_out.0.weight`, [d, inner]) : null,
      b: hasOutputMap ? source.take(`${at}.0.fn.to_out.0.bias`, [d]) : null,
      norm2Weight: source.take(`${at}.1.norm.weight`, [d]),
      norm2Bias: source.take(`${at}.1.norm.bias`, [d]),
      D: source.take(`${at}.1.fn.weight`, [d, d]),
    };
  });
  return {
    patchNormWeight: source.take('to_patch_embedding.1.weight', [length]),
    patchNormBias: source.take('to_patch_embedding.1.bias', [length]),
    embedWeight: source.take('to_patch_embedding.2.weight', [d, length]),
    embedBias: source.take('to_patch_embedding.2.bias', [d]),
    embedNormWeight: source.take('to_patch_embedding.3.weight', [d]),
    embedNormBias: source.take('to_patch_embedding.3.bias', [d]),
    cls: source.take('cls_token', [1, 1, d]),
    positions: source.take('pos_embedding', [1, n, d]),
    layers,
    headNormWeight: source.take('mlp_head.0.weight', [d]),
    headNormBias: source.take('mlp_head.0.bias', [d]),
    headWeight: source.take('mlp_head.1.weight', [classes, d]),
    headBias: source.take('mlp_head.1.bias', [classes]),
  };
}
