import { expect, test } from 'vitest';
import type { LayerTrace } from '../../../model/trace.ts';
import { measuresTable } from './measuresTable.ts';

const layer: LayerTrace = {
  index: 3,
  R: { input: { raw: 1, unit: 2 }, half: { raw: 3, unit: 4 }, output: { raw: 5, unit: 6 } },
  Rc: {
    input: { raw: [10, 1], unit: [20, 2] },
    half: { raw: [30, 3], unit: [40, 4] },
    output: { raw: [50, 5], unit: [60, 6] },
  },
  nonzero: { half: 1, output: 0.42 },
  l1: 1234,
  attention: { cls: [[1]] },
};

test('every number stands under the name of its measure', () => {
  const { columns, rows } = measuresTable([layer]);
  const row = rows[0] ?? [];
  expect(row).toHaveLength(columns.length);
  const named = Object.fromEntries(columns.map((column, i) => [column, row[i]]));
  expect(named).toMatchObject({
    layer: 3,
    'Rc input unit (nats)': 22,
    'Rc half raw (nats)': 33,
    'Rc output unit (nats)': 66,
    'R half unit (nats)': 4,
    'R output raw (nats)': 5,
    'non-zeros output (share)': 0.42,
    'l1 output': 1234,
  });
});
