import { describe, expect, test } from 'vitest';
import type { PictureInfo } from '../../../store/state.ts';
import { captionParts, fitted, gridPath, patchAt, patchRect } from './pictureGeometry.ts';

const picture = (width: number, height: number, crop: PictureInfo['crop'], side = 32): PictureInfo => ({
  name: 'x',
  url: '',
  width,
  height,
  crop,
  seen: new Uint8ClampedArray(3 * side * side),
  side,
});

describe('caption', () => {
  test('names crop, squash and scaling for what they are', () => {
    const crop = { x: 80, y: 0, width: 480, height: 480 };
    expect(captionParts(picture(640, 480, crop), 8).join(', ')).toBe('640 × 480, crop 480 to 32 × 32, 8 × 8 patches');
    expect(captionParts(picture(640, 480, { ...crop, width: 488 }), 8)[1]).toBe('crop 488 × 480 to 32 × 32');
    expect(captionParts(picture(640, 480, { ...crop, width: 540 }), 8)[1]).toBe('crop 540 × 480, squashed to 32 × 32');
    const whole = { x: 0, y: 0, width: 640, height: 480 };
    expect(captionParts(picture(640, 480, whole), 8)[1]).toBe('squashed to 32 × 32');
    expect(captionParts(picture(500, 500, { ...whole, width: 500, height: 500 }, 224), 14)).toEqual([
      '500 × 500',
      'scaled to 224 × 224',
      '14 × 14 patches',
    ]);
    expect(captionParts(picture(32, 32, { ...whole, width: 32, height: 32 }), 8)[1]).toBe('seen as it is');
  });
  test('says nothing of patches while no model is known', () => {
    expect(captionParts(picture(640, 480, { x: 80, y: 0, width: 480, height: 480 }), 0)).toHaveLength(2);
  });
});

describe('geometry', () => {
  const crop = { x: 36, y: 0, width: 216, height: 216 };
  test('a wide picture fills the width, a tall one the height', () => {
    expect(fitted({ width: 640, height: 480 }, 288, 384)).toEqual({ width: 288, height: 216, scale: 0.45 });
    expect(fitted({ width: 100, height: 400 }, 288, 384)).toEqual({ width: 96, height: 384, scale: 0.96 });
  });
  test.each([8, 14])('%i × %i: the middle of each patch finds it again', (side) => {
    for (let index = 0; index < side * side; index++) {
      const { x, y, width, height } = patchRect(index, side, crop);
      expect(patchAt(x + width / 2, y + height / 2, side, crop)).toBe(index);
    }
  });
  test('points on and past the edge belong to the outer patches', () => {
    expect(patchAt(36 + 216, 216, 8, crop)).toBe(63);
    expect(patchAt(0, -5, 8, crop)).toBe(0);
  });
  test('the grid has side − 1 rules each way', () => {
    expect(gridPath(8, crop).match(/M/g)).toHaveLength(14);
    expect(gridPath(1, crop)).toBe('');
  });
});
