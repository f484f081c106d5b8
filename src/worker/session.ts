// One visitor's session: the loaded model and the last picture on the engine at hand, which is kept going (engineKeeper.ts), and the answers
// to what the page asks. Knows no message port; explorer.worker.ts puts one before it.

import { assumptionsOf, type Crate, inspectTensors, loadCrate } from '../checkpoint/crate.ts';
import { fetchReaders, openCheckpoint } from '../checkpoint/open.ts';
import { sha256Of } from '../checkpoint/sha256.ts';
import { type ByteSource, blobSource, bytesSource } from '../checkpoint/source.ts';
import type { TensorFile } from '../checkpoint/tensorFile.ts';
import { type Engine, EngineError } from '../engine/engine.ts';
import { productReport } from '../engine/productReport.ts';
import { measureSpeed } from '../engine/speed.ts';
import { type CrateConfig, gridSide, tokenCount } from '../model/config.ts';
import type { GivenConstants } from '../model/findings.ts';
import { interpolatePositions, resizedConfig } from '../model/positions.ts';
import type { ProductReport, SpeedReport } from '../model/speed.ts';
import { weightBytes } from '../model/weightBytes.ts';
import { download } from './download.ts';
import { createEngineKeeper, type EngineOpeners } from './engineKeeper.ts';
import { inputSides } from './inputSides.ts';
import { seldom } from './progress.ts';
import type { LoadedModel, OpenedCheckpoint, Progress, Session, SpeedProgress } from './protocol.ts';
import { createViewDesk } from './viewDesk.ts';

