// One visitor's engine: opens WebGPU or the CPU engine, keeps the loaded model and the last picture, answers what views ask, and goes
// on after a lost device (restarted once, then the CPU engine). Knows no message port; explorer.worker.ts puts one before it.

import { assumptionsOf, type Crate, inspectTensors, loadCrate } from '../checkpoint/crate.ts';
import { openCheckpoint } from '../checkpoint/open.ts';
import { sha256Of } from '../checkpoint/sha256.ts';
import { type ByteSource, blobSource, bytesSource } from '../checkpoint/source.ts';
import type { TensorFile } from '../checkpoint/tensorFile.ts';
import { createCpuEngine } from '../engine/cpuEngine.ts';
import { type Gpu, openGpu } from '../engine/device.ts';
import { type Engine, EngineError } from '../engine/engine.ts';
import { createGpuEngine, type GpuEngine } from '../engine/gpuEngine.ts';
import { productReport } from '../engine/productReport.ts';
import { measureSpeed, type SpeedPhase } from '../engine/speed.ts';
import type { Numbers } from '../math/matrix.ts';
import { rowsMax } from '../model/attentionMax.ts';
import { type CrateConfig, gridSide, tokenCount } from '../model/config.ts';
import { type DictionarySpectrum, dictionarySpectrum, dictionaryView } from '../model/dictionary.ts';
import type { Findings, GivenConstants } from '../model/findings.ts';
import { interpolatePositions, resizedConfig } from '../model/positions.ts';
import type { ProductKernel, ProductReport, ProductSpeeds, SpeedReport } from '../model/speed.ts';
import { incoherenceView, subspaceView } from '../model/subspace.ts';
import { stepView, tokensView } from '../model/tokens.ts';
import type { LayerTrace, Place, RunNumbers, TensorName } from '../model/trace.ts';
import type { DictionaryView, IncoherenceView, StepView, SubspaceView, TokensView } from '../model/views.ts';
import { weightBytes } from '../model/weightBytes.ts';
import { download } from './download.ts';
import { inputSides } from './inputSides.ts';

export interface EngineReport {
  readonly kind: 'webgpu' | 'cpu';
  readonly adapter: string;
  /** One sentence when there is something to say: why it is the CPU, that the device was lost. */
  readonly notice: string | null;
}

/** A file that was opened and understood; nothing of it is loaded yet. */
export interface OpenedCheckpoint {
  readonly sha256: string;
  readonly findings: Findings;
}

export interface LoadedModel {
  readonly config: CrateConfig;
  readonly findings: Findings;
  readonly sha256: string;
  readonly assumptions: readonly string[];
  /** What the weights take in the engine's memory, as f32. */
  readonly weightBytes: number;
  /** From the call to an engine that is ready. */
  readonly ms: number;
}

/** An input size that the loaded model could be run at. */
export interface InputSize {
  /** px. */
  readonly side: number;
  /** n. */
  readonly tokens: number;
  /** Memory that a picture takes beside the weights. */
  readonly bytes: number;
  /** Why it cannot be run on this engine, one sentence; null: it can. */
  readonly refusal: string | null;
}

/** Bytes so far, and bytes in all (0 while unknown). */
export type Progress = (bytes: number, totalBytes: number) => void;

/**
 * 'auto': WebGPU, but where it is itself computed by the processor, or missing, the fast CPU engine. 'webgpu': WebGPU wherever it is; 'wasm': the
 * fast CPU engine; 'cpu': the definitions in float64.
 */
export type EngineChoice = 'auto' | 'webgpu' | 'wasm' | 'cpu';

/** How WebGPU multiplies, and what is known of it from other visits. */
export interface ProductTerms {
  readonly product: ProductKernel | 'auto';
  /** Measured speeds by the key that `onProductMeasured` gave them. */
  readonly remembered: Readonly<Record<string, ProductSpeeds>>;
}

/** Share of a speed run that is done, in [0, 1], and what is under way. */
export type SpeedProgress = (done: number, what: SpeedPhase) => void;

