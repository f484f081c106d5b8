// A state dict as the builders of weights see it: tensors by bare name, each checked for its shape as it is taken.

import { CheckpointError, shown } from './errors.ts';
import type { Dtype } from './tensorFile.ts';

/** What is known of a tensor before its numbers are read. */
export interface TensorHead {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly count: number;
}

/** Hands out a tensor's numbers, in the order of its shape; `convert` rearranges them. */
export type Take = (
  name: string,
  shape: readonly number[],
  convert?: (data: Float32Array) => Float32Array,
) => Float32Array;

const shapeText = (shape: readonly number[]): string =>
  shape.length === 0 ? 'a single number' : shown(shape.join(' × '));

/** Numbers of a whole model; the largest CRATE released has 300 million. Views that repeat an entry cost a file nothing. */
const MAX_NUMBERS = 500_000_000;

export class StateDict {
  private readonly tensors: ReadonlyMap<string, TensorHead>;
  private taken = 0;

  /** Those of the file's tensors whose names begin with the prefix, under what follows it. */
  constructor(tensors: ReadonlyMap<string, TensorHead>, prefix: string) {
    const bare = new Map<string, TensorHead>();
    for (const [name, tensor] of tensors) if (name.startsWith(prefix)) bare.set(name.slice(prefix.length), tensor);
    this.tensors = bare;
  }

  get names(): Iterable<string> {
    return this.tensors.keys();
  }

  has(name: string): boolean {
    return this.tensors.has(name);
  }

  private head(name: string): TensorHead {
    const tensor = this.tensors.get(name);
    if (!tensor) {
      throw new CheckpointError(
        'missing-tensor',
        `Tensor ${name} is missing: the file looks like a CRATE but is not whole. Save the full state dict.`,
      );
    }
    return tensor;
  }

  /** Shape of a tensor with that many axes, none empty. @throws CheckpointError 'missing-tensor', 'wrong-shape' */
  shape(name: string, axes: number): readonly number[] {
    const { shape } = this.head(name);
    if (shape.length !== axes || shape.includes(0)) {
      throw new CheckpointError(
        'wrong-shape',
        `Tensor ${name} is ${shapeText(shape)}; a CRATE has ${axes} axes there, none empty. Check that the file holds one whole model.`,
      );
    }
    return shape;
  }

  /** The tensor, which has exactly this shape. @throws CheckpointError 'missing-tensor', 'wrong-shape', 'too-large' */
  expect(name: string, expected: readonly number[]): TensorHead {
    const tensor = this.head(name);
    if (tensor.shape.length !== expected.length || tensor.shape.some((side, i) => side !== expected[i])) {
      throw new CheckpointError(
        'wrong-shape',
        `Tensor ${name} is ${shapeText(tensor.shape)}, but the other sizes of this CRATE make it ${shapeText(expected)}. ` +
          'Check that the file holds one whole model.',
      );
    }
    this.taken += tensor.count;
    if (this.taken > MAX_NUMBERS) {
      throw new CheckpointError(
        'too-large',
        `The weights are more than ${MAX_NUMBERS / 1e6} million numbers, more than memory is given for here. Choose the checkpoint of a smaller CRATE.`,
      );
    }
    return tensor;
  }

  /**
   * Layers numbered from 0 without a gap; `name` is a tensor that each of them has, `pattern` finds the number of any.
   * @throws CheckpointError 'missing-tensor'
   */
  countLayers(name: (layer: number) => string, pattern: RegExp): number {
    let count = 0;
    while (this.has(name(count))) count++;
    const numbers = [...this.tensors.keys()].flatMap((each) => pattern.exec(each)?.[1] ?? []).map(Number);
    const last = numbers.reduce((most, layer) => Math.max(most, layer), -1);
    if (last > count) {
      throw new CheckpointError(
        'missing-tensor',
        `Layer ${count + 1} is missing (${name(count)}), though the file has a layer ${last + 1}. Save the full state dict.`,
      );
    }
    return count === last ? count + 1 : count;
  }
}

/** @throws CheckpointError 'not-finite' */
export function refuseNonFinite(name: string, data: Float32Array): void {
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new CheckpointError(
      'not-finite',
      `Tensor ${name} holds ${data[bad]} at entry ${bad}, so every output would be NaN. Choose a checkpoint from before training diverged.`,
    );
  }
}