interface OpenFile {
  readonly source: ByteSource;
  readonly tensors: TensorFile;
  readonly sha256: string;
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

export function createSession(openers: EngineOpeners = {}): Session {
  /** The model at hand at its input size. */
  let model: Crate | null = null;
  /** Its trained side in px, and its positions there. */
  let trained: { side: number; positions: Float32Array } | null = null;
  /** The picture at hand. */
  let last: { image: Float32Array; eps2: number; hidden: Uint8Array | undefined } | null = null;
  /** The file opened last; the model at hand came from it once it has been loaded. */
  let opened: OpenFile | null = null;
  /** Work that `cancel` stops. */
  const working = new Set<AbortController>();
  /** The speed run under way. */
  let timing: AbortController | null = null;
  let queue: Promise<unknown> = Promise.resolve();

  const keeper = createEngineKeeper(openers, {
    async takeAlong(next) {
      let carried: [Crate | null, typeof last];
      do {
        carried = [model, last];
        await putOn(next);
      } while (carried[0] !== model || carried[1] !== last);
    },
    dropPicture() {
      last = null;
    },
  });

  /** Loads the model at hand and runs the picture at hand. */
  async function putOn(engine: Engine): Promise<void> {
    if (model) await engine.load(model.config, model.weights);
    if (last) await engine.run(last.image, last.eps2, last.hidden);
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

  async function warm(config: CrateConfig, halves: boolean): Promise<void> {
    const gpu = keeper.isSoftware() ? null : keeper.gpu();
    // What fails is told when the weights are loaded.
    await gpu?.warm(config, halves).catch(() => undefined);
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
    const { parameters, dtypes } = inspection.findings;
    const areHalves = dtypes.every(({ dtype }) => dtype === 'F16');
    if (inspection.config) void warm(inspection.config, areHalves);
    const bytes = 4 * parameters;
    const tell = seldom(progress);
    // Half the bar is reading, half is the engine.
    const next = await loadCrate(tensors, inspection, { progress: (done) => tell(done / 2, bytes), signal });
    await keeper.on(async (one) => {
      await one.load(next.config, next.weights, (done, total) => {
        signal.throwIfAborted();
        tell(bytes / 2 + (bytes / 2) * (total > 0 ? done / total : 1), bytes);
      });
      model = next;
      trained = { side: next.config.imageSize, positions: next.weights.positions };
      last = null;
    });
    keeper.tellProduct();
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

  /** The model at hand at another input size. To be called in turn. */
  async function resize(side: number): Promise<CrateConfig> {
    const before = needModel();
    const config = resizedConfig(before.config, side);
    const { side: trainedSide, positions: table } = trained ?? { side, positions: before.weights.positions };
    const positions = interpolatePositions(table, config.d, trainedSide / config.patchSize, gridSide(config));
    await keeper.on(async (one) => {
      await one.resize(config, positions);
      model = { ...before, config, weights: { ...before.weights, positions } };
      last = null;
    });
    return config;
  }

  /** Times the model and the picture at hand, piece by piece between other requests. */
  async function timeAll(signal: AbortSignal, progress: SpeedProgress): Promise<SpeedReport> {
    const [engine, crate] = [keeper.need(), needModel()];
    if (!last) throw new EngineError('not-loaded', 'No picture has been run yet.');
    const begun = last;
    const turn = <T>(piece: () => Promise<T>): Promise<T> =>
      inTurn(() =>
        keeper.on((now) => {
          signal.throwIfAborted();
          if (now !== engine || model !== crate) {
            const what = model === crate ? 'engine' : 'model';
            throw new EngineError('forward-failed', `The ${what} changed while it was timed. Run again.`);
          }
          return piece();
        }),
      );
    // The picture of the moment: a piece must not bring back one that has been replaced meanwhile.
    const picture = () => last ?? begun;
    const subject = { engine, config: crate.config, weightBytes: weightBytes(crate.weights), picture };
    return measureSpeed(subject, { signal, progress, turn });
  }

  /** Measures the product kernels and loads the model again where another one is the fastest. To be called in turn. */
  const measureProduct = (): Promise<ProductReport> =>
    keeper.on(async () => {
      const gpu = keeper.gpu();
      if (!gpu) {
        const sentence = 'The CPU engine computes, which has no product kernels to choose from.';
        throw new EngineError('webgpu-missing', sentence);
      }
      const before = gpu.product?.kernel;
      const { kernel } = await gpu.measureProduct();
      if (model && before !== kernel) await putOn(gpu);
      const now = productReport(gpu);
      if (!now) throw new EngineError('not-loaded', 'No model is loaded.');
      keeper.tellProduct();
      return now;
    });

  return {
    start: (choice, terms) => inTurn(() => keeper.start(choice, terms)),

    warm,

    download: (address, progress) => cancellable((signal) => download(address, seldom(progress), signal)),

    fetchReaders,

    openFile: (file, name, given, progress) =>
      cancellable(async (signal) => {
        const { findings, ...understood } = await understand(file, name, given, signal, progress);
        opened = understood;
        return { sha256: understood.sha256, findings };
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
          return { side, tokens: tokenCount(resized), ...keeper.need().estimate(resized) };
        });
      }),

    resize: (side) => inTurn(() => resize(side)),

    run: (image, eps2, hidden) =>
      inTurn(() =>
        keeper.on(async (one) => {
          const numbers = await one.run(image, eps2, hidden);
          last = { image, eps2, hidden };
          return numbers;
        }),
      ),

    remeasure: (eps2) => inTurn(() => keeper.on((one) => one.remeasure(eps2))),

    ...createViewDesk({ model: needModel, on: keeper.on, inTurn }),

    speed: (progress) =>
      cancellable((signal, controller) => {
        timing?.abort();
        timing = controller;
        return timeAll(signal, progress);
      }),

    stopSpeed() {
      timing?.abort();
    },

    measureProduct: () => inTurn(measureProduct),

    onProductChange(listener) {
      keeper.productChanged = listener;
    },

    onProductMeasured(listener) {
      keeper.productMeasured = listener;
    },

    onEngineChange(listener) {
      keeper.engineChanged = listener;
    },

    loseDevice() {
      keeper.gpu()?.device.destroy();
    },
  };
}
