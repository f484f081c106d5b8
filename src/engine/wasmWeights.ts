// The weights of a model in WebAssembly's memory, laid out once as the kernels read them: matrices in panels, vectors padded with zeros.

import type { CrateConfig } from '../model/config.ts';
import type { CrateWeights, DecoderLayerWeights, LayerWeights } from '../model/weights.ts';
import { EngineError } from './engine.ts';
import type { Kernels } from './wasm/kernels.ts';
import type { Arena, WasmMemory } from './wasmMemory.ts';
import { ceil8, type HeadSizes, padRows, wasmSizes } from './wasmSizes.ts';

/** A linear map: panels of its rows, one row an output, and its bias, zeros where it has none. */
export interface Matrix {
  readonly at: number;
  readonly bias: number;
  /** Panels of eight outputs. */
  readonly panels: number;
  /** Inputs. */
  readonly k: number;
}

export interface Norm {
  readonly weight: number;
  readonly bias: number;
}

export interface PackedAttention {
  readonly norm: Norm;
  readonly U: Matrix;
  readonly W: Matrix;
}

/** G = Dᵀ(I − D), of which ISTA is one product; or CRATE-α's dictionaries. */
export type PackedDictionary =
  | { readonly G: Matrix }
  | { readonly atoms: Matrix; readonly D: Matrix; readonly D1: Matrix };

export interface PackedLayer extends PackedAttention {
  readonly norm2: Norm;
  readonly dictionary: PackedDictionary;
}

export interface PackedWeights {
  readonly patchNorm: Norm | null;
  readonly embed: Matrix;
  readonly embedNorm: Norm | null;
  /** d, not padded: the embedding is put together in JS. */
  readonly cls: Float32Array;
  readonly maskToken: Float32Array | null;
  readonly layers: readonly PackedLayer[];
  /** −ηλ as often as an ISTA step is wide: its bias. */
  readonly threshold: number;
  readonly head: { readonly norm: Norm; readonly map: Matrix | null; readonly classes: Matrix } | null;
  readonly decoder: {
    readonly latentNorm: Norm;
    readonly layers: readonly (PackedAttention & { readonly normIn: Norm; readonly linear: Matrix })[];
    readonly endNorm: Norm;
    readonly pixels: Matrix;
  } | null;
}

/** What fills a part of the memory. */
interface Filling {
  readonly bytes: number;
  fill(kernels: Kernels, memory: WasmMemory, scratch: number): void;
}

export interface WeightPlan {
  readonly packed: PackedWeights;
  /** Bytes of scratch behind the weights while they are filled. */
  readonly scratch: number;
  readonly fillings: readonly Filling[];
}

/**
 * Places the weights; nothing is written yet.
 * @throws Error for weights that the configuration promises and that are not there
 * @throws EngineError 'shape-mismatch' for an array of another size
 */