/** What the page and the tests may ask. Errors are EngineError or CheckpointError; their messages are sentences for people. */
export interface Session {
  start(choice: EngineChoice, terms?: ProductTerms): Promise<EngineReport>;
  /**
   * Lets WebGPU compile its kernels for a model of these sizes, whose weights (f16 if `halves`) are still on their way. Nothing on a software
   * adapter, which would take the processor from the page.
   */
  warm(config: CrateConfig, halves: boolean): Promise<void>;
  /**
   * Fetches a file; `cancel` stops it.
   * @throws DownloadError with the cause
   */
  download(address: string, progress: Progress): Promise<Blob>;
  /**
   * Reads names and shapes of a file and its SHA-256; `progress` hears of the latter. The model at hand is not touched.
   * @throws CheckpointError
   */
  openFile(
    file: Blob | Uint8Array<ArrayBuffer>,
    name: string,
    given: GivenConstants,
    progress?: Progress,
  ): Promise<OpenedCheckpoint>;
  /**
   * Loads the file opened last, also once more with other constants; `sha256` says which it is meant to be. The old model stays in place
   * until the new one is ready; a bad file changes nothing. `progress` hears bytes read and taken up.
   * @throws EngineError 'not-loaded' when another file was opened meanwhile
   */
  loadOpened(sha256: string, given: GivenConstants, progress?: Progress): Promise<LoadedModel>;
  /** Opens and loads in one, without touching the file opened last. */
  loadModel(bytes: Uint8Array<ArrayBuffer>, given: GivenConstants, progress?: Progress): Promise<LoadedModel>;
  /** Stops every download, reading and loading under way; each ends with an AbortError and the model at hand stays. */
  cancel(): void;
  /** Lets go of the file opened last. */
  closeFile(): void;
  /** Input sizes that the model at hand could be run at, the trained one first. */
  inputSizes(): Promise<readonly InputSize[]>;
  /** The model at hand at another input size, its positions interpolated. The picture has to be run again. */
  resize(side: number): Promise<CrateConfig>;
  /** `hidden`: an entry a patch, 1 where CRATE-MAE shall see the mask token. */
  run(image: Float32Array, eps2: number, hidden?: Uint8Array): Promise<RunNumbers>;
  remeasure(eps2: number): Promise<readonly LayerTrace[]>;
  attention(layer: number): Promise<Float32Array>;
  /** The token's row of every A_k, K × n: where K × n × n would be too much. */
  attentionRow(layer: number, token: number): Promise<Float32Array>;
  /** Largest entry of the token's row over all heads, the token itself left out, for each layer. */
  attentionMax(token: number): Promise<readonly number[]>;
  subspace(layer: number, head: number, place: Place): Promise<SubspaceView>;
  tokens(layer: number): Promise<TokensView>;
  stepEffect(layer: number): Promise<StepView>;
  incoherence(layer: number): Promise<IncoherenceView>;
  dictionary(layer: number): Promise<DictionaryView>;
  /** Any tensor by name, for export and tests. */
  tensor(name: TensorName, layer: number): Promise<Float32Array>;
  /**
   * How fast the model at hand runs the picture at hand; `stopSpeed`, another run and another model end it. Other requests are answered
   * between its pieces.
   * @throws EngineError 'not-loaded' before the first picture; an AbortError when it was stopped
   */
  speed(progress: SpeedProgress): Promise<SpeedReport>;
  stopSpeed(): void;
  /**
   * Measures both product kernels; the faster one is taken up with the model at hand, unless the link has asked for one.
   * @throws EngineError 'webgpu-missing' on the CPU
   */
  measureProduct(): Promise<ProductReport>;
  /** Called whenever the engine has taken a product kernel, with null where it has none. */
  onProductChange(listener: (report: ProductReport | null) => void): void;
  /** Called with what is to be remembered for the next visit. */
  onProductMeasured(listener: (key: string, speeds: ProductSpeeds) => void): void;
  /** Called when the engine changed by itself. */
  onEngineChange(listener: (report: EngineReport) => void): void;
  /** Destroys the GPU device, as a driver reset would; for tests. */
  loseDevice(): void;
}

export interface SessionOptions {
  readonly openGpu?: () => Promise<Gpu>;
  readonly createCpu?: () => Engine;
  /** Null: this browser has no WebAssembly SIMD. */
  readonly createFastCpu?: () => Promise<Engine | null>;
}

interface OpenFile {
  readonly source: ByteSource;
  readonly tensors: TensorFile;
  readonly sha256: string;
}

/** Milliseconds between two messages of progress: each interrupts what the page is rendering, which begins anew. */
const TELL_MS = 200;

