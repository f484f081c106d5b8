// How fast an engine runs its model: pictures by the page's clock, kernels and the device's peaks by its own. In small pieces, so that
// whoever asks for a view meanwhile waits for one of them and not for all.

import type { CrateConfig } from '../model/config.ts';
import { type KernelTime, type SpeedReport, type Spread, spreadOf } from '../model/speed.ts';
import { type Engine, EngineError } from './engine.ts';
import type { GpuEngine, ProfileRow } from './gpuEngine.ts';
import { measurePeaks } from './peaks.ts';
import { productReport } from './productReport.ts';
import { stepRoles } from './stepRoles.ts';

export interface SpeedSubject {
  readonly engine: Engine;
  readonly config: CrateConfig;
  /** Bytes of its weights, where the engine does not tell. */
  readonly weightBytes: number;
  /** The picture to run, as it is when it is asked for. */
  picture(): { readonly image: Float32Array; readonly eps2: number; readonly hidden: Uint8Array | undefined };
}

export interface SpeedHow {
  /** Runs a piece when it is its turn. */
  turn<T>(piece: () => Promise<T>): Promise<T>;
  /** Share of the whole that is done, in [0, 1], and what is under way. */
  progress(done: number, what: SpeedPhase): void;
  readonly signal: AbortSignal;
}

export type SpeedPhase = 'pictures' | 'pass' | 'kernels' | 'peaks';

/** Rounds of each measurement: as many as fit into `budget` ms, but `least`. */
const ROUNDS = { least: 3, most: 15, budget: 1500 } as const;
const KERNEL_ROUNDS = { least: 3, most: 9, budget: 4000 } as const;

/** Milliseconds of a kernel's repetitions in one timed pass: Chromium's clock steps by 0.1 ms, which is less than 5 % of it. */
const TIMED_MS = 4;
const MOST_TIMES = 1024;

/** Trials at most to find how often a kernel has to run for that; the first ones are slow, and of a single run a clock may show nothing. */
const TRIALS = 4;

/** Steps of a clock below this show nobody's rounding, ns. */
const LEAST_STEP = 1000;

const isGpu = (engine: Engine): engine is GpuEngine => engine.kind === 'webgpu' && 'profile' in engine;

/** @throws EngineError as the engine does; the signal's reason when it is aborted */
export async function measureSpeed(subject: SpeedSubject, how: SpeedHow): Promise<SpeedReport> {
  const { engine, config } = subject;
  const gpu = isGpu(engine) ? engine : null;
  const picture = gpu ? await timePictures(subject, how, [0, 0.25]) : await timePictures(subject, how, [0, 1]);
  const pass = gpu ? await timePass(gpu, subject, how) : null;
  const kernels = gpu && pass ? await timeKernels(gpu, subject, how) : null;
  how.progress(0.8, 'peaks');
  const product = gpu ? productReport(gpu) : null;
  const isSoftware = product?.device.isSoftware ?? false;
  const peaks = gpu ? await how.turn(() => measurePeaks({ device: gpu.device, isSoftware }, how.signal)) : null;
  how.progress(1, 'peaks');
  return {
    engine: { kind: engine.kind, adapter: engine.adapter },
    product,
    picture,
    pass,
    kernels,
    clockStep: kernels ? clockStepOf(kernels) : null,
    peaks,
    memory: { weights: gpu ? gpu.weightBytes : subject.weightBytes, picture: engine.estimate(config).bytes },
  };
}

/** Repeats a measurement, after one that warms up and does not count. */
async function repeated<T>(
  { turn, signal }: SpeedHow,
  { least, most, budget }: { readonly least: number; readonly most: number; readonly budget: number },
  measure: () => Promise<T>,
  done: (share: number) => void,
): Promise<readonly T[]> {
  const piece = async (): Promise<T> => {
    signal.throwIfAborted();
    return turn(measure);
  };
  await piece();
  const begin = performance.now();
  const values: T[] = [];
  while (values.length < least || (values.length < most && performance.now() - begin < budget)) {
    values.push(await piece());
    done(Math.max(Math.min(1, (performance.now() - begin) / budget), values.length / most));
  }
  return values;
}

