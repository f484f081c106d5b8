import { expect, test } from 'vitest';
import { exportCsv } from './exportCsv.ts';

test('numbers keep their precision, gaps are empty', () => {
  expect(
    exportCsv({
      columns: ['layer', 'R^c, nats'],
      rows: [
        [1, 364.10000000000002],
        [2, null],
        [3, Number.NaN],
      ],
    }),
  ).toBe('layer,"R^c, nats"\r\n1,364.1\r\n2,\r\n3,\r\n');
});

test('quotes and line breaks are escaped', () => {
  expect(exportCsv({ columns: ['a "b"'], rows: [['x\ny']] })).toBe('"a ""b"""\r\n"x\ny"\r\n');
});