/** At most one message in TELL_MS crosses the port, and the newest one always, also when nothing follows it. */
function seldom(progress: Progress | undefined): Progress {
  let told = Number.NEGATIVE_INFINITY;
  let newest: [number, number] = [0, 0];
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const tell = () => {
    clearTimeout(waiting);
    waiting = undefined;
    told = performance.now();
    progress?.(...newest);
  };
  return (bytes, totalBytes) => {
    newest = [bytes, totalBytes];
    const since = performance.now() - told;
    if (since >= TELL_MS || bytes >= totalBytes) tell();
    else waiting ??= setTimeout(tell, TELL_MS - since);
  };
}

const PLACE_TENSOR: Readonly<Record<Place, TensorName>> = { input: 'ZU', half: 'ZU_half', output: 'ZU_next' };
const IN_FLOAT64 = 'the CPU engine computes, in float64 and without the graphics processor, so it is slower.';
const IN_WASM = 'the CPU engine computes, in float32 by WebAssembly, without the graphics processor.';

/** The engine in WebAssembly, fetched when it is wanted; null where the browser cannot run it or it does not arrive. */
async function openWasm(): Promise<Engine | null> {
  try {
    const { createWasmEngine, wasmSimdSupported } = await import('../engine/wasmEngine.ts');
    return wasmSimdSupported() ? await createWasmEngine() : null;
  } catch {
    // Without a network, or under a policy that forbids WebAssembly, the definitions in float64 still compute.
    return null;
  }
}

