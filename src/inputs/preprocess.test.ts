// Held to Pillow 9.4 and torchvision: fixtures/preprocess/manifest.json says what each picture is.

import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import manifest from './fixtures/preprocess/manifest.json' with { type: 'json' };
import { type HowToPreprocess, overWhite, preprocess, roundHalfEven } from './preprocess.ts';
import { resize } from './resize.ts';

const IMAGENET = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;
const HOW: Readonly<Record<string, Omit<HowToPreprocess, 'mean' | 'std'>>> = {
  'a_imagenet_val.png': { fit: 'crop', side: 224, resize: 256 },
  'b_squash32.png': { fit: 'squash', side: 32 },
  'b_short40crop32.png': { fit: 'crop', side: 32, resize: 40 },
  'b_bicubic_short32crop32.png': { fit: 'crop', side: 32, filter: 'bicubic' },
  'b_lanczos32.png': { fit: 'squash', side: 32, filter: 'lanczos' },
  'c_upscale_short32crop32.png': { fit: 'crop', side: 32 },
};

async function rgb(name: string) {
  const file = readFileSync(new URL(`./fixtures/preprocess/${name}`, import.meta.url));
  const { data, info } = await sharp(file).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  expect(info.channels).toBe(3);
  return { data: new Uint8Array(data), width: info.width, height: info.height };
}

/** Mean and sample standard deviation, as torch's mean() and std(). */
function moments(values: Float32Array) {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  const squares = values.reduce((sum, v) => sum + (v - mean) ** 2, 0);
  return { mean, std: Math.sqrt(squares / (values.length - 1)) };
}

describe('torchvision on Pillow', () => {
  test('every golden case is covered', () => {
    expect(manifest.cases.map((item) => item.result_uint8).sort()).toEqual(Object.keys(HOW).sort());
  });

  test.each(manifest.cases)('$operation', async (golden) => {
    const how = HOW[golden.result_uint8];
    if (!how) throw new Error(`missing recipe: ${golden.result_uint8}`);
    const source = await rgb(golden.source);
    const expected = await rgb(golden.result_uint8);
    const { seen, tensor } = preprocess(source, { ...how, ...IMAGENET });
    expect([source.height, source.width]).toEqual(golden.source_hw);
    expect(Buffer.from(seen).equals(Buffer.from(expected.data))).toBe(true); // every byte

    const { side } = how;
    const { mean, std } = moments(tensor);
    expect(mean).toBeCloseTo(golden.normalized_tensor_mean, 8);
    expect(std).toBeCloseTo(golden.normalized_tensor_std, 8);
    const at = (pixel: number) => [0, 1, 2].map((c) => tensor[c * side * side + pixel]);
    golden.normalized_first_pixel_rgb.forEach((value, c) => {
      expect(at(0)[c]).toBe(Math.fround(value));
    });
    golden.normalized_centre_pixel_rgb.forEach((value, c) => {
      expect(at((side / 2) * side + side / 2)[c]).toBe(Math.fround(value));
    });
  });
});

