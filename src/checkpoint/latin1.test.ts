// Bytes as letters, where TextDecoder is what browsers have: its 'latin1' is windows-1252, unlike that of Node 20.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { latin1 } from './latin1.ts';
import { otherFormat } from './otherFormats.ts';
import { unpickle } from './pickle.ts';
import { bytesOf } from './testFiles.ts';
import { TORCH_RULES } from './torchObjects.ts';
import { WRONG_FILES } from './wrongFiles.ts';

/** Of the bytes 0x80 to 0x9f, by the WHATWG encoding standard. */
const WINDOWS_1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

class BrowserDecoder extends TextDecoder {
  private readonly isWindows: boolean;
  constructor(label = 'utf-8', options?: TextDecoderOptions) {
    super(label, options);
    this.isWindows = /^(?:latin1|ascii|us-ascii|iso-8859-1|windows-1252)$/i.test(label);
  }
  override decode(bytes: Uint8Array): string {
    if (!this.isWindows) return super.decode(bytes);
    return Array.from(bytes, (byte) =>
      byte >= 0x80 && byte < 0xa0 ? WINDOWS_1252[byte - 0x80] : String.fromCharCode(byte),
    ).join('');
  }
}

beforeEach(() => {
  vi.stubGlobal('TextDecoder', BrowserDecoder);
});
afterEach(() => {
  vi.unstubAllGlobals();
});

test('every byte is the letter of its number', () => {
  const bytes = Uint8Array.from({ length: 20_000 }, (_, i) => i % 256);
  expect(Uint8Array.from(latin1(bytes), (letter) => letter.charCodeAt(0))).toEqual(bytes);
  // The stub is no such thing.
  expect(new TextDecoder('latin1').decode(Uint8Array.of(0x89, 0x93))).toBe('‰“');
});

test('texts of Python 2', () => {
  expect(unpickle(bytesOf('U', [2, 0x89, 0xe9], '.'), TORCH_RULES).value).toBe('\u0089\u00e9');
});

test.each(['model.h5', 'single.npy', 'model.pth.gz', 'model.7z', 'model.xz', 'photo.png', 'photo.jpg'])(
  '%s is known',
  (name) => {
    const file = WRONG_FILES.find((one) => one.name === name);
    expect(otherFormat(file?.bytes() ?? new Uint8Array(0))?.message).toBe(file?.sentence);
  },
);
