// One visitor's engine: opens WebGPU or the CPU engine, keeps the loaded model and the last picture, answers what views ask, and goes
// on after a lost device (restarted once, then the CPU engine). Knows no message port; explorer.worker.ts puts one before it.

import { type Crate, crateFromTensors, type GivenConstants } from '../checkpoint/crate.ts';
import { readSafetensors } from '../checkpoint/safetensors.ts';
import { sha256 } from '../checkpoint/sha256.ts';
import { createCpuEngine } from '../engine/cpuEngine.ts';
import { type Gpu, openGpu } from '../engine/device.ts';
import { type Engine, EngineError } from '../engine/engine.ts';
import { createGpuEngine, type GpuEngine } from '../engine/gpuEngine.ts';
import { attentionMax } from '../model/attentionMax.ts';
import { type CrateConfig, tokenCount } from '../model/config.ts';
import { dictionaryView } from '../model/dictionary.ts';
import { incoherenceView, subspaceView } from '../model/subspace.ts';
import { stepView, tokensView } from '../model/tokens.ts';
import type { LayerTrace, Place, RunNumbers, TensorName } from '../model/trace.ts';
import type { DictionaryView, IncoherenceView, StepView, SubspaceView, TokensView } from '../model/views.ts';

export interface EngineReport {
  readonly kind: 'webgpu' | 'cpu';
  readonly adapter: string;
  /** One sentence when there is something to say: why it is the CPU, that the device was lost. */
  readonly notice: string | null;
}

export interface LoadedModel {
  readonly config: CrateConfig;
  readonly parameters: number;
  readonly sha256: string;
  readonly assumptions: readonly string[];
  /** From bytes to an engine that is ready. */
  readonly ms: number;
}

export type EngineChoice = 'auto' | 'cpu';

/** What the page and the tests may ask. Errors are EngineError or CheckpointError; their messages are sentences for people. */
export interface Session {
  start(choice: EngineChoice): Promise<EngineReport>;
  /** The old model stays in place until the new one is ready; a bad file changes nothing. */
  loadModel(bytes: Uint8Array<ArrayBuffer>, given: GivenConstants): Promise<LoadedModel>;
  run(image: Float32Array, eps2: number): Promise<RunNumbers>;
  remeasure(eps2: number): Promise<readonly LayerTrace[]>;
  attention(layer: number): Promise<Float32Array>;
  /** Largest entry of the token's row over all heads, the token itself left out, for each layer. */
  attentionMax(token: number): Promise<readonly number[]>;
  subspace(layer: number, head: number, place: Place): Promise<SubspaceView>;
  tokens(layer: number): Promise<TokensView>;
  stepEffect(layer: number): Promise<StepView>;
  incoherence(layer: number): Promise<IncoherenceView>;
  dictionary(layer: number): Promise<DictionaryView>;
  /** Any tensor by name, for export and tests. */
  tensor(name: TensorName, layer: number): Promise<Float32Array>;
  /** Called when the engine changed by itself. */
  onEngineChange(listener: (report: EngineReport) => void): void;
  /** Destroys the GPU device, as a driver reset would; for tests. */
  loseDevice(): void;
}

export interface SessionOptions {
  readonly openGpu?: () => Promise<Gpu>;
  readonly createCpu?: () => Engine;
}

const PLACE_TENSOR: Readonly<Record<Place, TensorName>> = { input: 'ZU', half: 'ZU_half', output: 'ZU_next' };
const SLOWER = 'the CPU engine computes, in float64 and without the graphics processor, so it is slower.';

