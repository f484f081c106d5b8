// From named tensors to a CRATE: which form, which sizes, which weights, and which constants had to come from elsewhere because no state
// dict holds them. Names and shapes are checked before a number is read.

import type { CrateConfig, CrateKind } from '../model/config.ts';
import { type Findings, type GivenConstants, missingConstants } from '../model/findings.ts';
import type { CrateWeights } from '../model/weights.ts';
import { buildWeights } from './builders.ts';
import { configOf, constantsOf, releasedModel } from './constants.ts';
import { CheckpointError, shown } from './errors.ts';
import { recogniseCrate, recogniseOther } from './recognise.ts';
import { type Sizes, sizesOf } from './sizes.ts';
import { refuseNonFinite, StateDict, type TensorHead } from './stateDict.ts';
import type { Container, TensorFile } from './tensorFile.ts';

export interface Crate {
  readonly config: CrateConfig;
  readonly weights: CrateWeights;
  readonly findings: Findings;
}

/** What is known of a file before its numbers are read. */
export interface Inspection {
  readonly findings: Findings;
  /** Null while a constant has to be given. */
  readonly config: CrateConfig | null;
  readonly kind: CrateKind;
  readonly sizes: Sizes;
  /** Names in the file of the tensors that make the weights, by bare name, in the order they are taken. */
  readonly taken: ReadonlyMap<string, string>;
}

interface FileFacts {
  readonly tensors: ReadonlyMap<string, TensorHead>;
  readonly container: Container;
  readonly wrapper: readonly string[];
  readonly metadata: Findings['metadata'];
}

const CONTAINERS: Readonly<Record<Container, string>> = {
  safetensors: 'safetensors',
  'pytorch-zip': 'PyTorch, zip archive',
  'pytorch-legacy': 'PyTorch, legacy (before 1.6)',
  npz: 'NumPy archive (npz)',
};

const ARCHITECTURES: Readonly<Record<CrateKind, string>> = {
  crate: 'CRATE',
  'crate-alpha': 'CRATE-α',
  'crate-mae': 'CRATE-MAE',
};

/** Tensors of the released files that their own forward pass never reads. */
const NEVER_READ: Readonly<Record<CrateKind, RegExp>> = {
  crate: /^$/,
  'crate-alpha': /^$/,
  'crate-mae': /^(pos_embed|decoder_embed\.(weight|bias))$/,
};
/** Modules of a CRATE: a tensor in one of them that no released model has makes the file a variant. */
const MODULES: Readonly<Record<CrateKind, RegExp>> = {
  crate: /^(transformer|mlp_head|to_patch_embedding|head)\./,
  'crate-alpha': /^(transformer|mlp_head|conv1|head)\./,
  'crate-mae': /^(blocks|decoder_blocks|patch_embed|norm|decoder_norm|decoder_pred)\./,
};

const REMEDY =
  'Choose a checkpoint of CRATE, CRATE-α or CRATE-MAE (keys such as transformer.layers.0.0.fn.qkv.weight).';

/** Finds the CRATE in a file without reading its numbers. @throws CheckpointError */
export function inspectTensors(file: FileFacts, bytes: number, given: GivenConstants = {}): Inspection {
  const recognised = recogniseCrate(file.tensors.keys());
  if (!recognised) throw notCrate(file.tensors);
  const { kind, prefix } = recognised;
  const dict = new StateDict(file.tensors, prefix);
  const sizes = sizesOf(kind, dict);
  const constants = constantsOf(kind, sizes, given, file.metadata);
  const taken = new Map<string, string>();
  let parameters = 0;
  buildWeights(kind, sizes, (name, shape) => {
    const head = dict.expect(name, shape);
    taken.set(name, head.name);
    parameters += head.count;
    return new Float32Array(0);
  });
  const isTaken = new Set(taken.values());
  const unused = [...file.tensors.keys()].filter((name) => !isTaken.has(name));
  const changing = [...dict.names].find(
    (name) => !taken.has(name) && MODULES[kind].test(name) && !NEVER_READ[kind].test(name),
  );
  if (changing !== undefined) {
    throw new CheckpointError(
      'not-crate',
      `Tensor ${shown(changing)} belongs to no released ${ARCHITECTURES[kind]}, so this is a variant that would give wrong numbers here. ${REMEDY}`,
    );
  }
  const { hasOutputMap: _, ...foundSizes } = sizes;
  const demo = sizes.headWidth === null ? '' : ' with a linear map before the class map';
  const findings: Findings = {
    container: CONTAINERS[file.container],
    bytes,
    wrapper: file.wrapper,
    prefix,
    dtypes: dtypesOf(file.tensors),
    kind,
    architecture: `${ARCHITECTURES[kind]}${demo}`,
    released: releasedModel(kind, sizes)?.name ?? null,
    sizes: foundSizes,
    parameters,
    unused,
    metadata: file.metadata,
    constants,
  };
  return { findings, config: configOf(kind, sizes, constants), kind, sizes, taken };
}

