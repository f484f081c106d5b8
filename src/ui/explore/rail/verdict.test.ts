import { expect, test } from 'vitest';
import type { LayerTrace, RawUnit } from '../../../model/trace.ts';
import { istaAgrees, mssaAgrees, tallyIsta, tallyMssa } from './verdict.ts';

const heads = (raw: number, unit: number): RawUnit<readonly number[]> => ({ raw: [raw, raw], unit: [unit, unit] });

/** A layer of two heads whose unit-normalised R^c goes from 10 to `half`, raw from 10 to 12. */
const layer = (index: number, half: number, nonzero: number): LayerTrace => ({
  index,
  R: { input: { raw: 1, unit: 1 }, half: { raw: 1, unit: 1 }, output: { raw: 1, unit: 1 } },
  Rc: { input: heads(5, 5), half: heads(6, half / 2), output: heads(5, 5) },
  nonzero: { half: 1, output: nonzero },
  l1: 1,
  attention: { cls: [] },
});

const layers = [layer(1, 9, 0.5), layer(2, 11, 0.6), layer(3, 10, 0.4)];

test('MSSA agrees where R^c falls, by the chosen normalisation; a standstill is no fall', () => {
  expect(layers.map((each) => mssaAgrees(each, 'unit'))).toEqual([true, false, false]);
  expect(layers.map((each) => mssaAgrees(each, 'raw'))).toEqual([false, false, false]);
  expect(tallyMssa(layers, 'unit')).toEqual({ met: 1, of: 3 });
});

test('ISTA agrees where there are fewer non-zeros than one layer before', () => {
  expect(layers.map((_, index) => istaAgrees(layers, index))).toEqual([true, false, true]);
  expect(tallyIsta(layers)).toEqual({ met: 1, of: 2 });
  expect(tallyIsta(layers.slice(0, 1))).toEqual({ met: 0, of: 0 });
});