async function timePictures(
  { engine, picture }: SpeedSubject,
  how: SpeedHow,
  [from, to]: readonly [number, number],
): Promise<SpeedReport['picture']> {
  const half = (to - from) / 2;
  const timed = async (measures: 'none' | 'all', start: number): Promise<Spread> => {
    const run = async (): Promise<number> => {
      const { image, eps2, hidden } = picture();
      return (await engine.run(image, eps2, hidden, measures)).ms;
    };
    how.progress(start, 'pictures');
    return spreadOf(await repeated(how, ROUNDS, run, (share) => how.progress(start + share * half, 'pictures')));
  };
  return { logits: await timed('none', from), measures: await timed('all', from + half) };
}

/** Of as many passes in a row as the clock needs; null without a clock. */
async function timePass(gpu: GpuEngine, { picture }: SpeedSubject, how: SpeedHow): Promise<Spread | null> {
  how.progress(0.25, 'pass');
  const once = (times: number) => {
    const { image, hidden } = picture();
    return gpu.timePass(image, times, hidden);
  };
  const first = await how.turn(() => once(1));
  if (first === null) return null;
  const times = Math.min(64, timesFor(first));
  const tell = (share: number) => how.progress(0.25 + 0.1 * share, 'pass');
  const ms = await repeated(how, ROUNDS, () => once(times), tell);
  return spreadOf(ms.map((value) => value ?? Number.NaN));
}

/** Repetitions that take about TIMED_MS; of what took less than the clock shows, many. */
const timesFor = (ms: number): number => Math.max(1, Math.min(MOST_TIMES, Math.ceil(TIMED_MS / Math.max(ms, 0.001))));

async function timeKernels(
  gpu: GpuEngine,
  { config, picture }: SpeedSubject,
  how: SpeedHow,
): Promise<readonly KernelTime[]> {
  how.progress(0.35, 'kernels');
  const round = async (times: readonly number[]): Promise<readonly ProfileRow[]> => {
    const { image, hidden } = picture();
    return (await gpu.profile(image, { hidden, times })) ?? [];
  };
  let times: readonly number[] = [];
  for (let trial = 0; trial < TRIALS; trial++) {
    how.signal.throwIfAborted();
    const before = times;
    times = (await how.turn(() => round(before))).map(({ ms }, i) => Math.max(before[i] ?? 1, timesFor(ms)));
    if (times.every((wanted, i) => wanted <= 1.1 * (before[i] ?? 1))) break;
  }
  const tell = (share: number) => how.progress(0.35 + 0.45 * share, 'kernels');
  const rounds = await repeated(how, KERNEL_ROUNDS, () => round(times), tell);
  const first = rounds[0] ?? [];
  // A model that came in between is of another length, and no round of it counts.
  if (rounds.some((rows) => rows.length !== first.length)) {
    throw new EngineError('forward-failed', 'The model changed while it was timed. Run again.');
  }
  const roles = stepRoles(config, first);
  return first.map(({ name, part, layer, flops, bytes }, i) => ({
    name,
    part,
    role: roles[i] ?? name,
    layer,
    flops,
    bytes,
    ms: rounds.map((rows) => rows[i]?.ms ?? Number.NaN),
    times: times[i] ?? 1,
  }));
}

/** The step that all times are multiples of, ms; null where there is none to be seen. */
export function clockStepOf(kernels: readonly Pick<KernelTime, 'ms' | 'times'>[]): number | null {
  const ns = kernels.flatMap(({ ms, times }) => ms.map((value) => Math.round(value * times * 1e6)));
  const step = ns.reduce((a, b) => gcd(a, b), 0);
  return step >= LEAST_STEP ? step / 1e6 : null;
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));
