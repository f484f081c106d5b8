import { describe, expect, test } from 'vitest';
import type { LayerTrace, Place } from '../model/trace.ts';
import { byRelevance, departureText, diagnose, goesAgainst, verdicts } from './diagnosis.ts';
import type { Normalisation } from './state.ts';

type Rates = Readonly<Record<Place, Readonly<Record<Normalisation, number>>>>;

/** A layer whose R^c (over two heads) and non-zeros are given; what the diagnosis does not read is constant. */
function layer(index: number, rates: Rates, nonzero: number): LayerTrace {
  const heads = (value: number) => [value * 0.25, value * 0.75];
  const both = (place: Place) => ({ raw: heads(rates[place].raw), unit: heads(rates[place].unit) });
  const R = { raw: 100, unit: 100 };
  return {
    index,
    R: { input: R, half: R, output: R },
    Rc: { input: both('input'), half: both('half'), output: both('output') },
    nonzero: { half: 1, output: nonzero },
    l1: 1,
    attention: { cls: [[1], [1]] },
  };
}

const rates = (input: number, half: number, output: number, raw = 2): Rates => ({
  input: { unit: input, raw: raw * input },
  half: { unit: half, raw: raw * half },
  output: { unit: output, raw: raw * output },
});

const build = (rows: readonly (readonly [Rates, number])[]) => rows.map(([r, nonzero], i) => layer(i + 1, r, nonzero));

const OBEYING = build([
  [rates(400, 380, 390), 0.6],
  [rates(390, 360, 370), 0.5],
  [rates(370, 340, 350), 0.4],
]);

describe('a trace that obeys', () => {
  test('has no departures', () => {
    expect(diagnose(OBEYING)).toEqual([]);
  });
  test('says so in two sentences', () => {
    expect(verdicts(OBEYING, 'unit', 'half')).toEqual([
      { claim: 'rate', operator: 'mssa', holds: true, text: 'R^c falls at every layer, as theory says.' },
      { claim: 'nonzero', operator: 'ista', holds: true, text: 'Non-zeros fall at every layer, as theory says.' },
    ]);
  });
});

describe('a trace that violates', () => {
  const layers = build([
    [{ ...rates(370, 364.1, 358), input: { unit: 370, raw: 700 }, half: { unit: 364.1, raw: 772.2 } }, 0.364],
    [rates(379.5, 343.4, 350), 0.384],
    [rates(370, 338.2, 345), 0.422],
    [rates(356, 324.6, 330), 0.586],
  ]);
  const departures = diagnose(layers);
  const texts = departures.map((departure) => departureText(departure, 'nats'));

  test('groups neighbouring layers and says by how much', () => {
    expect(texts).toContain('Layers 2 to 4: non-zeros rise, 36.4 to 58.6 %');
  });
  test('examines both normalisations and names the one', () => {
    expect(texts).toContain('Layer 1, raw: MSSA raises R^c by 72.2 nats');
    expect(texts).toContain('Layer 2, unit, measured at input: R^c rises by 9.5 nats');
    expect(texts.filter((text) => text.includes('unit: MSSA'))).toEqual([]);
  });
  test('carries where to look', () => {
    expect(departures.find(({ claim }) => claim === 'step')).toMatchObject({
      operator: 'mssa',
      normalisation: 'raw',
      place: null,
      first: 1,
      last: 1,
      direction: 'rises',
      from: 700,
      to: 772.2,
    });
  });
  test('converts to bits', () => {
    const step = departures.find(({ claim }) => claim === 'step');
    expect(step && departureText(step, 'bits')).toBe(
      `Layer 1, raw: MSSA raises R^c by ${(72.2 / Math.LN2).toFixed(1)} bits`,
    );
  });
  test('verdicts follow the chosen measure', () => {
    expect(verdicts(layers, 'unit', 'half').map(({ holds, text }) => [holds, text])).toEqual([
      [true, 'R^c falls at every layer, as theory says.'],
      [false, 'Non-zeros rise after layer 1, against it.'],
    ]);
    expect(verdicts(layers, 'unit', 'input').map(({ holds, text }) => [holds, text])).toEqual([
      [true, 'MSSA lowers R^c in every layer, as theory says.'],
      [false, 'R^c rises at layer 2, against it.'],
      [false, 'Non-zeros rise after layer 1, against it.'],
    ]);
    expect(verdicts(layers, 'raw', 'half')[0]).toMatchObject({
      holds: false,
      text: 'MSSA raises R^c in layer 1, against theory.',
    });
  });
  test('what the chosen measure shows comes first', () => {
    const sorted = byRelevance(departures, 'unit', 'input');
    expect(sorted).toHaveLength(departures.length);
    expect(sorted.findIndex((d) => d.place === 'input' && d.normalisation === 'unit')).toBeLessThan(
      sorted.findIndex((d) => d.normalisation === 'raw'),
    );
  });
});

