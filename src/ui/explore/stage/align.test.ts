import { describe, expect, test } from 'vitest';
import { alignSigns, FRONT, radius, reach, turned } from './align.ts';

const cloud = Float32Array.from([1, 2, 3, -2, 0, 1, 1, -2, -4]);

describe('axis signs', () => {
  test('flipped axes are turned back, one by one', () => {
    const flipped = cloud.map((value, i) => (i % 3 === 1 ? value : -value));
    expect([...alignSigns(flipped, cloud, 3)]).toEqual([...cloud]);
  });

  test('a cloud that agrees is left as it is, also when points have moved a little', () => {
    const moved = cloud.map((value, i) => value + 0.1 * Math.sin(i));
    expect([...alignSigns(moved, cloud, 3)]).toEqual([...moved]);
  });

  test('no previous view, or one of another size, changes nothing', () => {
    expect(alignSigns(cloud, null, 3)).toBe(cloud);
    expect(alignSigns(cloud, new Float32Array(6), 3)).toBe(cloud);
  });
});

describe('turning', () => {
  test('front is the plane of the first two axes', () => {
    expect(turned(1, 2, 3, FRONT)).toEqual([1, 2, 3]);
  });

  test('a quarter turn brings depth to the right', () => {
    const [x, y, z] = turned(1, 2, 3, { yaw: Math.PI / 2, pitch: 0 });
    expect(x).toBeCloseTo(3, 12);
    expect(y).toBeCloseTo(2, 12);
    expect(z).toBeCloseTo(-1, 12);
  });

  test('lengths are kept at any turn', () => {
    expect(Math.hypot(...turned(1, 2, 3, { yaw: 0.7, pitch: -1.1 }))).toBeCloseTo(Math.hypot(1, 2, 3), 12);
  });

  test('extents', () => {
    expect(reach(cloud, 2)).toBe(2);
    expect(reach(cloud, 3)).toBe(4);
    expect(radius(cloud)).toBeCloseTo(Math.hypot(1, -2, -4), 6);
    expect(radius(new Float32Array(6))).toBe(1);
  });
});
