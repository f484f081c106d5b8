// Tokens: every entry before and after the ISTA step. Signed before, non-negative after, and an exact zero is blank paper.

import { ticks } from 'd3-array';
import { useMemo, useRef, useState } from 'react';
import { type CrateConfig, gridSide, tokenCount } from '../../../model/config.ts';
import { useApp } from '../../appContext.tsx';
import { ColorBar } from '../../maps/ColorBar.tsx';
import { HeatMap } from '../../maps/HeatMap.tsx';
import { symmetricLimit } from '../../maps/ramps.ts';
import { count, fixed, percent, setting } from '../../text/numbers.ts';
import { Tex } from '../../text/Tex.tsx';
import { useWidth } from '../../useWidth.ts';
import { Awaited } from './Awaited.tsx';
import { CutHistogram } from './CutHistogram.tsx';
import { useSaveable } from './saveContext.tsx';
import { tokenName, tokenPlace } from './tokenNames.ts';
import { cellSize, SUB_SEED, selectionOf, sparsityOf } from './tokenStats.ts';
import { UseBars } from './UseBars.tsx';
import { useLingering } from './useLingering.ts';
import './tokens.css';

interface TokensViewProps {
  /** From 0. */
  readonly layer: number;
  readonly config: CrateConfig;
}

/** Height of a map, px, and the room right of it for the bars of each token. */
const MAP_HEIGHT = 200;
const SIDE_ROOM = 104;
const SIDE_ROOM_NARROW = 64;

