// What a device was measured to do: the plain types of a speed run, and what follows from its numbers.

import { quantile } from '../math/quantile.ts';

/** Which part of the model a run belongs to. */
export type Part = 'embed' | 'mssa' | 'ista' | 'head' | 'decoder';

/** The kernels of the one product: 'register' is gemm.wgsl, 'quad' gemm_quad.wgsl, 'tile' gemm_tile.wgsl. */
export const PRODUCT_KERNELS = ['register', 'quad', 'tile'] as const;
export type ProductKernel = (typeof PRODUCT_KERNELS)[number];

/** GFLOP/s of each that the device has, over the measured shapes together. */
export type ProductSpeeds = Readonly<Partial<Record<ProductKernel, number>>>;

/** How a product kernel came to be taken. */
export type ProductOrigin = 'link' | 'software' | 'remembered' | 'measured';

/** How the engine multiplies, and why. */
export interface ProductReport {
  readonly kernel: ProductKernel;
  /** null where nothing was measured. */
  readonly gflops: ProductSpeeds | null;
  readonly origin: ProductOrigin;
  /** A sentence for people. */
  readonly why: string;
  readonly weightsAs: string;
  readonly adapter: string;
  readonly device: DeviceFacts;
}

/** Median and quartiles of repeated runs, ms. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly runs: number;
}

export const spreadOf = (ms: readonly number[]): Spread => ({
  median: quantile(ms, 0.5),
  low: quantile(ms, 0.25),
  high: quantile(ms, 0.75),
  runs: ms.length,
});

/** One run of the forward pass. */
export interface KernelTime {
  /** The kernel. */
  readonly name: string;
  readonly part: Part;
  /** What it does in its part: "project", "attention", … */
  readonly role: string;
  /** From 0; null outside the encoder's layers. */
  readonly layer: number | null;
  /** Floating-point operations, a multiply-add being two. */
  readonly flops: number;
  /** Bytes that it must read and write at least once: each operand once. */
  readonly bytes: number;
  /** Milliseconds, an entry a round. */
  readonly ms: readonly number[];
  /** How often it ran within the time that the clock took in a round. */
  readonly times: number;
}

/** What the device was measured to do at most. */
export interface Peaks {
  /** GFLOP/s of multiply-adds in registers. */
  readonly gflops: number;
  /** GB/s read from a buffer of `bytes`. */
  readonly gbytes: number;
  readonly bytes: number;
}

/** What a device says of itself. */
export interface DeviceFacts {
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
  readonly isSoftware: boolean;
  /** Optional WebGPU features that the engine has asked for and got. */
  readonly features: readonly string[];
  readonly limits: Readonly<Record<string, number>>;
}

/** A model's speed on this device. */
export interface SpeedReport {
  readonly engine: { readonly kind: 'webgpu' | 'cpu'; readonly adapter: string };
  /** null on the CPU. */
  readonly product: ProductReport | null;
  /** From the call to the numbers, by the page's clock. */
  readonly picture: { readonly logits: Spread; readonly measures: Spread };
  /** The forward pass by the device's clock, every run of it in order; null where it has none. */
  readonly pass: Spread | null;
  /** null where the device has no clock: no time of a kernel is made up. */
  readonly kernels: readonly KernelTime[] | null;
  /** Smallest step of the device's clock that showed, ms; null where none did. */
  readonly clockStep: number | null;
  /** null on the CPU. */
  readonly peaks: Peaks | null;
  readonly memory: { readonly weights: number; readonly picture: number };
}

/** Floating-point operations a byte. */
export const intensity = ({ flops, bytes }: Pick<KernelTime, 'flops' | 'bytes'>): number => flops / bytes;

/** What the roofline allows at an intensity, GFLOP/s: min(peak, bandwidth · intensity). */
export const roofAt = ({ gflops, gbytes }: Peaks, flopsAByte: number): number => Math.min(gflops, gbytes * flopsAByte);

/** Which roof it meets. */
export const boundOf = ({ gflops, gbytes }: Peaks, flopsAByte: number): 'compute' | 'memory' =>
  gbytes * flopsAByte < gflops ? 'memory' : 'compute';

/** Runs taken together. */
export interface TimeGroup {
  readonly key: string;
  readonly part: Part;
  /** The role that all of them have, or null. */
  readonly role: string | null;
  /** The layer that all of them have, or null. */
  readonly layer: number | null;
  readonly names: readonly string[];
  readonly runs: number;
  readonly flops: number;
  readonly bytes: number;
  /** Of the sums of the rounds. */
  readonly ms: Spread;
  /** Of the whole, in [0, 1]. */
  readonly share: number;
}

export type Grouping = 'kernel' | 'layer' | 'run';

const keyOf = ({ part, role, layer }: KernelTime, by: Grouping, index: number): string =>
  by === 'kernel' ? `${part} ${role}` : by === 'layer' ? `${part} ${layer ?? ''}` : String(index);

/** Sums of runs: the same role in all layers, a half-step of a layer, or each run for itself; in the order of the pass. */
export function groupTimes(kernels: readonly KernelTime[], by: Grouping): readonly TimeGroup[] {
  const groups = new Map<string, KernelTime[]>();
  kernels.forEach((kernel, i) => {
    const key = keyOf(kernel, by, i);
    const group = groups.get(key) ?? [];
    group.push(kernel);
    groups.set(key, group);
  });
  const whole = sum(kernels.map(({ ms }) => quantile(ms, 0.5)));
  return [...groups].map(([key, members]): TimeGroup => {
    const [first] = members as [KernelTime];
    const same = <T>(of: (member: KernelTime) => T): T | null =>
      members.every((member) => of(member) === of(first)) ? of(first) : null;
    const rounds = first.ms.map((_, round) => sum(members.map(({ ms }) => ms[round] ?? Number.NaN)));
    const ms = spreadOf(rounds);
    return {
      key,
      part: first.part,
      role: same(({ role }) => role),
      layer: same(({ layer }) => layer),
      names: [...new Set(members.map(({ name }) => name))],
      runs: members.length,
      flops: sum(members.map(({ flops }) => flops)),
      bytes: sum(members.map(({ bytes }) => bytes)),
      ms,
      share: whole > 0 ? sum(members.map((member) => quantile(member.ms, 0.5))) / whole : 0,
    };
  });
}

/** GFLOP/s of so many operations in so many milliseconds. */
export const gflopsOf = (flops: number, ms: number): number => flops / ms / 1e6;

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
