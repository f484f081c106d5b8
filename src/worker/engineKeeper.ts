// Which engine computes: WebGPU or a CPU engine, opened as asked; when its device is lost, WebGPU once more, then the CPU.

import { createCpuEngine } from '../engine/cpuEngine.ts';
import { type Gpu, openGpu } from '../engine/device.ts';
import { type Engine, EngineError } from '../engine/engine.ts';
import { createGpuEngine, type GpuEngine } from '../engine/gpuEngine.ts';
import { productReport } from '../engine/productReport.ts';
import type { ProductReport, ProductSpeeds } from '../model/speed.ts';
import type { EngineChoice, EngineReport, ProductTerms } from './protocol.ts';

/** How engines are opened, where not as usual. */
export interface EngineOpeners {
  readonly openGpu?: () => Promise<Gpu>;
  readonly createCpu?: () => Engine;
  /** Null: this browser has no WebAssembly SIMD. */
  readonly createFastCpu?: () => Promise<Engine | null>;
}

/** What the engine in use holds. */
export interface Belongings {
  /** Loads and runs on another engine all that there is, also when it changes meanwhile. */
  takeAlong(next: Engine): Promise<void>;
  /** The picture could not be taken along. */
  dropPicture(): void;
}

export interface EngineKeeper {
  start(choice: EngineChoice, terms: ProductTerms | undefined): Promise<EngineReport>;
  /** The engine in use. @throws EngineError 'not-loaded' before `start` */
  need(): Engine;
  /** The engine in use where it is WebGPU. */
  gpu(): GpuEngine | null;
  /** Whether WebGPU, where it computes, is itself a program. */
  isSoftware(): boolean;
  /** Runs a job on the engine; when the device is lost under it, waits for the replacement and runs it once more there. */
  on<T>(job: (engine: Engine) => Promise<T>): Promise<T>;
  /** Tells `productChanged` the kernel of the moment. */
  tellProduct(): void;
  /** Called when the engine changed by itself. */
  engineChanged: (report: EngineReport) => void;
  /** Called whenever the engine has taken a product kernel, with null where it has none. */
  productChanged: (report: ProductReport | null) => void;
  /** Called with what is to be remembered for the next visit. */
  productMeasured: (key: string, speeds: ProductSpeeds) => void;
}

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

const isGpuEngine = (engine: Engine): engine is GpuEngine => engine.kind === 'webgpu' && 'lost' in engine;

export function createEngineKeeper(openers: EngineOpeners, { takeAlong, dropPicture }: Belongings): EngineKeeper {
  const open = openers.openGpu ?? (() => openGpu(globalThis.navigator?.gpu));
  const createCpu = openers.createCpu ?? createCpuEngine;
  const createFastCpu = openers.createFastCpu ?? openWasm;
  let engine: Engine | null = null;
  let isSoftware = false;
  let terms: ProductTerms = { product: 'auto', remembered: {} };
  let restarts = 0;
  /** The replacement of a lost engine while it is under way. */
  let recovery: Promise<void> | null = null;

  const gpuEngine = (gpu: Gpu): GpuEngine => {
    isSoftware = gpu.isSoftware;
    return createGpuEngine(gpu, {
      // Where the device is the processor, compiling takes from it what draws the page: later, when it is needed.
      prepare: gpu.isSoftware ? 'forward' : 'all',
      product: terms.product,
      memory: {
        get: (key) => terms.remembered[key] ?? null,
        set: (key, speeds) => keeper.productMeasured(key, speeds),
      },
    });
  };

  function need(): Engine {
    if (!engine) throw new EngineError('not-loaded', 'The engine has not been started.');
    return engine;
  }

  function report(notice: string | null): EngineReport {
    const { kind, adapter } = need();
    return { kind, adapter, notice };
  }

  /** The fastest engine without a graphics processor, and the end of a sentence that says how it computes. */
  async function fastestCpu(): Promise<{ readonly cpu: Engine; readonly how: string }> {
    const fast = await createFastCpu();
    return fast ? { cpu: fast, how: IN_WASM } : { cpu: createCpu(), how: IN_FLOAT64 };
  }

  /** Makes it the engine in use and watches its device. */
  function use(next: Engine): void {
    const before = engine;
    engine = next;
    before?.dispose();
    // recover never rejects; disposing of an engine loses its device too, which replace ignores.
    if (isGpuEngine(next)) void next.lost.then(({ reason }) => replace(next, reason));
    keeper.tellProduct();
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

  /** Replaces a lost engine: once by WebGPU again, then by the CPU. Never rejects. */
  async function recover(reason: string): Promise<void> {
    const why = reason === 'destroyed' ? 'The GPU device was destroyed' : 'The GPU device was lost';
    const isFirst = restarts++ === 0;
    const gpu = isFirst ? await restarted() : null;
    if (gpu) {
      use(gpu);
      keeper.engineChanged(report(`${why}; WebGPU was started again.`));
      return;
    }
    const { cpu, how } = await fastestCpu();
    let notice = isFirst ? `${why} and does not come back: ${how}` : `${why} a second time: ${how}`;
    try {
      await takeAlong(cpu);
    } catch (error) {
      dropPicture();
      notice += ` The last picture has to be opened again: ${error instanceof Error ? error.message : String(error)}`;
    }
    use(cpu);
    keeper.engineChanged(report(notice));
  }

  async function start(choice: EngineChoice): Promise<EngineReport> {
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
      return { ...report(`${error.message} Every view works: ${how}`), isWithoutWebGpu: true };
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
  }

  async function on<T>(job: (engine: Engine) => Promise<T>): Promise<T> {
    // Ends: an engine is replaced at most twice, and the CPU engine is never lost.
    for (;;) {
      await recovery;
      const one = need();
      try {
        const result = await job(one);
        if (engine === one && !recovery) return result;
      } catch (error) {
        if (!(error instanceof EngineError && error.code === 'device-lost')) throw error;
        await replace(one, 'unknown');
      }
    }
  }

  const gpu = (): GpuEngine | null => (engine && isGpuEngine(engine) ? engine : null);

  const keeper: EngineKeeper = {
    start(choice, asked) {
      if (asked) terms = asked;
      return start(choice);
    },
    need,
    gpu,
    isSoftware: () => isSoftware,
    on,
    tellProduct() {
      const one = gpu();
      keeper.productChanged(one && productReport(one));
    },
    engineChanged: () => undefined,
    productChanged: () => undefined,
    productMeasured: () => undefined,
  };
  return keeper;
}
