// The fast CPU engine: kernels in WebAssembly SIMD (wasm/), f32 but for the Gram matrices of the rates. The thread that calls computes, so
// the page puts it in a worker; where memory can be shared, others help. Held to the f64 definitions, as is every other engine.

import { type CrateConfig, tokenCount } from '../model/config.ts';
import { attentionRow } from '../model/mssa.ts';
import type { LayerTrace, RunNumbers, TensorName } from '../model/trace.ts';
import type { CrateWeights } from '../model/weights.ts';
import { checkFinite, checkInputs, checkPositions } from './cpuEngine.ts';
import { type Engine, EngineError, type LoadProgress, type MeasureChoice } from './engine.ts';
import type { Kernels } from './wasm/kernels.ts';
import { scoresOf } from './wasmAttention.ts';
import { type Pass, runForward } from './wasmForward.ts';
import { createArena, refusalOf, type WasmMemory } from './wasmMemory.ts';
import { type LayerArrays, pictureBytes, placePicture } from './wasmPicture.ts';
import { measureLayers, projectPlaces } from './wasmRates.ts';
import { unpadRows, wasmSizes } from './wasmSizes.ts';
import { browserThreads, type ThreadOptions } from './wasmThreads.ts';
import { type PackedWeights, planWeights, type WeightPlan } from './wasmWeights.ts';
import { openWorkshop, type Workplace } from './wasmWorkshop.ts';

export { wasmSimdSupported } from './wasm/kernels.ts';

/** A loaded model. */
interface Loaded extends Workplace {
  readonly weights: PackedWeights;
  /** Where the weights end and a picture begins. */
  readonly weightsEnd: number;
  readonly pass: Pass;
}

/** What is there of the last picture. */
type PictureState = 'none' | 'forward' | 'projected';

/** Milliseconds of loading after which others get a turn. */
const TURN_MS = 50;

/**
 * `options` null: one thread.
 * @throws WebAssembly.CompileError where SIMD is missing or a page's policy forbids WebAssembly
 */
export async function createWasmEngine(options: ThreadOptions | null = browserThreads()): Promise<Engine> {
  const workshop = await openWorkshop(options);
  let model: Loaded | null = null;
  let state: PictureState = 'none';

  const loaded = (): Loaded => {
    if (!model) throw new EngineError('not-loaded', 'No model is loaded yet. Open a model first.');
    return model;
  };
  const lastPicture = (): Pass => {
    const { pass } = loaded();
    if (state === 'none') throw new EngineError('not-loaded', 'No picture has been run yet. Open a picture first.');
    return pass;
  };
  const projectedPicture = (): Pass => {
    const pass = lastPicture();
    if (state === 'forward') projectPlaces(pass);
    state = 'projected';
    return pass;
  };

  /** A pass at a size, behind the weights. @throws EngineError 'shape-mismatch', 'limit-exceeded', 'out-of-memory' */
  function prepare(
    { memory, kernels, crew, weights, weightsEnd }: Omit<Loaded, 'pass'>,
    config: CrateConfig,
    positions: Float32Array,
  ): Pass {
    const { threads } = workshop;
    const { refusal } = estimateAt(config, threads, weightsEnd, memory.most);
    if (refusal) throw new EngineError('limit-exceeded', refusal);
    checkPositions(config, positions);
    const arena = createArena(weightsEnd);
    const arrays = placePicture(config, arena, threads);
    memory.reserve(arena.end(), `A picture of ${config.imageSize} px with this model`);
    memory.f32(weightsEnd, (arena.end() - weightsEnd) / 4).fill(0);
    crew.place(arrays.own);
    return { config, sizes: wasmSizes(config), kernels, crew, memory, weights, positions, arrays };
  }

  return {
    kind: 'cpu',
    get adapter() {
      const { threads } = workshop;
      return `CPU, float32, WebAssembly SIMD${threads > 1 ? `, ${threads} threads` : ''}`;
    },

    async load(config: CrateConfig, given: CrateWeights, progress?: LoadProgress): Promise<void> {
      // A memory of its own, so that the model at hand stays when this fails; the old one goes with its last reader.
      const arena = createArena();
      const place = await workshop.workplace(arena);
      const { memory, kernels, crew } = place;
      const plan = planWeights(config, given, arena);
      const weightsEnd = arena.end();
      const end = weightsEnd + Math.max(plan.scratch, pictureBytes(config, workshop.threads));
      const refusal = refusalOf(end, 'The model', memory.most);
      if (refusal) throw new EngineError('limit-exceeded', refusal);
      memory.reserve(end, 'The model');
      await fill(plan, kernels, memory, weightsEnd, progress);
      const next = { ...place, weights: plan.packed, weightsEnd };
      const pass = prepare(next, config, given.positions);
      model?.crew.end();
      crew.begin();
      model = { ...next, pass };
      state = 'none';
    },

    async resize(config: CrateConfig, positions: Float32Array): Promise<void> {
      const before = loaded();
      model = { ...before, pass: prepare(before, config, positions) };
      state = 'none';
    },

    estimate: (config: CrateConfig) => estimateAt(config, workshop.threads, model?.weightsEnd ?? 0, model?.memory.most),

    async run(
      image: Float32Array,
      eps2: number,
      hidden?: Uint8Array,
      measures: MeasureChoice = 'all',
    ): Promise<RunNumbers> {
      const start = performance.now();
      const { pass } = loaded();
      checkInputs(pass.config, image, hidden);
      state = 'none';
      const { logits, reconstruction } = runForward(pass, image, hidden);
      checkFinite(logits, reconstruction);
      state = 'forward';
      return {
        logits,
        layers: measures === 'all' ? measureLayers(projectedPicture(), eps2) : [],
        ...(reconstruction ? { reconstruction } : {}),
        ms: performance.now() - start,
      };
    },

    async remeasure(eps2: number): Promise<readonly LayerTrace[]> {
      return measureLayers(projectedPicture(), eps2);
    },

    async read(name: TensorName, layer: number): Promise<Float32Array> {
      return readTensor(name === 'ZU_half' || name === 'ZU_next' ? projectedPicture() : lastPicture(), name, layer);
    },

    async attentionRow(layer: number, token: number): Promise<Float32Array> {
      const pass = lastPicture();
      const { n, K, p } = pass.sizes;
      return new Float32Array(attentionRow(readTensor(pass, 'ZU', layer), token, n, K, p));
    },

    dispose(): void {
      workshop.dispose();
      model = null;
      state = 'none';
    },
  };
}

