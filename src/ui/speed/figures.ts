// Numbers of speed as the page prints them, and the sentences that follow from a run.

import {
  boundOf,
  gflopsOf,
  groupTimes,
  intensity,
  roofAt,
  type SpeedReport,
  type TimeGroup,
} from '../../model/speed.ts';
import { bare, fixed, percent } from '../text/numbers.ts';

const NBSP = '\u00a0';

/** Three significant figures, grouped thousands, no zero before the point: .0123, 1.23, 45.6, 1,234. */
export function three(value: number): string {
  if (!Number.isFinite(value) || value === 0) return fixed(value, 0);
  const digits = Math.max(0, Math.min(4, 2 - Math.floor(Math.log10(Math.abs(value)))));
  const text = bare(value, digits);
  return text.replace(/^\d{4,}/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ','));
}

/** .0123 ms, 45.6 ms, 1,234 ms. */
export const milliseconds = (ms: number): string => `${three(ms)}${NBSP}ms`;

/** Of 10⁹ of a unit a second: 123 M, 12.3 G, 1.23 T. */
const rate = (giga: number, unit: string): string =>
  giga >= 1000
    ? `${three(giga / 1000)}${NBSP}T${unit}/s`
    : giga >= 1
      ? `${three(giga)}${NBSP}G${unit}/s`
      : `${three(giga * 1000)}${NBSP}M${unit}/s`;

/** 12.3 GFLOP/s, 1.23 TFLOP/s. */
export const flopRate = (gflops: number): string => rate(gflops, 'FLOP');

/** 12.3 GB/s, 1.23 TB/s. */
export const byteRate = (gbytes: number): string => rate(gbytes, 'B');

/** 12.3 GFLOP, 456 MFLOP. */
export const operations = (flops: number): string =>
  flops >= 1e9 ? `${three(flops / 1e9)}${NBSP}GFLOP` : `${three(flops / 1e6)}${NBSP}MFLOP`;

/** A share of the time: 34 %, or < 1 %. */
export const sharePercent = (share: number): string => (share < 0.005 ? `<${NBSP}1${NBSP}%` : percent(share, 0));

/** Binary sizes as limits have them: 128 MiB, 16 KiB. */
export function binary(bytes: number): string {
  const [size, unit] = bytes >= 2 ** 30 ? [2 ** 30, 'GiB'] : bytes >= 2 ** 20 ? [2 ** 20, 'MiB'] : [2 ** 10, 'KiB'];
  return `${fixed(bytes / size, Number.isInteger(bytes / size) ? 0 : 1)}${NBSP}${unit}`;
}

export interface Placed {
  readonly group: TimeGroup;
  /** flop a byte. */
  readonly x: number;
  readonly gflops: number;
  readonly bound: 'compute' | 'memory';
  /** What it reaches of the roof above it; more than 1 where a cache serves what the roof takes from memory. */
  readonly ofRoof: number;
}

/** Where a group of alike runs lies under the roofline; null without roofs. */
export function placeOf(group: TimeGroup, peaks: SpeedReport['peaks']): Placed | null {
  if (!peaks) return null;
  const x = intensity(group);
  const gflops = gflopsOf(group.flops, group.ms.median);
  return { group, x, gflops, bound: boundOf(peaks, x), ofRoof: gflops / roofAt(peaks, x) };
}

/** What it is called: "ISTA step", "MSSA, attention". */
export function nameOf({ part, role, layer }: Pick<TimeGroup, 'part' | 'role' | 'layer'>): string {
  const where = layer === null ? '' : `layer ${layer + 1}, `;
  const of = part === 'mssa' ? 'MSSA' : part === 'ista' ? 'ISTA' : part;
  if (role === null) return `${where}${of}`;
  return part === 'ista' && role.startsWith('ISTA') ? `${where}${role}` : `${where}${of}, ${role}`;
}

/** Largest share of the clock's step in what it timed of a kernel in a round, in [0, …]; null where no step showed. */
export function clockError({ kernels, clockStep }: Pick<SpeedReport, 'kernels' | 'clockStep'>): number | null {
  if (!kernels || clockStep === null) return null;
  const timed = kernels.map(({ ms, times }) => times * Math.min(...ms));
  return clockStep / Math.max(Math.min(...timed), Number.EPSILON);
}

/** What a run says, in sentences. */
export function sayings(report: SpeedReport): readonly string[] {
  const { kernels, peaks, pass, picture } = report;
  const whole = picture.logits.median;
  if (!kernels || !pass) return [];
  const sentences: string[] = [];
  const rest = whole - pass.median;
  const kernelShare = Math.min(1, pass.median / whole);
  sentences.push(
    rest > 0
      ? `Of a picture’s ${milliseconds(whole)}, ${milliseconds(pass.median)} (${percent(kernelShare, 0)}) are kernels; the rest is the way to the device and back.`
      : `The kernels of a picture take ${milliseconds(pass.median)}, all of its time.`,
  );
  const groups = [...groupTimes(kernels, 'kernel')].sort((a, b) => b.share - a.share);
  const [largest] = groups;
  if (largest && peaks) {
    const place = placeOf(largest, peaks);
    if (place) {
      const bound = place.bound === 'compute' ? 'arithmetic' : 'memory';
      sentences.push(
        `The largest part, ${percent(largest.share, 0)} of the time, is ${nameOf(largest)}: ${three(place.x)} operations a byte, so ${bound} would bound it; it reaches ${flopRate(place.gflops)}, ${percent(place.ofRoof, 0)} of that roof.`,
      );
    }
  }
  if (peaks) {
    const places = groups.flatMap((group) => placeOf(group, peaks) ?? []);
    const cached = places.filter(({ bound, ofRoof }) => bound === 'memory' && ofRoof > 1);
    if (cached.length > 0) {
      const names = cached.map(({ group }) => nameOf(group)).join('; ');
      sentences.push(`Above the slope, so served by a cache and not by memory: ${names}.`);
    }
  }
  return sentences;
}

/** Whether the figures are of the engine at hand: WebGPU on the same adapter by the same product kernel, or the CPU. */
export const isByEngine = (
  { engine, product }: Pick<SpeedReport, 'engine' | 'product'>,
  now: SpeedReport['engine'],
  productNow: SpeedReport['product'],
): boolean =>
  engine.kind === now.kind &&
  (now.kind === 'cpu' || (engine.adapter === now.adapter && product?.kernel === productNow?.kernel));