export function planWeights(config: CrateConfig, weights: CrateWeights, arena: Arena): WeightPlan {
  const sizes = wasmSizes(config);
  const { d, patch, atoms, classes, features, ldD, ldAtoms, hasCodes } = sizes;
  const fillings: Filling[] = [];
  let scratch = 0;

  function vector(name: string, given: Float32Array | null | undefined, length: number, sign = 1): number {
    const values = sized(name, given, length);
    const at = arena.take(ceil8(length));
    fillings.push({
      bytes: values.byteLength,
      fill: (_, memory) => {
        const to = memory.f32(at, length);
        for (let i = 0; i < length; i++) to[i] = sign * (values[i] as number);
      },
    });
    return at;
  }
  const norm = (name: string, weight: Float32Array | null, bias: Float32Array | null, length: number): Norm => ({
    weight: vector(`${name} weight`, weight, length),
    bias: vector(`${name} bias`, bias, length),
  });
  const longest = Math.max(ldD, ldAtoms, sizes.ldInner, sizes.decoder?.ldInner ?? 0);
  const zeros = arena.take(longest);

  /** Panels of what `make` puts into the scratch: by its strides, `outputs` rows of `inputs`. */
  function panels(
    bytes: number,
    { outputs, inputs, rowStride, columnStride }: Strides,
    make: Filling['fill'],
    bias: number,
  ): Matrix {
    const at = arena.take(ceil8(outputs) * inputs);
    fillings.push({
      bytes,
      fill(kernels, memory, from) {
        make(kernels, memory, from);
        kernels.pack({ B: from, rowStride, columnStride, n: outputs, k: inputs, out: at });
      },
    });
    return { at, bias, panels: ceil8(outputs) / 8, k: inputs };
  }
  /** outputs × inputs as torch stores it. */
  function matrix(
    name: string,
    given: Float32Array | null | undefined,
    outputs: number,
    inputs: number,
    bias = zeros,
  ): Matrix {
    const values = sized(name, given, outputs * inputs);
    scratch = Math.max(scratch, values.byteLength);
    const strides = { outputs, inputs, rowStride: inputs, columnStride: 1 };
    return panels(values.byteLength, strides, (_, memory, to) => memory.f32(to, values.length).set(values), bias);
  }
  /** rows × columns as stored, its columns being the outputs. */
  function transposed(name: string, given: Float32Array, rows: number, columns: number): Matrix {
    const values = sized(name, given, rows * columns);
    scratch = Math.max(scratch, values.byteLength);
    const strides = { outputs: columns, inputs: rows, rowStride: 1, columnStride: columns };
    return panels(values.byteLength, strides, (_, memory, to) => memory.f32(to, values.length).set(values), zeros);
  }
  function stepMatrix(given: Float32Array): Matrix {
    const D = sized('D', given, d * d);
    const strides = { outputs: d, inputs: d, rowStride: d, columnStride: 1 };
    const room = stepScratch(d, 0);
    scratch = Math.max(scratch, room.end);
    return panels(D.byteLength, strides, (kernels, memory, to) => formStepMatrix(kernels, memory, D, d, to), zeros);
  }
  function attention(
    name: string,
    { U, W, b }: Pick<LayerWeights, 'U' | 'W' | 'b'>,
    normOf: Norm,
    heads: HeadSizes,
    sign: number,
  ): PackedAttention {
    const { K, p, ldInner } = heads;
    if (!W && K * p !== d)
      throw new EngineError('shape-mismatch', `An identity output map needs K·p = d, they are ${K * p} and ${d}.`);
    const rows = spreadRows(sized(`${name} U`, U, K * p * d), d, heads);
    const columns = spreadColumns(sized(`${name} W`, W ?? identity(d), d * K * p), d, heads);
    return {
      norm: normOf,
      U: matrix(`${name} U`, rows, ldInner, d),
      W: matrix(`${name} W`, columns, d, ldInner, b ? vector(`${name} b`, b, d, sign) : zeros),
    };
  }
  function dictionary({ D, D1 }: LayerWeights): PackedDictionary {
    if (!hasCodes) return { G: stepMatrix(D) };
    return { atoms: transposed('D', D, d, atoms), D: matrix('D', D, d, atoms), D1: matrix('D1', D1, d, atoms) };
  }

  const { decoder: given } = weights;
  if (sizes.decoder && !given) throw new Error('missing weights: decoder');
  const hasPatchNorms = config.kind === 'crate';
  const threshold = arena.take(longest);
  fillings.push({
    bytes: 0,
    fill: (_, memory) => {
      memory.f32(threshold, longest).fill(-config.eta * config.lambda);
    },
  });
  const layersOf = <T>(layers: readonly T[], count: number): readonly T[] => {
    if (layers.length !== count) throw new Error(`missing weights: ${layers.length} of ${count} layers`);
    return layers;
  };
  const decoderLayer = (block: DecoderLayerWeights, heads: HeadSizes) => ({
    normIn: norm('decoder norm', block.normWeight, block.normBias, d),
    linear: matrix('decoder linear', block.linear, d, d),
    // Y = H − MSSA: the product is taken times −1, so its bias is too.
    ...attention(
      'decoder',
      block,
      norm('decoder attention norm', block.attentionNormWeight, block.attentionNormBias, d),
      heads,
      -1,
    ),
  });
  const packed: PackedWeights = {
    patchNorm: hasPatchNorms ? norm('patch norm', weights.patchNormWeight, weights.patchNormBias, patch) : null,
    embed: matrix('embedding', weights.embedWeight, d, patch, vector('embedding bias', weights.embedBias, d)),
    embedNorm: hasPatchNorms ? norm('embedding norm', weights.embedNormWeight, weights.embedNormBias, d) : null,
    cls: sized('cls', weights.cls, d),
    maskToken: given ? sized('mask token', given.maskToken, d) : null,
    threshold,
    layers: layersOf(weights.layers, config.L).map((layer) => ({
      ...attention('layer', layer, norm('norm1', layer.norm1Weight, layer.norm1Bias, d), sizes, 1),
      norm2: norm('norm2', layer.norm2Weight, layer.norm2Bias, d),
      dictionary: dictionary(layer),
    })),
    head:
      classes > 0
        ? {
            norm: norm('head norm', weights.headNormWeight, weights.headNormBias, d),
            map: weights.headMap
              ? matrix(
                  'head map',
                  weights.headMap.weight,
                  features,
                  d,
                  vector('head map bias', weights.headMap.bias, features),
                )
              : null,
            classes: matrix(
              'head',
              weights.headWeight,
              classes,
              features,
              vector('head bias', weights.headBias, classes),
            ),
          }
        : null,
    decoder:
      sizes.decoder && given
        ? {
            latentNorm: norm('norm', given.normWeight, given.normBias, d),
            layers: layersOf(given.layers, sizes.decoder.L).map((block) =>
              decoderLayer(block, sizes.decoder as HeadSizes),
            ),
            endNorm: norm('decoder end norm', given.endNormWeight, given.endNormBias, d),
            pixels: matrix('pixels', given.pixelWeight, patch, d, vector('pixel bias', given.pixelBias, patch)),
          }
        : null,
  };
  return { packed, scratch, fillings };
}

