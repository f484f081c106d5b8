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
  /** The replacement of a lost engine while it is under way. */
  let recovery: Promise<void> | null = null;
  let queue: Promise<unknown> = Promise.resolve();
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

  /** One request at a time, in the order asked: a view that reads several tensors sees one picture of one model. */
  function inTurn<T>(job: () => Promise<T>): Promise<T> {
    const result = queue.then(job);
    queue = result.catch(() => undefined);
    return result;
  }

  /** Makes it the engine in use and watches its device. */
  function use(next: Engine): void {
    const before = engine;
    engine = next;
    before?.dispose();
    // recover never rejects; disposing of an engine loses its device too, which replace ignores.
    if (isGpuEngine(next)) void next.lost.then(({ reason }) => replace(next, reason));
  }

  /** Replaces a lost engine unless that has been done; joins a replacement under way. */
  function replace(lost: Engine, reason: string): Promise<void> {
    if (recovery) return recovery.then(() => replace(lost, reason));
    if (engine !== lost) return Promise.resolve();
    recovery = recover(reason).finally(() => {
      recovery = null;
    });
    return recovery;
  }

  /** Takes model and picture along to another engine, also when they change meanwhile. */
  async function takeAlong(next: Engine): Promise<void> {
    let carried: [Crate | null, typeof last];
    do {
      carried = [model, last];
      if (model) await next.load(model.config, model.weights);
      if (last) await next.run(last.image, last.eps2);
    } while (carried[0] !== model || carried[1] !== last);
  }

  /** WebGPU again with model and picture, or null when it does not come back with them. */
  async function restarted(): Promise<Engine | null> {
    let next: GpuEngine | null = null;
    try {
      next = createGpuEngine(await open());
      await takeAlong(next);
      return next;
    } catch {
      // Whatever stopped it (no adapter, lost again, no memory left), the CPU engine needs none of it and its sentence says so.
      next?.dispose();
      return null;
    }
  }

  /** Replaces a lost engine: once by WebGPU again, then by the CPU. Never rejects. */
  async function recover(reason: string): Promise<void> {
    const why = reason === 'destroyed' ? 'The GPU device was destroyed' : 'The GPU device was lost';
    const isFirst = restarts++ === 0;
    const gpu = isFirst ? await restarted() : null;
    if (gpu) {
      use(gpu);
      listener(report(`${why}; WebGPU was started again.`));
      return;
    }
    const cpu = createCpu();
    let notice = isFirst ? `${why} and does not come back: ${SLOWER}` : `${why} a second time: ${SLOWER}`;
    try {
      await takeAlong(cpu);
    } catch (error) {
      last = null;
      notice += ` The last picture has to be opened again: ${error instanceof Error ? error.message : String(error)}`;
    }
    use(cpu);
    listener(report(notice));
  }

  /** Runs a job on the engine; when the device is lost under it, waits for the replacement and runs it once more there. */
  async function onEngine<T>(job: (engine: Engine) => Promise<T>): Promise<T> {
    // Ends: an engine is replaced at most twice, and the CPU engine is never lost.
    for (;;) {
      await recovery;
      const one = needEngine();
      try {
        const result = await job(one);
        if (engine === one && !recovery) return result;
      } catch (error) {
        if (!(error instanceof EngineError && error.code === 'device-lost')) throw error;
        await replace(one, 'unknown');
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
    start: (choice) =>
      inTurn(async () => {
        if (choice === 'cpu') {
          use(createCpu());
          return report(`Chosen by the link: ${SLOWER}`);
        }
        try {
          use(createGpuEngine(await open()));
          return report(null);
        } catch (error) {
          if (!(error instanceof EngineError)) throw error;
          use(createCpu());
          return report(`${error.message} Every view works: ${SLOWER}`);
        }
      }),

    loadModel: (bytes, given) =>
      inTurn(async () => {
        const begin = performance.now();
        const next = crateFromTensors(readSafetensors(bytes), given);
        const hash = await sha256(bytes);
        await onEngine(async (one) => {
          await one.load(next.config, next.weights);
          model = next;
          last = null;
        });
        const { config, parameters, assumptions } = next;
        return { config, parameters, assumptions, sha256: hash, ms: performance.now() - begin };
      }),

    run: (image, eps2) =>
      inTurn(() =>
        onEngine(async (one) => {
          const numbers = await one.run(image, eps2);
          last = { image, eps2 };
          return numbers;
        }),
      ),

    remeasure: (eps2) => inTurn(() => onEngine((one) => one.remeasure(eps2))),
    attention: (layer) => inTurn(() => read('A', layer)),

    attentionMax: (token) =>
      inTurn(async () => {
        const { config } = needModel();
        const n = tokenCount(config);
        const perLayer: number[] = [];
        for (let layer = 0; layer < config.L; layer++) {
          perLayer.push(attentionMax(await read('A', layer), config.K, n, token));
        }
        return perLayer;
      }),

    subspace: (layer, head, place) =>
      inTurn(async () => {
        const { config } = needModel();
        const ZU = await read(PLACE_TENSOR[place], layer);
        return subspaceView(ZU, tokenCount(config), config.K, config.p, { layer, head, place });
      }),

    tokens: (layer) =>
      inTurn(async () => {
        const { config } = needModel();
        const [Z_half, X, Z_next] = [await read('Z_half', layer), await read('X', layer), await read('Z_next', layer)];
        return tokensView({ Z_half, X, Z_next, D: weightsOf(layer).D }, tokenCount(config), config.d, config, layer);
      }),

    stepEffect: (layer) =>
      inTurn(async () => {
        const { config } = needModel();
        return stepView(await read('Z', layer), await read('Z_half', layer), tokenCount(config), config.d, layer);
      }),

    incoherence: (layer) =>
      inTurn(async () => {
        const { K, p, d } = needModel().config;
        return incoherenceView(weightsOf(layer).U, K, p, d, layer);
      }),

    dictionary: (layer) =>
      inTurn(async () => {
        const { config } = needModel();
        return dictionaryView(weightsOf(layer).D, config.d, await read('Z_next', layer), tokenCount(config), layer);
      }),

    tensor: (name, layer) => inTurn(() => read(name, layer)),

    onEngineChange(next) {
      listener = next;
    },

    loseDevice() {
      if (engine && isGpuEngine(engine)) engine.device.destroy();
    },
  };
}

const isGpuEngine = (engine: Engine): engine is GpuEngine => engine.kind === 'webgpu' && 'lost' in engine;