function notCrate(tensors: ReadonlyMap<string, TensorHead>): CheckpointError {
  const other = recogniseOther(tensors.keys());
  const what = other
    ? `This is a checkpoint of ${other}; only CRATE models are read today.`
    : `None of the file's ${tensors.size} tensors is named as in a CRATE; only CRATE models are read.`;
  return new CheckpointError('not-crate', `${what} ${REMEDY}`);
}

function dtypesOf(tensors: ReadonlyMap<string, TensorHead>): Findings['dtypes'] {
  const byDtype = new Map<string, { tensors: number; numbers: number }>();
  for (const { dtype, count } of tensors.values()) {
    const before = byDtype.get(dtype) ?? { tensors: 0, numbers: 0 };
    byDtype.set(dtype, { tensors: before.tensors + 1, numbers: before.numbers + count });
  }
  return [...byDtype].map(([dtype, counts]) => ({ dtype, ...counts }));
}

function needConfig({ config, findings }: Inspection): CrateConfig {
  if (config) return config;
  const [missing] = missingConstants(findings);
  const option = missing?.key === 'decoderHeads' ? '"decoderHeads", or --decoder-heads' : '"heads", or --heads';
  throw new CheckpointError(
    'heads-unknown',
    `${missing?.note ?? 'A constant is missing.'} Give it (a model card NAME.json beside the file with ${option}); ` +
      `plausible are ${missing?.options.join(', ') ?? 'none'}.`,
  );
}

export interface LoadOptions {
  /** Bytes read so far and in all. */
  readonly progress?: (bytes: number, totalBytes: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Reads the weights that an inspection found, one tensor after the other.
 * @throws CheckpointError 'heads-unknown', 'not-finite', 'truncated', …; the signal's reason when it is aborted
 */
export async function loadCrate(
  file: TensorFile,
  inspection: Inspection,
  { progress, signal }: LoadOptions = {},
): Promise<Crate> {
  const config = needConfig(inspection);
  const { kind, sizes, taken, findings } = inspection;
  const arrays = new Map<string, Float32Array>();
  const total = 4 * findings.parameters;
  let bytes = 0;
  for (const [name, inFile] of taken) {
    signal?.throwIfAborted();
    const tensor = file.tensors.get(inFile);
    if (!tensor) throw new RangeError(`no tensor: ${inFile}`);
    const data = await tensor.f32();
    refuseNonFinite(name, data);
    arrays.set(name, data);
    bytes += data.byteLength;
    progress?.(bytes, total);
  }
  return { config, findings, weights: weightsFrom(kind, sizes, arrays) };
}

/** A CRATE from tensors that are in memory already. @throws CheckpointError */
export function crateFromArrays(
  file: FileFacts & { readonly arrays: ReadonlyMap<string, Float32Array> },
  given: GivenConstants = {},
): Crate {
  const inspection = inspectTensors(file, 0, given);
  const config = needConfig(inspection);
  const { kind, sizes, taken, findings } = inspection;
  const arrays = new Map<string, Float32Array>();
  for (const [name, inFile] of taken) {
    const data = file.arrays.get(inFile);
    if (!data) throw new RangeError(`no tensor: ${inFile}`);
    refuseNonFinite(name, data);
    arrays.set(name, data);
  }
  return { config, findings, weights: weightsFrom(kind, sizes, arrays) };
}

/** Each array is let go of as it is taken, so that a rearranged one does not lie in memory twice. */
function weightsFrom(kind: CrateKind, sizes: Sizes, arrays: Map<string, Float32Array>): CrateWeights {
  return buildWeights(kind, sizes, (name, _, convert) => {
    const data = arrays.get(name);
    if (!data) throw new RangeError(`no tensor: ${name}`);
    arrays.delete(name);
    return convert ? convert(data) : data;
  });
}

/** What the file did not say and where the value was taken from, one sentence each. */
export const assumptionsOf = ({ constants }: Findings): readonly string[] =>
  constants.filter(({ origin }) => origin === 'table' || origin === 'code').map(({ note }) => note);
