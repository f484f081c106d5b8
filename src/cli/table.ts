// A trace as a table that a person can read in a terminal.

import type { LayerTrace, TraceDocument } from '../model/trace.ts';

const sum = (values: readonly number[]): string => values.reduce((a, b) => a + b, 0).toFixed(1);
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

const COLUMNS: readonly (readonly [string, (layer: LayerTrace) => string])[] = [
  ['layer', ({ index }) => String(index)],
  ['Rc unit in', ({ Rc }) => sum(Rc.input.unit)],
  ['half', ({ Rc }) => sum(Rc.half.unit)],
  ['out', ({ Rc }) => sum(Rc.output.unit)],
  ['Rc raw in', ({ Rc }) => sum(Rc.input.raw)],
  ['half', ({ Rc }) => sum(Rc.half.raw)],
  ['out', ({ Rc }) => sum(Rc.output.raw)],
  ['R unit half', ({ R }) => R.half.unit.toFixed(1)],
  ['non-zeros', ({ nonzero }) => percent(nonzero.codes ?? nonzero.output)],
];

export function traceTable({ model, input, engine, measure, top, layers }: TraceDocument): string {
  const rows = [COLUMNS.map(([title]) => title), ...layers.map((layer) => COLUMNS.map(([, cell]) => cell(layer)))];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  '));
  const predictions = top.map(({ label, probability }) => `${label} ${percent(probability)}`).join(', ');
  return [
    `${input.name} (${input.width} × ${input.height} px) through ${model.name}, ${model.parameters.toLocaleString('en')} parameters`,
    `on ${engine.kind}, ${engine.adapter}: ${engine.ms.forward.toFixed(0)} ms`,
    predictions ? `prediction: ${predictions}` : `${input.hidden?.length ?? 0} patches hidden; no class head`,
    `coding rates in nats, eps² ${measure.eps2}; Rc summed over ${model.config.K} heads${layers[0]?.nonzero.codes === undefined ? '' : '; non-zeros of the codes'}`,
    ...lines,
  ].join('\n');
}