interface Strides {
  readonly outputs: number;
  readonly inputs: number;
  readonly rowStride: number;
  readonly columnStride: number;
}

function sized(name: string, values: Float32Array | null | undefined, length: number): Float32Array {
  if (!values) throw new Error(`missing weights: ${name}`);
  if (values.length !== length) {
    throw new EngineError('shape-mismatch', `${name} holds ${values.length} numbers, the model needs ${length}.`);
  }
  return values;
}

function identity(d: number): Float32Array {
  const out = new Float32Array(d * d);
  for (let i = 0; i < d; i++) out[i * d + i] = 1;
  return out;
}

/** K·p rows of d, each head's p followed by zeros up to its stride. */
function spreadRows(U: Float32Array, d: number, { K, p, headStride }: HeadSizes): Float32Array {
  if (p === headStride) return U;
  const out = new Float32Array(K * headStride * d);
  for (let k = 0; k < K; k++) out.set(U.subarray(k * p * d, (k + 1) * p * d), k * headStride * d);
  return out;
}

/** d rows of K·p, each head's p followed by zeros up to its stride. */
function spreadColumns(W: Float32Array, d: number, { K, p, headStride }: HeadSizes): Float32Array {
  if (p === headStride) return W;
  const out = new Float32Array(d * K * headStride);
  padRows(W, d * K, p, out, headStride);
  return out;
}

/** Where the parts lie that forming G takes: D and then G in f32, panels of D and DᵀD in f64. */
function stepScratch(d: number, from: number) {
  const ld = ceil8(d);
  const panels = from + 4 * ceil8(d * ld);
  const gram = panels + 8 * d * ld;
  return { ld, panels, gram, end: gram + 8 * ld * ld };
}

/** G = Dᵀ − DᵀD, d × d, at `to`: `dictionaryStep` of model/ista.ts, formed in f64 and rounded once. */
function formStepMatrix(kernels: Kernels, memory: WasmMemory, D: Float32Array, d: number, to: number): void {
  const { ld, panels, gram } = stepScratch(d, to);
  const staged = memory.f32(to, d * ld);
  staged.fill(0);
  padRows(D, d, d, staged, ld);
  kernels.packColumns({ X: to, ld, m: d, c: ld, scales: 0, out: panels });
  kernels.gram({ Y: panels, terms: d, panels: ld / 4, G: gram });
  const DtD = memory.f64(gram, ld * ld);
  const G = memory.f32(to, d * d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      const dot = DtD[i * ld + j] as number;
      G[i * d + j] = (D[j * d + i] as number) - dot;
      G[j * d + i] = (D[i * d + j] as number) - dot;
    }
  }
}