describe('a trace with codes', () => {
  // CRATE-α: the residual leaves no zeros in Z^{ℓ+1}, so its share is 1 throughout.
  const layers = OBEYING.map((each, i) => ({
    ...each,
    nonzero: { half: 1, output: 1, codes: [0.02, 0.015, 0.018][i] ?? 0 },
  }));
  test('is judged by the codes, and says so', () => {
    expect(verdicts(layers, 'unit', 'half').at(-1)).toMatchObject({
      holds: false,
      text: 'Non-zeros of the codes rise at layer 3, against it.',
    });
    expect(diagnose(layers).map((departure) => departureText(departure, 'nats'))).toEqual([
      'Layer 3: non-zeros of the codes rise, 1.5 to 1.8 %',
    ]);
    expect(verdicts(layers.slice(0, 2), 'unit', 'half').at(-1)?.text).toBe(
      'Non-zeros of the codes fall at every layer, as theory says.',
    );
    expect(verdicts(layers.slice(0, 1), 'unit', 'half').at(-1)?.text).toBe(
      'With one layer, non-zeros of the codes have no earlier layer to fall from.',
    );
  });
});

describe('edges', () => {
  test('no layers', () => {
    expect(diagnose([])).toEqual([]);
    expect(verdicts([], 'unit', 'half')).toEqual([]);
  });
  test('one layer: its step is judged, nothing between layers', () => {
    const one = build([[rates(400, 380, 390), 0.5]]);
    expect(diagnose(one)).toEqual([]);
    expect(verdicts(one, 'unit', 'half').map(({ holds, text }) => [holds, text])).toEqual([
      [true, 'MSSA lowers R^c in every layer, as theory says.'],
      [null, 'With one layer, R^c has no earlier layer to fall from.'],
      [null, 'With one layer, non-zeros have no earlier layer to fall from.'],
    ]);
  });
  test('equal values do not fall, and are not called a rise', () => {
    const level = build([
      [rates(400, 400, 390), 0.5],
      [rates(399, 390, 380), 0.5],
    ]);
    expect(diagnose(level).map((departure) => departureText(departure, 'nats'))).toEqual([
      'Layer 2: non-zeros stay at 50.0 %',
      'Layer 1, unit: MSSA leaves R^c as it is',
      'Layer 1, raw: MSSA leaves R^c as it is',
    ]);
    expect(verdicts(level, 'unit', 'half').map(({ text }) => text)).toEqual([
      'MSSA does not lower R^c in layer 1, against theory.',
      'R^c falls at every layer, as theory says.',
      'Non-zeros do not fall at layer 2, against it.',
    ]);
  });
  test('f32 rounding is level', () => {
    expect(goesAgainst([300, 300.0001, 299, 300])).toEqual([false, true, false, true]);
    const rounded = build([
      [rates(400, 380, 390), 0.5],
      [rates(390, 380.0001, 380), 0.4],
    ]);
    expect(diagnose(rounded).map(({ direction }) => direction)).toEqual(['level', 'level']);
  });
  test('24 layers with scattered departures: ranges in the list, a count in the sentence', () => {
    const deep = build(
      Array.from({ length: 24 }, (_, i) => {
        const half = 1000 - 10 * i + (i % 5 === 4 ? 15 : 0);
        return [rates(half + 20, half, half + 5), 0.5 - 0.01 * i] as const;
      }),
    );
    const unitHalf = diagnose(deep).filter((d) => d.normalisation === 'unit' && d.place === 'half');
    expect(unitHalf.map(({ first, last }) => [first, last])).toEqual([
      [5, 5],
      [10, 10],
      [15, 15],
      [20, 20],
    ]);
    expect(verdicts(deep, 'unit', 'half').map(({ text }) => text)).toContain(
      'R^c rises at 4 of 23 layers, against it.',
    );
  });
  test('several runs are listed', () => {
    const half = [10, 11, 9, 8, 9, 10, 7];
    const layers = build(half.map((value, i) => [rates(value + 5, value, value + 1), 0.5 - 0.01 * i]));
    expect(verdicts(layers, 'unit', 'half')[1]?.text).toBe('R^c rises at layers 2 and 5 to 6, against it.');
  });
  test('small rises keep two figures', () => {
    const layers = build([
      [rates(10, 9, 9.5), 0.36401],
      [rates(9.5, 8.5, 9), 0.36402],
    ]);
    expect(diagnose(layers).map((departure) => departureText(departure, 'nats'))).toEqual([
      'Layer 2: non-zeros rise, 36.401 to 36.402 %',
    ]);
  });
  test('numbers that are not finite are named and never printed', () => {
    const broken = build([
      [rates(400, 380, 390), 0.5],
      [rates(390, Number.NaN, 380), 0.4],
      [rates(380, 370, Number.POSITIVE_INFINITY), 0.3],
    ]);
    const said = [
      ...diagnose(broken).map((departure) => departureText(departure, 'nats')),
      ...verdicts(broken, 'unit', 'half').map(({ text }) => text),
      ...verdicts(broken, 'raw', 'output').map(({ text }) => text),
    ].join(' ');
    expect(said).not.toMatch(/NaN|Infinity|undefined/);
    expect(verdicts(broken, 'unit', 'half')[1]).toMatchObject({
      holds: null,
      text: 'R^c is not finite at layers 2 to 3, so the fall cannot be judged.',
    });
  });
});
