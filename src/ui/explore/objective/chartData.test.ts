import { describe, expect, test } from 'vitest';
import type { Cohort } from '../../../model/card.ts';
import type { LayerTrace } from '../../../model/trace.ts';
import {
  chartTable,
  fittingCohort,
  headCurves,
  type Measure,
  nonzeroCurve,
  rateCurves,
  reductionCurves,
} from './chartData.ts';

const layer = (index: number, half: readonly number[], nonzero: number): LayerTrace => {
  const rate = (values: readonly number[]) => ({ raw: values.map((v) => 2 * v), unit: values });
  return {
    index,
    R: { input: { raw: 9, unit: 8 }, half: { raw: 7, unit: 6 }, output: { raw: 5, unit: 4 } },
    Rc: { input: rate(half.map((v) => v + 1)), half: rate(half), output: rate(half.map((v) => v + 0.5)) },
    nonzero: { half: 1, output: nonzero },
    l1: 1,
    attention: { cls: [] },
  };
};
const LAYERS = [layer(1, [3, 4], 0.5), layer(2, [2, 3.5], 0.6)] as const;
const MEASURE: Measure = { normalisation: 'unit', place: 'half', rateUnit: 'nats', perHead: false };
const pair = (mean: readonly number[]) => ({ mean, std: mean.map(() => 0.5) });
const both = { raw: pair([14, 12]), unit: pair([7, 6]) };
const COHORT: Cohort = { Rc: { input: both, half: both, output: both }, nonzero: pair([0.4, 0.3]) };

describe('curves', () => {
  test('the chosen place is last and main; bits are nats by ln 2', () => {
    const { series, against, band } = rateCurves(LAYERS, { ...MEASURE, rateUnit: 'bits' }, COHORT);
    expect(series.map(({ id, emphasis }) => [id, emphasis])).toEqual([
      ['input', 'thin'],
      ['output', 'dashed'],
      ['half', 'main'],
    ]);
    expect(series.at(-1)?.values.map((value) => (value ?? 0) * Math.LN2)).toEqual(
      [7, 5.5].map((v) => expect.closeTo(v, 12)),
    );
    expect(against).toEqual([false, false]);
    expect(band?.mean[0]).toBeCloseTo(7 / Math.LN2, 12);
  });
  test('half way, a mark also goes against theory where MSSA raised R^c', () => {
    const raised = { ...LAYERS[0], Rc: { ...LAYERS[0].Rc, input: { raw: [1, 1], unit: [1, 1] } } };
    expect(rateCurves([raised, LAYERS[1]], MEASURE, null).against).toEqual([true, false]);
    expect(rateCurves([raised, LAYERS[1]], { ...MEASURE, place: 'output' }, null).against).toEqual([false, false]);
    expect(headCurves([raised, LAYERS[1]], MEASURE).map(({ against }) => against[0])).toEqual([true, true]);
  });
  test('heads sum to the curve', () => {
    const heads = headCurves(LAYERS, MEASURE);
    expect(heads.map(({ values }) => values)).toEqual([
      [3, 2],
      [4, 3.5],
    ]);
  });
  test('non-zeros are per cent and a rise is against theory', () => {
    const { series, against, band } = nonzeroCurve(LAYERS, COHORT);
    expect(series[0]?.values).toEqual([50, 60]);
    expect(against).toEqual([false, true]);
    expect(band?.mean).toEqual([40, 30]);
  });
  test('a fall of ΔR is against theory', () => {
    expect(reductionCurves(LAYERS, MEASURE)).toEqual({ R: [6, 6], deltaR: [-1, 0.5], against: [false, false] });
    expect(reductionCurves([...LAYERS].reverse(), MEASURE).against).toEqual([false, true]);
  });
});

describe('codes', () => {
  const coded = LAYERS.map((each, i) => ({ ...each, nonzero: { half: 1, output: 1, codes: [0.02, 0.01][i] ?? 0 } }));
  test('are what the curve of non-zeros shows, without the data set’s, which is of tokens', () => {
    const { series, against, band } = nonzeroCurve(coded, COHORT);
    expect(series[0]?.values).toEqual([2, 1]);
    expect(against).toEqual([false, false]);
    expect(band).toBeNull();
  });
  test('stand beside the tokens’ in the table', () => {
    const { columns, rows } = chartTable(coded, MEASURE, 0.01, null, null);
    expect(columns.slice(-2)).toEqual(['nonzero output', 'nonzero codes']);
    expect(rows[0]?.slice(-2)).toEqual([1, 0.02]);
  });
});

describe('the data set’s curves', () => {
  test('are shown only for their own ε² and depth', () => {
    expect(fittingCohort(COHORT, 2, 0.01)).toBe(COHORT);
    expect(fittingCohort(COHORT, 2, 0.02)).toBeNull();
    expect(fittingCohort(COHORT, 3, 0.01)).toBeNull();
    expect(fittingCohort(COHORT, 2, null)).toBe(COHORT);
    expect(fittingCohort(null, 2, 0.01)).toBeNull();
  });
});

describe('the saved table', () => {
  test('has a column for each curve and as many cells in each row', () => {
    for (const perHead of [false, true]) {
      const { columns, rows } = chartTable(LAYERS, { ...MEASURE, perHead }, 0.01, COHORT, COHORT);
      expect(new Set(columns).size).toBe(columns.length);
      for (const row of rows) expect(row).toHaveLength(columns.length);
    }
  });
  test('names unit and normalisation, keeps full precision', () => {
    const { columns, rows } = chartTable(LAYERS, MEASURE, 0.01, COHORT, null);
    expect(columns).toEqual([
      'layer',
      'Rc input (nats, unit, eps2 0.01)',
      'Rc half (nats, unit, eps2 0.01)',
      'Rc output (nats, unit, eps2 0.01)',
      'R half (nats, unit, eps2 0.01)',
      'deltaR half (nats, unit, eps2 0.01)',
      'Rc half test mean (nats, unit, eps2 0.01)',
      'Rc half test std (nats, unit, eps2 0.01)',
      'nonzero output',
    ]);
    expect(rows[1]).toEqual([2, 7.5, 5.5, 6.5, 6, 0.5, 6, 0.5, 0.6]);
  });
});
