// A tensor that is read from its file when it is asked for: a layout over a range of bytes.

import { DTYPE_BYTES, swapBytes, toF32 } from './dtype.ts';
import { CheckpointError, shown } from './errors.ts';
import { entryCount, gather, isContiguous, type Layout, spanLength } from './strided.ts';
import type { Dtype, NamedTensor } from './tensorFile.ts';

/** Largest tensor that memory is given for, as f32 or in its own bytes: 268 million weights, the largest of a CRATE has 17 million. */
const MAX_BYTES = 2 ** 30;
/** The same for a tensor that repeats its entries (stride 0), which costs its file nothing. */
const MAX_REPEATED_BYTES = 2 ** 26;

export interface Stored {
  readonly name: string;
  readonly dtype: Dtype;
  readonly layout: Layout;
  readonly isBigEndian?: boolean;
  /** Bytes of the storage that the layout is over, at offset 0 of a buffer of their own. The range was checked when the file was opened. */
  read(begin: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}

export function storedTensor({ name, dtype, layout, isBigEndian = false, read }: Stored): NamedTensor {
  const { shape, offset } = layout;
  const size = DTYPE_BYTES[dtype];
  const count = entryCount(shape);
  const bytes = async (): Promise<Uint8Array<ArrayBuffer>> => {
    const span = spanLength(layout);
    const limit = count > span ? MAX_REPEATED_BYTES : MAX_BYTES;
    if (Math.max(count, span) * Math.max(4, size) > limit) {
      throw new CheckpointError(
        'too-large',
        `Tensor ${shown(name)} is ${shown(shape.join(' × '))}, more than the ${limit / 2 ** 20} MiB that a single tensor may take here. Choose the checkpoint of a CRATE.`,
      );
    }
    const found = await read(offset * size, span * size);
    if (isBigEndian) swapBytes(found, size);
    return isContiguous(layout) ? found : gather(found, layout, size);
  };
  return { name, dtype, shape, count, bytes, f32: async () => toF32(await bytes(), dtype, name) };
}
