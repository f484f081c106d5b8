// Files that a reader might bring, made on the spot, and the ways to bring them: by the dialog, dropped, pasted.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { JSHandle, Page } from '@playwright/test';
import sharp, { type Sharp } from 'sharp';
import { forgedPng } from '../src/inputs/testPictures.ts';

export interface TestFile {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

const root = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

export const fileOf = (name: string, mimeType: string, bytes: Uint8Array): TestFile => ({
  name,
  mimeType,
  buffer: Buffer.from(bytes),
});

/** Left half orange, right half blue, `width` × `height` px. */
export function twoHalves(width: number, height: number): Sharp {
  const half = { width: Math.floor(width / 2), height, channels: 3 as const };
  const base = sharp({ create: { width, height, channels: 3, background: { r: 32, g: 64, b: 224 } } });
  return base.composite([{ input: { create: { ...half, background: { r: 240, g: 144, b: 16 } } }, left: 0, top: 0 }]);
}

export const photo = async (name = 'harbour.jpg', width = 900, height = 600): Promise<TestFile> =>
  fileOf(name, 'image/jpeg', await twoHalves(width, height).jpeg({ quality: 92 }).toBuffer());

/** A PNG whose header lies about its size. */
export const hugePng = (name: string, width: number, height: number): TestFile =>
  fileOf(name, 'image/png', forgedPng(width, height));

export const shippedWeights = (): Buffer => readFileSync(root('public/models/crate-cifar10.safetensors'));
export const fixture = (path: string): Buffer => readFileSync(root(`src/model/fixtures/${path}`));
export const weightsFile = (name: string, bytes: Uint8Array): TestFile =>
  fileOf(name, 'application/octet-stream', bytes);

type Header = Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>;

/** A safetensors file with its header rewritten, or numbers overwritten; the data stay where they are. */
export function edited(file: Buffer, edit: (header: Header, data: Buffer) => void): Buffer {
  const length = Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.subarray(8, 8 + length).toString('utf8')) as Header;
  const data = Buffer.from(file.subarray(8 + length));
  edit(header, data);
  const text = Buffer.from(JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([size, text, data]);
}

/** A DataTransfer in the page that holds the files. */
async function transferOf(page: Page, files: readonly TestFile[]): Promise<JSHandle<DataTransfer>> {
  const sent = files.map(({ name, mimeType, buffer }) => ({ name, mimeType, base64: buffer.toString('base64') }));
  return page.evaluateHandle((list) => {
    const transfer = new DataTransfer();
    for (const { name, mimeType, base64 } of list) {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      transfer.items.add(new File([bytes], name, { type: mimeType }));
    }
    return transfer;
  }, sent);
}

export async function drop(page: Page, ...files: readonly TestFile[]): Promise<void> {
  const dataTransfer = await transferOf(page, files);
  for (const type of ['dragenter', 'dragover', 'drop']) await page.dispatchEvent('body', type, { dataTransfer });
}

export async function paste(page: Page, ...files: readonly TestFile[]): Promise<void> {
  const transfer = await transferOf(page, files);
  await page.evaluate((clipboardData) => {
    document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  }, transfer);
}

/** Opens a file by the input column's Open. */
export async function openFile(page: Page, file: TestFile): Promise<void> {
  const choosing = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Open', exact: true }).click();
  await (await choosing).setFiles(file);
}
