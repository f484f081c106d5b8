// The CPU engine: the f64 definitions of model/ behind the engine's interface. It is the fallback and the referee. It runs where it is
// called and blocks there, so the page puts it in a worker.

import type { Numbers } from '../math/matrix.ts';
import type { CrateConfig } from '../model/config.ts';
import { type Forward, forward } from '../model/forward.ts';
import { type MeasuredLayer, measure, measuredLayers } from '../model/measures.ts';
import type { LayerTrace, RunNumbers, TensorName } from '../model/trace.ts';
import type { CrateWeights } from '../model/weights.ts';
import { type Engine, EngineError } from './engine.ts';

interface Model {
  readonly config: CrateConfig;
  readonly weights: CrateWeights;
}

/** What is kept of the last picture. */
interface Picture {
  readonly run: Forward;
  readonly measured: readonly MeasuredLayer[];
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

    async load(config: CrateConfig, weights: CrateWeights): Promise<void> {
      model = { config, weights };
      picture = null;
    },

    async run(image: Float32Array, eps2: number): Promise<RunNumbers> {
      const start = performance.now();
      const { config, weights } = loaded();
      const { imageSize } = config;
      if (image.length !== 3 * imageSize * imageSize) {
        throw new EngineError(
          'shape-mismatch',
          `The picture holds ${image.length} numbers, the model needs 3 × ${imageSize} × ${imageSize} = ${3 * imageSize ** 2}.`,
        );
      }
      const run = forward(config, weights, image);
      if (!run.logits.every(Number.isFinite)) {
        throw new EngineError(
          'forward-failed',
          'The logits are not finite numbers: the picture or the weights hold NaN.',
        );
      }
      const measured = measuredLayers(config, weights, run);
      picture = { run, measured };
      const layers = measure(config, measured, eps2);
      return { logits: new Float32Array(run.logits), layers, ms: performance.now() - start };
    },

    async remeasure(eps2: number): Promise<readonly LayerTrace[]> {
      return measure(loaded().config, lastPicture().measured, eps2);
    },

    async read(name: TensorName, layer: number): Promise<Float32Array> {
      return new Float32Array(tensorOf(lastPicture(), name, layer));
    },

    dispose(): void {
      model = null;
      picture = null;
    },
  };
}

function tensorOf({ run, measured }: Picture, name: TensorName, layer: number): Numbers {
  if (name === 'patches' || name === 'tokens') return run[name];
  const kept = run.layers[layer];
  const projected = measured[layer];
  if (!kept || !projected) throw new RangeError(`invalid layer: ${layer}`);
  return name === 'ZU_half' || name === 'ZU_next' ? projected[name] : kept[name];
}