function estimateAt(
  config: CrateConfig,
  threads: number,
  weightsEnd: number,
  most?: number,
): { readonly bytes: number; readonly refusal: string | null } {
  const { imageSize, patchSize } = config;
  if (!Number.isInteger(tokenCount(config)) || imageSize % patchSize !== 0) {
    return { bytes: 0, refusal: `${imageSize} px are no multiple of the patch side, ${patchSize} px.` };
  }
  const bytes = pictureBytes(config, threads);
  return { bytes, refusal: refusalOf(weightsEnd + bytes, `A picture of ${imageSize} px with this model`, most) };
}

/** Fills the weights; now and then others get a turn, so that messages get through. */
async function fill(
  { fillings }: WeightPlan,
  kernels: Kernels,
  memory: WasmMemory,
  scratch: number,
  progress: LoadProgress = () => undefined,
): Promise<void> {
  const total = fillings.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  let turn = performance.now();
  for (const filling of fillings) {
    filling.fill(kernels, memory, scratch);
    done += filling.bytes;
    if (filling.bytes > 0) progress(done, total);
    if (performance.now() - turn > TURN_MS) {
      await new Promise((resolve) => setTimeout(resolve));
      turn = performance.now();
    }
  }
}

function readTensor(pass: Pass, name: TensorName, layer: number): Float32Array {
  const { sizes, memory, kernels, arrays } = pass;
  const { n, N, d, K, p, patch, atoms, headStride, ldD, ldInner, ldPatch, ldAtoms, hasCodes } = sizes;
  const rows = (at: number, count: number, columns: number, ld: number): Float32Array =>
    unpadRows(memory.f32(at, count * ld), count, columns, ld);
  if (name === 'patches') return rows(arrays.patches, N, patch, ldPatch);
  if (name === 'tokens') return rows(arrays.tokens, n, d, ldD);
  const kept: LayerArrays | undefined = arrays.layers[layer];
  if (!kept) throw new RangeError(`invalid layer: ${layer}`);
  switch (name) {
    case 'Z':
      return rows(arrays.layers[layer - 1]?.Z_next ?? arrays.tokens, n, d, ldD);
    case 'S':
    case 'A':
      return scoresOf(kernels, memory, { ZU: kept.ZU, n, heads: sizes, scratch: arrays.attention }, name === 'A');
    case 'codes':
      if (!hasCodes) throw new RangeError('invalid tensor: codes, which only CRATE-α has');
      return rows(kept.codes, n, atoms, ldAtoms);
    case 'ZU':
    case 'ZU_half':
    case 'ZU_next':
    case 'heads': {
      const projections = memory.f32(kept[name], n * ldInner);
      // A head of a token is a row of p.
      return unpadRows(projections, n * K, p, headStride);
    }
    default:
      return rows(kept[name], n, d, ldD);
  }
}