/** A seeded picture, RGB. */
function noise(width: number, height: number, channels: 3 | 4 = 3) {
  let state = 12345;
  const data = Uint8Array.from({ length: width * height * channels }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
  return { data, width, height };
}

describe('resize', () => {
  test('a window is cut out of the whole', () => {
    const source = { ...noise(41, 23), channels: 3 as const };
    const window = { x: 5, y: 3, width: 9, height: 6 };
    const whole = resize(source, 19, 31, 'lanczos');
    const part = resize(source, 19, 31, 'lanczos', window);
    for (let y = 0; y < window.height; y++) {
      const from = ((window.y + y) * 19 + window.x) * 3;
      expect(part.subarray(y * 27, y * 27 + 27)).toEqual(whole.subarray(from, from + 27));
    }
  });

  test.each(['bilinear', 'bicubic', 'lanczos'] as const)(
    '%s keeps a flat picture flat and a same-size one as it is',
    (filter) => {
      const flat = { data: new Uint8Array(37 * 29 * 3).fill(201), width: 37, height: 29, channels: 3 as const };
      expect(new Set(resize(flat, 8, 50, filter))).toEqual(new Set([201]));
      const same = noise(13, 11);
      expect(resize({ ...same, channels: 3 }, 13, 11, filter)).toEqual(same.data);
    },
  );

  test('a fourth channel is left out', () => {
    const rgba = noise(10, 10, 4);
    const three = Uint8Array.from({ length: 300 }, (_, i) => rgba.data[Math.floor(i / 3) * 4 + (i % 3)] ?? 0);
    expect(resize({ ...rgba, channels: 4 }, 7, 10)).toEqual(
      resize({ data: three, width: 10, height: 10, channels: 3 }, 7, 10),
    );
  });
});

describe('preprocess', () => {
  const plain = { mean: [0, 0, 0], std: [1, 1, 1] } as const;

  test('transparent pixels lie over white', () => {
    const data = Uint8ClampedArray.from([10, 20, 30, 0, 10, 20, 30, 255, 0, 100, 255, 128, 0, 0, 0, 255]);
    expect([...overWhite({ data, width: 2, height: 2 }).data]).toEqual([
      255, 255, 255, 10, 20, 30, 127, 177, 255, 0, 0, 0,
    ]);
  });

  test('an opaque RGBA picture gives what its RGB gives', () => {
    const rgba = noise(20, 14, 4);
    for (let i = 3; i < rgba.data.length; i += 4) rgba.data[i] = 255;
    const data = Uint8Array.from({ length: 20 * 14 * 3 }, (_, i) => rgba.data[Math.floor(i / 3) * 4 + (i % 3)] ?? 0);
    const how = { fit: 'crop', side: 8, ...plain } as const;
    expect(preprocess(rgba, how)).toEqual(preprocess({ data, width: 20, height: 14 }, how));
  });

  test('crop is given in source px', () => {
    const picture = noise(200, 100);
    expect(preprocess(picture, { fit: 'crop', side: 32, ...plain }).crop).toEqual({
      x: 50,
      y: 0,
      width: 100,
      height: 100,
    });
    expect(preprocess(picture, { fit: 'crop', side: 32, resize: 40, ...plain }).crop).toEqual({
      x: 60,
      y: 10,
      width: 80,
      height: 80,
    });
    expect(preprocess(picture, { fit: 'squash', side: 32, ...plain }).crop).toEqual({
      x: 0,
      y: 0,
      width: 200,
      height: 100,
    });
  });

  test('portrait: the longer side is truncated', () => {
    // 8 · 29/10 = 23.2 → 23 rows, top = round(7.5) = 8
    const { crop, seen } = preprocess(noise(10, 29), { fit: 'crop', side: 8, ...plain });
    expect(seen.length).toBe(192);
    expect(crop.y).toBeCloseTo((8 * 29) / 23, 12);
  });

  test('halves round to even', () => {
    expect([0.5, 1.5, 2.5, 3.5, 2.4, 2.6].map(roundHalfEven)).toEqual([0, 2, 2, 4, 2, 3]);
  });

  test('mistakes of the caller are named', () => {
    const how = { fit: 'crop', side: 32, resize: 16, ...plain } as const;
    expect(() => preprocess(noise(10, 10), how)).toThrow('invalid resize: 16');
    expect(() =>
      preprocess({ data: new Uint8Array(7), width: 2, height: 2 }, { fit: 'squash', side: 8, ...plain }),
    ).toThrow('invalid pixels');
  });

  test('12,000 px wide and 8 high: only the window is computed', () => {
    const { seen } = preprocess(noise(12_000, 8), { fit: 'crop', side: 224, ...plain });
    expect(seen.length).toBe(224 * 224 * 3);
  });
});
