// The CPU engine: the f64 definitions of model/ behind the engine's interface. It is the fallback and the referee. It runs where it is
// called and blocks there, so the page puts it in a worker.

import type { Numbers } from '../math/matrix.ts';
import { atomCount, type CrateConfig, gridSide, tokenCount } from '../model/config.ts';
import { type Forward, forward } from '../model/forward.ts';
import { type MeasuredLayer, measure, measuredLayers } from '../model/measures.ts';
import { attentionRow } from '../model/mssa.ts';
import type { LayerTrace, RunNumbers, TensorName } from '../model/trace.ts';
import { weightBytes } from '../model/weightBytes.ts';
import type { CrateWeights } from '../model/weights.ts';
import { type Engine, EngineError, type LoadProgress, type MeasureChoice } from './engine.ts';

interface Model {
  readonly config: CrateConfig;
  readonly weights: CrateWeights;
}

/** What is kept of the last picture. */
interface Picture {
  readonly run: Forward;
  /** Computed at the first call: a run without measures needs none of it. */
  measured(): readonly MeasuredLayer[];
}

export function createCpuEngine(): Engine {
  let model: Model | null = null;
  let picture: Picture | null = null;

  const loaded = (): Model => {
    if (!model) throw new EngineError('not-loaded', 'No model is loaded yet. Open a model first.');
    return model;
  };
  const lastPicture = (): Picture => {
    if (!picture) throw new EngineError('not-loaded', 'No picture has been run yet. Open a picture first.');
    return picture;
  };

  return {
    kind: 'cpu',
    adapter: 'CPU, float64',

    async load(config: CrateConfig, weights: CrateWeights, progress?: LoadProgress): Promise<void> {
      model = { config, weights };
      picture = null;
      // Weights are used where they lie.
      const bytes = weightBytes(weights);
      progress?.(bytes, bytes);
    },

    async resize(config: CrateConfig, positions: Float32Array): Promise<void> {
      const { weights } = loaded();
      checkPositions(config, positions);
      model = { config, weights: { ...weights, positions } };
      picture = null;
    },

    estimate: (config: CrateConfig) => ({ bytes: pictureBytes(config), refusal: null }),

    async run(
      image: Float32Array,
      eps2: number,
      hidden?: Uint8Array,
      measures: MeasureChoice = 'all',
    ): Promise<RunNumbers> {
      const start = performance.now();
      const { config, weights } = loaded();
      checkInputs(config, image, hidden);
      const run = forward(config, weights, image, hidden);
      const { logits, decoder } = run;
      checkFinite(logits, decoder?.reconstruction);
      let measured: readonly MeasuredLayer[] | null = null;
      const next: Picture = {
        run,
        measured: () => {
          measured ??= measuredLayers(config, weights, run);
          return measured;
        },
      };
      picture = next;
      return {
        logits: new Float32Array(logits),
        layers: measures === 'all' ? measure(config, next.measured(), eps2) : [],
        ...(decoder ? { reconstruction: new Float32Array(decoder.reconstruction) } : {}),
        ms: performance.now() - start,
      };
    },

    async remeasure(eps2: number): Promise<readonly LayerTrace[]> {
      return measure(loaded().config, lastPicture().measured(), eps2);
    },

    async read(name: TensorName, layer: number): Promise<Float32Array> {
      return new Float32Array(tensorOf(lastPicture(), name, layer));
    },

    async attentionRow(layer: number, token: number): Promise<Float32Array> {
      const { config } = loaded();
      const { ZU } = layerOf(lastPicture(), layer);
      return new Float32Array(attentionRow(ZU, token, tokenCount(config), config.K, config.p));
    },

    dispose(): void {
      model = null;
      picture = null;
    },
  };
}

/** @throws EngineError 'shape-mismatch' */
export function checkInputs(config: CrateConfig, image: Float32Array, hidden: Uint8Array | undefined): void {
  const { kind, imageSize } = config;
  if (image.length !== 3 * imageSize * imageSize) {
    throw new EngineError(
      'shape-mismatch',
      `The picture holds ${image.length} numbers, the model needs 3 × ${imageSize} × ${imageSize} = ${3 * imageSize ** 2}.`,
    );
  }
  if (!hidden) return;
  if (kind !== 'crate-mae') {
    throw new EngineError('shape-mismatch', 'Only CRATE-MAE can hide patches; this model has no mask token.');
  }
  const patches = gridSide(config) ** 2;
  if (hidden.length !== patches) {
    throw new EngineError(
      'shape-mismatch',
      `The mask holds ${hidden.length} entries, the picture has ${patches} patches.`,
    );
  }
}

/** @throws EngineError 'forward-failed' when what the model gives is not finite */
export function checkFinite(logits: Numbers, reconstruction: Numbers | undefined): void {
  if ((reconstruction ?? logits).every(Number.isFinite)) return;
  throw new EngineError(
    'forward-failed',
    `The ${reconstruction ? 'reconstructed pixels' : 'logits'} are not finite numbers: the picture or the weights hold NaN.`,
  );
}

/** @throws EngineError 'shape-mismatch' */
export function checkPositions(config: CrateConfig, positions: Float32Array): void {
  const n = tokenCount(config);
  if (positions.length === n * config.d) return;
  throw new EngineError(
    'shape-mismatch',
    `The positions hold ${positions.length} numbers, ${n} tokens of width ${config.d} need ${n * config.d}.`,
  );
}

function layerOf({ run }: Picture, layer: number): Forward['layers'][number] {
  const kept = run.layers[layer];
  if (!kept) throw new RangeError(`invalid layer: ${layer}`);
  return kept;
}

function tensorOf(picture: Picture, name: TensorName, layer: number): Numbers {
  if (name === 'patches' || name === 'tokens') return picture.run[name];
  const kept = layerOf(picture, layer);
  if (name === 'codes') {
    if (!kept.codes) throw new RangeError('invalid tensor: codes, which only CRATE-α has');
    return kept.codes;
  }
  if (name !== 'ZU_half' && name !== 'ZU_next') return kept[name];
  const projected = picture.measured()[layer];
  if (!projected) throw new RangeError(`invalid layer: ${layer}`);
  return projected[name];
}

/** Bytes that one picture needs in f64: what `Forward` and `MeasuredLayer` keep, and the n × n scores and softmax of the head at work. */
function pictureBytes(config: CrateConfig): number {
  const { kind, d, L, K, p, patchSize, decoder } = config;
  const n = tokenCount(config);
  const N = n - 1;
  const patch = 3 * patchSize ** 2;
  const inner = K * p;
  // With norms each stage of the embedding is an array of its own.
  const embedding = N * (patch + d) * (kind === 'crate' ? 2 : 1) + n * d;
  // LN_Z, MSSA, Z_half, X, Z_next; ZU, heads, ZU_half, ZU_next; the class token's attention; codes.
  const layer = 5 * n * d + 4 * n * inner + K * n + (kind === 'crate-alpha' ? n * atomCount(config) : 0);
  let decoded = 0;
  if (decoder) {
    // LN_Y, H, LN_H, MSSA, Y_next; HU, heads. Around the blocks: latent, endNorm, pixels.
    decoded = decoder.L * (5 * n * d + 2 * n * decoder.K * decoder.p) + 2 * n * d + N * patch;
  }
  return Float64Array.BYTES_PER_ELEMENT * (embedding + L * layer + decoded + 2 * n * n);
}
