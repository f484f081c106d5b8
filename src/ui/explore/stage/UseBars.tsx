// How many entries are left: non-zeros of each token at the right of the map, tokens that use each channel beneath it.

import { memo, useMemo } from 'react';
import { count } from '../../text/numbers.ts';
import type { Sparsity } from './tokenStats.ts';

interface UseBarsProps {
  readonly sparsity: Sparsity;
  /** Tokens and channels as they are drawn. */
  readonly rows: readonly number[];
  readonly columns: readonly number[];
  readonly picked: number;
  /** px. */
  readonly cellWidth: number;
  readonly cellHeight: number;
  /** Right of the map, px. */
  readonly room: number;
  /** What a column is called. */
  readonly what: 'channel' | 'atom';
}

const round = (px: number): number => Math.round(px * 100) / 100;

/** Height of the bars under the map, px. */
const DEPTH = 26;
/** Room for the number behind the picked token's bar, px. */
const NUMBER = 26;

/** As it is while the pointer moves. */
export const UseBars = memo(function UseBars({
  sparsity,
  rows,
  columns,
  picked,
  cellWidth,
  cellHeight,
  room,
  what,
}: UseBarsProps) {
  const { perToken, perChannel } = sparsity;
  const d = perChannel.length;
  const n = perToken.length;
  const height = rows.length * cellHeight;
  const width = columns.length * cellWidth;
  const full = room - NUMBER;
  const share = (row: number) => ((perToken[row] ?? 0) / d) * full;
  const gap = cellHeight >= 3 ? 1 : 0;
  const bar = Math.max(cellHeight - gap, cellHeight / 2);
  // One path: there may be thousands of tokens.
  const bars = useMemo(
    () =>
      rows
        .map((row, i) => `M0 ${round(i * cellHeight)}h${round(((perToken[row] ?? 0) / d) * full)}v${round(bar)}H0z`)
        .join(''),
    [rows, perToken, d, full, cellHeight, bar],
  );
  const use = useMemo(
    () =>
      columns.map((column, i) => `H${round(i * cellWidth)}V${round(((perChannel[column] ?? 0) / n) * DEPTH)}`).join(''),
    [columns, perChannel, n, cellWidth],
  );
  const pickedAt = rows.indexOf(picked);
  return (
    <>
      <svg
        className="use-bars"
        style={{ left: width + 12 }}
        width={room}
        height={height}
        role="img"
        aria-label="Non-zero entries of each token"
      >
        <path d={bars} />
        {pickedAt >= 0 && (
          <rect className="is-picked" y={pickedAt * cellHeight} width={share(picked)} height={Math.max(1, bar)} />
        )}
        {pickedAt >= 0 && (
          <text x={share(picked) + 5} y={(pickedAt + 0.5) * cellHeight + 4}>
            {count(perToken[picked] ?? 0)}
          </text>
        )}
      </svg>
      <svg
        className="use-below"
        width={width + room + 12}
        height={DEPTH + 6}
        role="img"
        aria-label={`Tokens that use each ${what}`}
      >
        <path d={`M0 0${use}H${width}V0z`} transform="translate(0 3)" />
        <text x={width + 12} y={14}>
          {room < 80 ? 'tokens' : 'tokens that use'}
        </text>
        <text x={width + 12} y={26}>
          {room < 80 ? (what === 'atom' ? 'an atom' : 'a channel') : `the ${what}`}
        </text>
      </svg>
    </>
  );
});
