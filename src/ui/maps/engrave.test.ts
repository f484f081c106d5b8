import { describe, expect, test } from 'vitest';
import { ENGRAVE_CAP, engrave, highPass } from './engrave.ts';
import { labOf, rgbOf } from './oklab.ts';
import { parseColour, type Rgb } from './ramps.ts';

/** Stops of both themes' non-negative ramp: the extremes are where the gamut is narrow. */
const LIGHT = ['#e7f2ef', '#aee3d6', '#7dcdbe', '#4eb4a6', '#27988e', '#017c77', '#016060', '#004549', '#002c33'];
const DARK = ['#141b1d', '#153539', '#115255', '#08706e', '#178f84', '#30b098', '#57cfaa', '#95e9bc', '#d4fecf'];

/** A picture with edges and texture, side × side, luma in [0, 1]. */
const picture = (side: number) =>
  Float32Array.from({ length: side * side }, (_, i) => {
    const x = (i % side) / side;
    const y = Math.floor(i / side) / side;
    return 0.5 + 0.3 * Math.sin(40 * x) * Math.cos(23 * y) + (x + y > 0.9 ? 0.2 : -0.2);
  });

/** Without its pauses. */
function whole<T>(work: Generator<void, T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

describe('engraving', () => {
  test('OKLab there and back', () => {
    for (const stop of [...LIGHT, ...DARK]) {
      const colour = parseColour(stop, 'stop');
      expect(rgbOf(labOf(colour))).toEqual(colour);
    }
    expect(labOf([255, 255, 255])[0]).toBeCloseTo(1, 6);
  });

  test('a flat picture leaves no relief, an edge does', () => {
    const flat = whole(highPass(new Float32Array(64 * 64).fill(0.7), 64));
    expect(Math.max(...flat.map(Math.abs))).toBeLessThan(1e-5);
    const edge = whole(
      highPass(
        Float32Array.from({ length: 64 * 64 }, (_, i) => (i % 64 < 32 ? 0 : 1)),
        64,
      ),
    );
    expect(edge[32 * 64 + 32]).toBeGreaterThan(0.3);
    expect(edge[32 * 64 + 31]).toBeLessThan(-0.3);
  });

  test.each([
    { theme: 'light', stops: LIGHT },
    { theme: 'dark', stops: DARK },
  ])(
    '$theme: every cell keeps its mean lightness to .008, no pixel strays past the cap, and the picture shows',
    ({ stops }) => {
      const grid = 3;
      const side = 96;
      const colours: Rgb[] = stops.map((stop) => parseColour(stop, 'stop'));
      const out = new Uint8ClampedArray(4 * side * side);
      whole(engrave(colours, grid, whole(highPass(picture(side), side)), side, out));
      const cell = side / grid;
      let seen = 0;
      colours.forEach((colour, index) => {
        const [own] = labOf(colour);
        let sum = 0;
        for (let y = 0; y < cell; y++)
          for (let x = 0; x < cell; x++) {
            const i = 4 * ((Math.floor(index / grid) * cell + y) * side + (index % grid) * cell + x);
            const [L] = labOf([out[i] ?? 0, out[i + 1] ?? 0, out[i + 2] ?? 0]);
            // One byte of rounding is worth about .004 in the dark.
            expect(Math.abs(L - own)).toBeLessThanOrEqual(ENGRAVE_CAP + 0.008);
            seen = Math.max(seen, Math.abs(L - own));
            sum += L;
          }
        expect(Math.abs(sum / (cell * cell) - own)).toBeLessThanOrEqual(0.008);
      });
      expect(seen).toBeGreaterThan(0.06);
    },
  );

  test('cells must divide the side', () => {
    expect(() => whole(engrave([], 3, new Float32Array(100), 10, new Uint8ClampedArray(400)))).toThrow(
      '10 is no multiple of 3',
    );
  });
});