export function createSession(options: SessionOptions = {}): Session {
  const open = options.openGpu ?? (() => openGpu(globalThis.navigator?.gpu));
  const createCpu = options.createCpu ?? createCpuEngine;
  const createFastCpu = options.createFastCpu ?? openWasm;
  let engine: Engine | null = null;
  /** The model at hand at its input size. */
  let model: Crate | null = null;
  /** Its trained side in px, and its positions there. */
  let trained: { side: number; positions: Float32Array } | null = null;
  /** The file opened last; the model at hand came from it once it has been loaded. */
  let opened: OpenFile | null = null;
  /** Of dictionaries that were looked at: seconds of work for a large one, and the same for every picture. */
  const spectra = new WeakMap<Numbers, DictionarySpectrum>();
  /** Work that `cancel` stops. */
  const working = new Set<AbortController>();
  let last: { image: Float32Array; eps2: number; hidden: Uint8Array | undefined } | null = null;
  let restarts = 0;
  /** The replacement of a lost engine while it is under way. */
  let recovery: Promise<void> | null = null;
  let queue: Promise<unknown> = Promise.resolve();
  let listener: (report: EngineReport) => void = () => undefined;
  /** Whether WebGPU, where it computes, is itself a program. */
  let isSoftware = false;
  let terms: ProductTerms = { product: 'auto', remembered: {} };
  let productChanged: (report: ProductReport | null) => void = () => undefined;
  let productMeasured: (key: string, speeds: ProductSpeeds) => void = () => undefined;
  /** The speed run under way. */
  let timing: AbortController | null = null;

  const gpuEngine = (gpu: Gpu): GpuEngine => {
    isSoftware = gpu.isSoftware;
    return createGpuEngine(gpu, {
      // Where the device is the processor, compiling takes from it what draws the page: later, when it is needed.
      prepare: gpu.isSoftware ? 'forward' : 'all',
      product: terms.product,
      memory: { get: (key) => terms.remembered[key] ?? null, set: (key, speeds) => productMeasured(key, speeds) },
    });
  };

  const productNow = (): ProductReport | null => (engine && isGpuEngine(engine) ? productReport(engine) : null);

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
    productChanged(productNow());
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
      if (last) await next.run(last.image, last.eps2, last.hidden);
    } while (carried[0] !== model || carried[1] !== last);
  }

  /** WebGPU again with model and picture, or null when it does not come back with them. */
  async function restarted(): Promise<Engine | null> {
    let next: GpuEngine | null = null;
    try {
      next = gpuEngine(await open());
      await takeAlong(next);
      return next;
    } catch {
      // Whatever stopped it (no adapter, lost again, no memory left), the CPU engine needs none of it and its sentence says so.
      next?.dispose();
      return null;
    }
  }

  /** The fastest engine without a graphics processor, and the end of a sentence that says how it computes. */
  async function fastestCpu(): Promise<{ readonly cpu: Engine; readonly how: string }> {
    const fast = await createFastCpu();
    return fast ? { cpu: fast, how: IN_WASM } : { cpu: createCpu(), how: IN_FLOAT64 };
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
    const { cpu, how } = await fastestCpu();
    let notice = isFirst ? `${why} and does not come back: ${how}` : `${why} a second time: ${how}`;
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

  /** A piece of work that `cancel` stops. */
  async function cancellable<T>(work: (signal: AbortSignal, controller: AbortController) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    working.add(controller);
    try {
      return await work(controller.signal, controller);
    } finally {
      working.delete(controller);
    }
  }

  /** Reads names, shapes and SHA-256 of a file. @throws CheckpointError; the signal's reason when it is aborted */
  async function understand(
    file: Blob | Uint8Array<ArrayBuffer>,
    name: string,
    given: GivenConstants,
    signal: AbortSignal,
    progress?: Progress,
  ): Promise<OpenFile & OpenedCheckpoint> {
    const source = file instanceof Blob ? blobSource(file) : bytesSource(file);
    const tensors = await openCheckpoint(source, name);
    signal.throwIfAborted();
    const { findings } = inspectTensors(tensors, source.size, given);
    const sha256 = await sha256Of(source, seldom(progress), signal);
    signal.throwIfAborted();
    return { source, tensors, sha256, findings };
  }

  /** Lets WebGPU compile while weights are still on their way. What fails is told when they are loaded. */
  async function warm(config: CrateConfig, halves: boolean): Promise<void> {
    if (engine && isGpuEngine(engine) && !isSoftware) await engine.warm(config, halves).catch(() => undefined);
  }

  /** Loads a file that was understood. To be called in turn. */
  async function takeUp(
    { source, tensors, sha256 }: OpenFile,
    given: GivenConstants,
    signal: AbortSignal,
    progress?: Progress,
  ): Promise<LoadedModel> {
    const begin = performance.now();
    signal.throwIfAborted();
    const inspection = inspectTensors(tensors, source.size, given);
    const bytes = 4 * inspection.findings.parameters;
    const tell = seldom(progress);
    const { dtypes } = inspection.findings;
    if (inspection.config)
      void warm(
        inspection.config,
        dtypes.every(({ dtype }) => dtype === 'F16'),
      );
    // Half the bar is reading, half is the engine.
    const next = await loadCrate(tensors, inspection, { progress: (done) => tell(done / 2, bytes), signal });
    await onEngine(async (one) => {
      await one.load(next.config, next.weights, (done, total) => {
        signal.throwIfAborted();
        tell(bytes / 2 + (bytes / 2) * (total > 0 ? done / total : 1), bytes);
      });
      model = next;
      trained = { side: next.config.imageSize, positions: next.weights.positions };
      last = null;
    });
    productChanged(productNow());
    const { config, findings, weights } = next;
    return {
      config,
      findings,
      sha256,
      assumptions: assumptionsOf(findings),
      weightBytes: weightBytes(weights),
      ms: performance.now() - begin,
    };
  }

  const read = (name: TensorName, layer: number) => onEngine((one) => one.read(name, layer));
  const weightsOf = (layer: number) => {
    const weights = needModel().weights.layers[layer];
    if (!weights) throw new RangeError(`invalid layer: ${layer}`);
    return weights;
  };

  return {
    start: (choice, asked) =>
      inTurn(async () => {
        if (asked) terms = asked;
        if (choice === 'cpu') {
          use(createCpu());
          return report(`Chosen by the link: ${IN_FLOAT64}`);
        }
        if (choice === 'wasm') {
          const { cpu, how } = await fastestCpu();
          use(cpu);
          return report(`Chosen by the link: ${how}`);
        }
        let gpu: Gpu;
        try {
          gpu = await open();
        } catch (error) {
          if (!(error instanceof EngineError)) throw error;
          const { cpu, how } = await fastestCpu();
          use(cpu);
          return report(`${error.message} Every view works: ${how}`);
        }
        const fast = choice === 'auto' && gpu.isSoftware ? await createFastCpu() : null;
        if (!fast) {
          use(gpuEngine(gpu));
          return report(null);
        }
        gpu.device.destroy();
        use(fast);
        return report(
          'WebGPU is itself computed by the processor in this browser, so the CPU engine computes, in float32 by WebAssembly: it is faster. “?engine=webgpu” in the address takes WebGPU all the same.',
        );
      }),

    warm,

    download: (address, progress) => cancellable((signal) => download(address, seldom(progress), signal)),

    openFile: (file, name, given, progress) =>
      cancellable(async (signal) => {
        const { source, tensors, sha256, findings } = await understand(file, name, given, signal, progress);
        opened = { source, tensors, sha256 };
        return { sha256, findings };
      }),

    loadOpened(sha256, given, progress) {
      const file = opened;
      return cancellable((signal) =>
        inTurn(() => {
          if (file?.sha256 !== sha256) {
            throw new EngineError('not-loaded', 'Another file was opened meanwhile. Open this one again.');
          }
          return takeUp(file, given, signal, progress);
        }),
      );
    },

    loadModel: (bytes, given, progress) =>
      cancellable((signal) =>
        inTurn(async () => takeUp(await understand(bytes, 'model', given, signal), given, signal, progress)),
      ),

    speed: (progress) =>
      cancellable(async (signal, controller) => {
        timing?.abort();
        timing = controller;
        const [one, crate] = [needEngine(), needModel()];
        if (!last) throw new EngineError('not-loaded', 'No picture has been run yet.');
        const begun = last;
        return measureSpeed(
          {
            engine: one,
            config: crate.config,
            weightBytes: weightBytes(crate.weights),
            // The picture of the moment: a piece must not bring back one that has been replaced meanwhile.
            picture: () => last ?? begun,
          },
          {
            signal,
            progress,
            turn: (piece) =>
              inTurn(() =>
                onEngine((now) => {
                  signal.throwIfAborted();
                  if (now !== one || model !== crate) {
                    const what = model === crate ? 'engine' : 'model';
                    throw new EngineError('forward-failed', `The ${what} changed while it was timed. Run again.`);
                  }
                  return piece();
                }),
              ),
          },
        );
      }),

    stopSpeed() {
      timing?.abort();
    },

    measureProduct: () =>
      inTurn(() =>
        onEngine(async (one) => {
          if (!isGpuEngine(one)) {
            throw new EngineError(
              'webgpu-missing',
              'The CPU engine computes, which has no product kernels to choose from.',
            );
          }
          const before = one.product?.kernel;
          const { kernel } = await one.measureProduct();
          if (model && before !== kernel) {
            await one.load(model.config, model.weights);
            if (last) await one.run(last.image, last.eps2, last.hidden);
          }
          const now = productReport(one);
          if (!now) throw new EngineError('not-loaded', 'No model is loaded.');
          productChanged(now);
          return now;
        }),
      ),

    onProductChange(next) {
      productChanged = next;
    },

    onProductMeasured(next) {
      productMeasured = next;
    },

    cancel() {
      for (const controller of working) controller.abort();
    },

    closeFile() {
      opened = null;
    },

    inputSizes: () =>
      inTurn(async () => {
        const { config } = needModel();
        return inputSides({ ...config, imageSize: trained?.side ?? config.imageSize }).map((side) => {
          const resized = resizedConfig(config, side);
          return { side, tokens: tokenCount(resized), ...needEngine().estimate(resized) };
        });
      }),

    resize: (side) =>
      inTurn(async () => {
        const before = needModel();
        const config = resizedConfig(before.config, side);
        const { side: trainedSide, positions: table } = trained ?? { side, positions: before.weights.positions };
        const positions = interpolatePositions(table, config.d, trainedSide / config.patchSize, gridSide(config));
        await onEngine(async (one) => {
          await one.resize(config, positions);
          model = { ...before, config, weights: { ...before.weights, positions } };
          last = null;
        });
        return config;
      }),

    run: (image, eps2, hidden) =>
      inTurn(() =>
        onEngine(async (one) => {
          const numbers = await one.run(image, eps2, hidden);
          last = { image, eps2, hidden };
          return numbers;
        }),
      ),

    remeasure: (eps2) => inTurn(() => onEngine((one) => one.remeasure(eps2))),
    attention: (layer) => inTurn(() => read('A', layer)),
    attentionRow: (layer, token) => inTurn(() => onEngine((one) => one.attentionRow(layer, token))),

    attentionMax: (token) =>
      inTurn(async () => {
        const { config } = needModel();
        const n = tokenCount(config);
        const perLayer: number[] = [];
        for (let layer = 0; layer < config.L; layer++) {
          const rows = await onEngine((one) => one.attentionRow(layer, token));
          perLayer.push(rowsMax(rows, config.K, n, token));
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
        const codes = await read(config.kind === 'crate-alpha' ? 'codes' : 'Z_next', layer);
        const { D } = weightsOf(layer);
        const spectrum = spectra.get(D) ?? dictionarySpectrum(D, config.d);
        spectra.set(D, spectrum);
        return dictionaryView(D, config.d, codes, tokenCount(config), layer, spectrum);
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
