// A table of a chart as CSV text (RFC 4180): what is drawn, in the unit it is drawn in, at full precision.

export type Cell = string | number | null;

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** Empty for null and for numbers that are not finite; quoted where a comma, quote or line break asks for it. */
function field(cell: Cell): string {
  if (cell === null || (typeof cell === 'number' && !Number.isFinite(cell))) return '';
  const text = String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export const exportCsv = ({ columns, rows }: Table): string =>
  `${[columns, ...rows].map((row) => row.map(field).join(',')).join('\r\n')}\r\n`;