export function createSession(options: SessionOptions = {}): Session {
  const open = options.openGpu ?? (() => openGpu(globalThis.navigator?.gpu));
  const createCpu = options.createCpu ?? createCpuEngine;
  let engine: Engine | null = null;
  let model: Crate | null = null;
  let last: { image: Float32Array; eps2: number } | null = null;
  let restarts = 0;
  let recovery: Promise<void> | null = null;
  let listener: (report: EngineReport) => void = () => undefined;

  const report = (notice: string | null): EngineReport => ({
    kind: needEngine().kind,
    adapter: needEngine().adapter,
    notice,
  });

  function needEngine(): Engine {
    if (!engine) throw new EngineError('not-loaded', 'The engine has not been started.');
    return engine;
  }

  function needModel(): Crate {
    if (!model) throw new EngineError('not-loaded', 'No model is loaded.');
    return model;
  }

  async function openWebGpu(): Promise<GpuEngine> {
    const opened = createGpuEngine(await open());
    void opened.lost.then(({ reason }) => {
      // Disposing of an engine loses its device too; only the one in use matters.
      if (engine === opened) recovery = recover(reason);
    });
    return opened;
  }

  /** Replaces a lost engine: once by WebGPU again, then by the CPU; takes model and picture along. */
  async function recover(reason: string): Promise<void> {
    const why = reason === 'destroyed' ? 'The GPU device was destroyed' : 'The GPU device was lost';
    let next: Engine;
    let notice: string;
    if (restarts === 0) {
      restarts++;
      try {
        next = await openWebGpu();
        notice = `${why}; WebGPU was started again.`;
      } catch {
        next = createCpu();
        notice = `${why} and does not come back: ${SLOWER}`;
      }
    } else {
      next = createCpu();
      notice = `${why} a second time: ${SLOWER}`;
    }
    if (model) await next.load(model.config, model.weights);
    if (last) await next.run(last.image, last.eps2);
    engine = next;
    listener(report(notice));
  }

  /** Runs a job on the engine; when the device is lost under it, waits for the replacement and runs it once more there. */
  async function onEngine<T>(job: (engine: Engine) => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      await recovery;
      try {
        return await job(needEngine());
      } catch (error) {
        const isLost = error instanceof EngineError && error.code === 'device-lost';
        if (!isLost || attempt === 2) throw error;
        // The loss and its promise are reported in either order.
        while (!recovery) await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
  }

  const read = (name: TensorName, layer: number) => onEngine((one) => one.read(name, layer));
  const weightsOf = (layer: number) => {
    const weights = needModel().weights.layers[layer];
    if (!weights) throw new RangeError(`invalid layer: ${layer}`);
    return weights;
  };

  return {
    async start(choice) {
      if (choice === 'cpu') {
        engine = createCpu();
        return report(`Chosen by the link: ${SLOWER}`);
      }
      try {
        engine = await openWebGpu();
        return report(null);
      } catch (error) {
        if (!(error instanceof EngineError)) throw error;
        engine = createCpu();
        return report(`${error.message} Every view works: ${SLOWER}`);
      }
    },

    async loadModel(bytes, given) {
      const begin = performance.now();
      const next = crateFromTensors(readSafetensors(bytes), given);
      const hash = await sha256(bytes);
      await onEngine((one) => one.load(next.config, next.weights));
      model = next;
      last = null;
      const { config, parameters, assumptions } = next;
      return { config, parameters, assumptions, sha256: hash, ms: performance.now() - begin };
    },

    async run(image, eps2) {
      const numbers = await onEngine((one) => one.run(image, eps2));
      last = { image, eps2 };
      return numbers;
    },

    remeasure: (eps2) => onEngine((one) => one.remeasure(eps2)),
    attention: (layer) => read('A', layer),

    async attentionMax(token) {
      const { config } = needModel();
      const n = tokenCount(config);
      const perLayer: number[] = [];
      for (let layer = 0; layer < config.L; layer++) {
        perLayer.push(attentionMax(await read('A', layer), config.K, n, token));
      }
      return perLayer;
    },

    async subspace(layer, head, place) {
      const { config } = needModel();
      const ZU = await read(PLACE_TENSOR[place], layer);
      return subspaceView(ZU, tokenCount(config), config.K, config.p, { layer, head, place });
    },

    async tokens(layer) {
      const { config } = needModel();
      const [Z_half, X, Z_next] = [await read('Z_half', layer), await read('X', layer), await read('Z_next', layer)];
      return tokensView({ Z_half, X, Z_next, D: weightsOf(layer).D }, tokenCount(config), config.d, config, layer);
    },

    async stepEffect(layer) {
      const { config } = needModel();
      return stepView(await read('Z', layer), await read('Z_half', layer), tokenCount(config), config.d, layer);
    },

    async incoherence(layer) {
      const { K, p, d } = needModel().config;
      return incoherenceView(weightsOf(layer).U, K, p, d, layer);
    },

    async dictionary(layer) {
      const { config } = needModel();
      return dictionaryView(weightsOf(layer).D, config.d, await read('Z_next', layer), tokenCount(config), layer);
    },

    tensor: read,

    onEngineChange(next) {
      listener = next;
    },

    loseDevice() {
      if (engine && 'device' in engine) (engine as GpuEngine).device.destroy();
    },
  };
}
