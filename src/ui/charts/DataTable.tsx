// The numbers of a chart as a table for a screen reader; not seen, and so drawn after what is.

import { sliced } from '../sliced.tsx';
import type { Table } from './exportCsv.ts';

interface DataTableProps extends Table {
  readonly caption: string;
  /** How a number is read out. */
  readonly format: (value: number) => string;
}

function Numbers({ caption, columns, rows, format }: DataTableProps) {
  return (
    // Around the table: a table that is clipped itself leaves its caption on screen in Firefox.
    <div className="unseen">
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([first, ...cells]) => (
            <tr key={String(first)}>
              <th scope="row">{first}</th>
              {cells.map((cell, i) => (
                <td key={columns[i + 1] ?? i}>
                  {typeof cell === 'number' ? (Number.isFinite(cell) ? format(cell) : 'none') : (cell ?? 'none')}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export const DataTable = sliced(Numbers);