export function TokensView({ layer, config }: TokensViewProps) {
  const { d } = config;
  const grid = gridSide(config);
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const tokens = useApp((state) => state.views.tokens);
  const channels = useApp((state) => state.channels);
  const heatCrop = useApp((state) => state.heatCrop);
  const token = useApp((state) => state.token);
  const hoverToken = useApp((state) => state.hoverToken);
  const hover = useApp((state) => state.hover);
  const pickToken = useApp((state) => state.pickToken);
  const [column, setColumn] = useState(0);
  const { value: view, isStale } = useLingering(
    tokens?.layer === layer && tokens.Z_next.length === tokenCount(config) * d ? tokens : null,
  );

  const facts = useMemo(
    () =>
      view && {
        before: view.Z_half.reduce((zeros, value) => zeros + (value === 0 ? 1 : 0), 0),
        sparsity: sparsityOf(view.Z_next, d),
        signed: { kind: 'div', limit: symmetricLimit(view.Z_half) } as const,
        // Only what is left counts for the end of the scale, zeros would pull it down.
        positive: {
          kind: 'seq',
          max: symmetricLimit(view.Z_next.filter((value) => value !== 0)),
          zeroIsPaper: true,
        } as const,
      },
    [view, d],
  );
  const selection = useMemo(
    () => facts && selectionOf(facts.sparsity, channels, heatCrop),
    [facts, channels, heatCrop],
  );

  useSaveable(
    useMemo(
      () =>
        view &&
        selection && {
          name: `tokens layer ${view.layer + 1}`,
          table: () => ({
            columns: ['tensor', 'token', ...selection.columns.map((j) => `channel ${j + 1}`)],
            rows: (['Z_half', 'Z_next'] as const).flatMap((name) =>
              selection.rows.map((i) => [
                name,
                tokenName(i, grid),
                ...selection.columns.map((j) => view[name][i * d + j] ?? null),
              ]),
            ),
          }),
        },
      [view, selection, grid, d],
    ),
  );

  if (!view || !facts || !selection || width === 0)
    return <div ref={frame}>{!view && <Awaited what="the tokens of a layer" />}</div>;

  const isNarrow = width < 480;
  const sideRoom = isNarrow ? SIDE_ROOM_NARROW : SIDE_ROOM;
  const cellWidth = cellSize(width - sideRoom, selection.columns.length, devicePixelRatio);
  const mapWidth = cellWidth * selection.columns.length;
  const cellHeight = cellSize(MAP_HEIGHT, selection.rows.length, devicePixelRatio);
  const mapHeight = cellHeight * selection.rows.length;
  const isCut = heatCrop === '50';
  const n = facts.sparsity.perToken.length;
  const hovered = hoverToken === null ? null : { row: hoverToken, column };
  const pickedAt = selection.rows.indexOf(token);
  const rowTop = (pickedAt + 0.5) * cellHeight;
  const shared = {
    stride: d,
    rows: selection.rows,
    columns: selection.columns,
    width: mapWidth,
    height: mapHeight,
    pickedRow: token,
    hoveredRow: hoverToken,
    hovered,
    onHover: (cell: { readonly row: number; readonly column: number } | null) => {
      hover(cell?.row ?? null);
      if (cell) setColumn(cell.column);
    },
    onPick: pickToken,
    cellLabel: (row: number, at: number, value: number) =>
      `${tokenPlace(row, grid)}, channel ${at + 1}, ${fixed(value, 3)}`,
    tip: (row: number, at: number, value: number) => (
      <>
        <b>{tokenName(row, grid)}</b>
        <span>channel {at + 1}</span>
        <span>{value === 0 ? 'exactly 0' : fixed(value, 3)}</span>
      </>
    ),
  };
  const of = isCut ? `${selection.rows.length} × ${selection.columns.length} of ` : '';
  const barWidth = isNarrow ? width : 216;
  return (
    <div ref={frame}>
      <div className={isStale ? 'tokens stage-stale' : 'tokens'}>
        <p className="view-caption">
          <b>
            <Tex>{`Z^{${layer + 1}+1/2}`}</Tex>
          </b>{' '}
          after MSSA
          <span className="tick">
            {of}
            {n} tokens down, {d} channels across;{' '}
            {facts.before === 0 ? 'every entry is non-zero' : `${count(facts.before)} entries are zero`}
          </span>
        </p>
        <div className="tokens-row">
          <HeatMap label="Tokens after MSSA" values={view.Z_half} scale={facts.signed} {...shared} />
          {pickedAt >= 0 && (
            <span className="tick tokens-picked" style={{ top: rowTop, left: mapWidth + 12 }}>
              {tokenName(token, grid)}
            </span>
          )}
        </div>
        <p className="view-caption">
          <b>
            <Tex>{`Z^{${layer + 2}}`}</Tex>
          </b>{' '}
          after ISTA
          <span className="tick">
            {count(facts.sparsity.total)} of {count(view.Z_next.length)} entries are non-zero,{' '}
            {percent(facts.sparsity.total / view.Z_next.length)}
          </span>
          <span className="tick tokens-side-title" style={{ left: mapWidth + 12 }}>
            {isNarrow ? `of ${d}` : `non-zeros of ${d}`}
          </span>
        </p>
        <div className="tokens-row">
          <HeatMap label="Tokens after ISTA" values={view.Z_next} scale={facts.positive} framed {...shared} />
          <UseBars
            sparsity={facts.sparsity}
            rows={selection.rows}
            columns={selection.columns}
            picked={token}
            cellWidth={cellWidth}
            cellHeight={cellHeight}
            room={sideRoom - 12}
          />
        </div>
        {isCut && (
          <p className="tick">
            Rows and columns are a seeded random choice (seed {SUB_SEED}), the same for every layer and picture.
            {pickedAt < 0 && ` The ${tokenName(token, grid)} is not among them.`}
          </p>
        )}
        <div className="tokens-legend">
          <ColorBar
            kind="div"
            min={-facts.signed.limit}
            max={facts.signed.limit}
            ticks={ticks(-facts.signed.limit, facts.signed.limit, 4)}
            format={(value) => setting(value)}
            width={barWidth}
            label="Entries after MSSA"
          />
          <ColorBar
            kind="seq"
            min={0}
            max={facts.positive.max}
            ticks={ticks(0, facts.positive.max, 4)}
            format={(value) => setting(value)}
            width={barWidth}
            zero
            label="Entries after ISTA"
          />
          <CutHistogram before={view.before} width={barWidth} />
        </div>
        <p className="tick">
          Each scale ends at a round number that 99 % of the entries stay under; what lies beyond has the end’s colour.
        </p>
      </div>
    </div>
  );
}
