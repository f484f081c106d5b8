// From a file to what a model reads, in one go: decoded, preprocessed, and a URL that shows it. Runs in a worker, or in the page for
// drawings (SVG), which only an <img> can rasterise.

import { decodePicture, pictureUrl } from '../inputs/decode.ts';
import { type HowToPreprocess, preprocess } from '../inputs/preprocess.ts';

export interface PreparedPicture {
  readonly name: string;
  /** px, upright. */
  readonly width: number;
  readonly height: number;
  /** Shows the full-size picture; lives as long as the thread that made it. */
  readonly url: string;
  readonly notice: string | null;
  /** Side of the model's input that it was prepared for, px. */
  readonly side: number;
  /** 3 × side × side, normalised. */
  readonly tensor: Float32Array;
  /** side × side × RGB. */
  readonly seen: Uint8ClampedArray;
  readonly crop: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
}

export interface PictureDesk {
  /** @throws InputError with a sentence for people */
  prepare(blob: Blob, name: string, how: HowToPreprocess): Promise<PreparedPicture>;
  /** Lets go of a picture's URL once nothing shows it. */
  release(url: string): Promise<void>;
}

export async function preparePicture(blob: Blob, name: string, how: HowToPreprocess): Promise<PreparedPicture> {
  const decoded = await decodePicture(blob, name);
  const { tensor, seen, crop } = preprocess(decoded, how);
  const { width, height, notice } = decoded;
  return { name, width, height, url: await pictureUrl(blob, decoded), notice, side: how.side, tensor, seen, crop };
}
