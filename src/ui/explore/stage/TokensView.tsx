// Tokens: every entry before and after the ISTA step. Signed before, non-negative after, and an exact zero is blank paper. In CRATE-α the
// codes are what is sparse; the tokens after the step are signed, too.

import { ticks } from 'd3-array';
import { type ReactNode, useMemo, useRef, useState } from 'react';
import { atomCount, type CrateConfig, gridSide } from '../../../model/config.ts';
import type { TokensView as View } from '../../../model/views.ts';
import { useApp } from '../../appContext.tsx';
import { Segmented } from '../../controls/Segmented.tsx';
import { ColorBar } from '../../maps/ColorBar.tsx';
import { HeatMap } from '../../maps/HeatMap.tsx';
import { type Scale, symmetricLimit } from '../../maps/ramps.ts';
import { useSliced } from '../../maps/useSliced.ts';
import { count, fixed, percent, setting } from '../../text/numbers.ts';
import { Tex } from '../../text/Tex.tsx';
import { useWidth } from '../../useWidth.ts';
import { Awaited } from './Awaited.tsx';
import { CutHistogram } from './CutHistogram.tsx';
import { useSaveable } from './saveContext.tsx';
import { tokenName, tokenPlace } from './tokenNames.ts';
import {
  cellSize,
  countNonzeros,
  countZeros,
  isTokensOf,
  type Sparsity,
  SUB_SEED,
  selectionOf,
  subMatrix,
} from './tokenStats.ts';
import { UseBars } from './UseBars.tsx';
import { useLingering } from './useLingering.ts';
import './tokens.css';

interface TokensViewProps {
  /** From 0. */
  readonly layer: number;
  readonly config: CrateConfig;
}

/** Height of a map, px; of the tokens around CRATE-α's codes; and the room right of it for the bars of each token. */
const MAP_HEIGHT = 200;
const LOW_HEIGHT = 120;
const SIDE_ROOM = 104;
const SIDE_ROOM_NARROW = 64;
/** Narrower maps say less beside the choice above them, px. */
const ROOMY = 560;

type SignedScale = Extract<Scale, { kind: 'div' }>;
type PositiveScale = Extract<Scale, { kind: 'seq' }>;

interface Facts {
  /** Of what ISTA made sparse: CRATE-α's codes, else Z_next. */
  readonly sparsity: Sparsity;
  /** Entries of Z_half that are zero. */
  readonly zerosBefore: number;
  /** Of Z_half and, in CRATE-α, of Z_next. */
  readonly signed: SignedScale;
  readonly positive: PositiveScale;
  /** Of the values before the ReLU. */
  readonly before: SignedScale;
}

/** What the maps need to know of the arrays, counted in slices. */
function* factsOf(view: View, width: number): Generator<void, Facts> {
  const sparse = view.codes ?? view.Z_next;
  const sparsity = yield* countNonzeros(sparse, width);
  const zerosBefore = yield* countZeros(view.Z_half);
  const signed = { kind: 'div', limit: symmetricLimit(view.Z_half) } as const;
  yield;
  const before = { kind: 'div', limit: symmetricLimit(view.before) } as const;
  yield;
  // Only what is left counts for the end of the scale, zeros would pull it down.
  const max = symmetricLimit(sparse, 0.99, (value) => value !== 0);
  return { sparsity, zerosBefore, signed, before, positive: { kind: 'seq', max, zeroIsPaper: true } };
}

const upTo = (length: number): readonly number[] => Array.from({ length }, (_, i) => i);

export function TokensView({ layer, config }: TokensViewProps) {
  const { d } = config;
  const isAlpha = config.kind === 'crate-alpha';
  /** Entries of a row of what is sparse: channels, or in CRATE-α atoms. */
  const m = isAlpha ? atomCount(config) : d;
  const grid = gridSide(config);
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame, 'tokens');
  const tokens = useApp((state) => state.views.tokens);
  const channels = useApp((state) => state.channels);
  const heatCrop = useApp((state) => state.heatCrop);
  const token = useApp((state) => state.token);
  const hoverToken = useApp((state) => state.hoverToken);
  const hover = useApp((state) => state.hover);
  const pickToken = useApp((state) => state.pickToken);
  const [pointed, setPointed] = useState({ map: '', column: 0 });
  const [shows, setShows] = useState<'before' | 'after'>('after');
  const { value: view, isStale } = useLingering(
    tokens?.layer === layer && isTokensOf(tokens, config) && (tokens.codes !== undefined) === isAlpha ? tokens : null,
  );
  const facts = useSliced(useMemo(() => view && (() => factsOf(view, m)), [view, m]));
  const selection = useMemo(
    () => facts && selectionOf(facts.sparsity, channels, heatCrop),
    [facts, channels, heatCrop],
  );
  // Tokens around the codes have channels of their own, in their stored order.
  const around = useMemo(() => {
    if (!isAlpha || !facts) return null;
    const n = facts.sparsity.perToken.length;
    return heatCrop === '50' ? subMatrix(n, d) : { rows: upTo(n), columns: upTo(d) };
  }, [isAlpha, facts, heatCrop, d]);

  useSaveable(
    useMemo(
      () =>
        view &&
        selection && {
          name: `${view.codes ? 'codes' : 'tokens'} layer ${view.layer + 1}`,
          table: () => {
            const tensors = view.codes
              ? { before: view.before, codes: view.codes }
              : { Z_half: view.Z_half, Z_next: view.Z_next };
            return {
              columns: [
                'tensor',
                'token',
                ...selection.columns.map((j) => `${view.codes ? 'atom' : 'channel'} ${j + 1}`),
              ],
              rows: Object.entries(tensors).flatMap(([name, values]) =>
                selection.rows.map((i) => [
                  name,
                  tokenName(i, grid),
                  ...selection.columns.map((j) => values[i * m + j] ?? null),
                ]),
              ),
            };
          },
        },
      [view, selection, grid, m],
    ),
  );

  if (!view || !facts || !selection || width === 0)
    return (
      <div ref={frame} className={view ? 'stage-loading' : undefined}>
        {!view && <Awaited what="the tokens of a layer" />}
      </div>
    );

  const isNarrow = width < 480;
  const sideRoom = isNarrow ? SIDE_ROOM_NARROW : SIDE_ROOM;
  const room = width - sideRoom;
  const sizesOf = ({ rows, columns }: { rows: readonly number[]; columns: readonly number[] }, height: number) => {
    const cellWidth = cellSize(room, columns.length, devicePixelRatio);
    const cellHeight = cellSize(height, rows.length, devicePixelRatio);
    return { cellWidth, cellHeight, width: cellWidth * columns.length, height: cellHeight * rows.length };
  };
  const main = sizesOf(selection, MAP_HEIGHT);
  const isCut = heatCrop === '50';
  const n = facts.sparsity.perToken.length;
  const pickedAt = selection.rows.indexOf(token);
  const of = isCut ? `${selection.rows.length} × ${selection.columns.length} of ` : '';
  const barWidth = isNarrow ? width : 216;
  const isMean = main.cellWidth * devicePixelRatio < 1 - 1e-9 || main.cellHeight * devicePixelRatio < 1 - 1e-9;

  const mapOf = (
    name: string,
    values: Float32Array,
    stride: number,
    scale: Scale,
    drawn: { readonly rows: readonly number[]; readonly columns: readonly number[] },
    size: { readonly width: number; readonly height: number },
    entry: string,
  ) => (
    <HeatMap
      label={name}
      values={values}
      stride={stride}
      rows={drawn.rows}
      columns={drawn.columns}
      scale={scale}
      framed={scale.kind === 'seq'}
      width={size.width}
      height={size.height}
      pickedRow={token}
      hoveredRow={hoverToken}
      hovered={
        hoverToken === null
          ? null
          : { row: hoverToken, column: stride === m || pointed.map === name ? pointed.column : 0 }
      }
      onHover={(cell) => {
        hover(cell?.row ?? null);
        if (cell) setPointed({ map: name, column: cell.column });
      }}
      onPick={pickToken}
      cellLabel={(row, at, value) => `${tokenPlace(row, grid)}, ${entry} ${at + 1}, ${fixed(value, 3)}`}
      tip={(row, at, value) => (
        <>
          <b>{tokenName(row, grid)}</b>
          <span>
            {entry} {at + 1}
          </span>
          <span>{value === 0 ? 'exactly 0' : fixed(value, 3)}</span>
        </>
      )}
    />
  );
  const nameOfPicked = (size: { readonly cellHeight: number; readonly width: number }): ReactNode =>
    pickedAt >= 0 && (
      <span className="tick tokens-picked" style={{ top: (pickedAt + 0.5) * size.cellHeight, left: size.width + 12 }}>
        {isNarrow ? tokenName(token, grid).replace('patch ', '') : tokenName(token, grid)}
      </span>
    );
  const bars = (
    <UseBars
      sparsity={facts.sparsity}
      rows={selection.rows}
      columns={selection.columns}
      picked={token}
      cellWidth={main.cellWidth}
      cellHeight={main.cellHeight}
      room={sideRoom - 12}
      what={isAlpha ? 'atom' : 'channel'}
    />
  );
  const sideTitle = (
    <span className="tick tokens-side-title" style={{ left: main.width + 12 }}>
      {isNarrow ? `of ${count(m)}` : `non-zeros of ${count(m)}`}
    </span>
  );
  const entries = n * m;
  const left = `${count(facts.sparsity.total)} of ${count(entries)} entries are non-zero, ${percent(facts.sparsity.total / entries)}`;
  const share = `${percent(facts.sparsity.total / entries)} are non-zero`;
  const wasDense = facts.zerosBefore === 0 ? 'every entry is non-zero' : `${count(facts.zerosBefore)} entries are zero`;
  const signedBar = (scale: SignedScale, label: string) => (
    <ColorBar
      kind="div"
      min={-scale.limit}
      max={scale.limit}
      ticks={ticks(-scale.limit, scale.limit, 4)}
      format={(value) => setting(value)}
      width={barWidth}
      label={label}
    />
  );
  const positiveBar = (label: string) => (
    <ColorBar
      kind="seq"
      min={0}
      max={facts.positive.max}
      ticks={ticks(0, facts.positive.max, 4)}
      format={(value) => setting(value)}
      width={barWidth}
      zero
      label={label}
    />
  );
  const half = `Z^{${layer + 1}+1/2}`;
  const next = `Z^{${layer + 2}}`;
  const seeded = isCut && (
    <p className="tick">
      Rows and columns are a seeded random choice (seed {SUB_SEED}), the same for every layer and picture.
      {pickedAt < 0 && ` The ${tokenName(token, grid)} is not among them.`}
    </p>
  );
  const scaled = (
    <p className="tick">
      Each scale ends at a round number that 99 % of the entries stay under; what lies beyond has the end’s colour.
      {isMean && ' Where cells are smaller than a pixel, the pixel has their mean colour.'}
    </p>
  );

  if (isAlpha && around && view.codes) {
    const low = sizesOf(around, LOW_HEIGHT);
    return (
      <div ref={frame}>
        <div className={isStale ? 'tokens stage-stale' : 'tokens'}>
          <p className="view-caption">
            <b>
              <Tex>{half}</Tex>
            </b>{' '}
            after MSSA
            <span className="tick">
              {isCut ? `${around.rows.length} × ${around.columns.length} of ` : ''}
              {count(n)} tokens down, {count(d)} channels across; {wasDense}
            </span>
          </p>
          <div className="tokens-row">
            {mapOf('Tokens after MSSA', view.Z_half, d, facts.signed, around, low, 'channel')}
            {nameOfPicked(low)}
          </div>
          <div className="view-caption tokens-codes">
            <b>
              <Tex>z_2</Tex>
            </b>{' '}
            codes
            <span data-unsaved>
              <Segmented
                label="Codes"
                hideLabel
                value={shows}
                options={[
                  { value: 'before', label: 'before ReLU', hint: 'The second step before its ReLU, signed' },
                  { value: 'after', label: 'after ReLU', hint: 'What is left of it; an exact zero is blank' },
                ]}
                onChange={setShows}
              />
            </span>
            <span className="tick">
              {room < ROOMY
                ? share
                : isCut
                  ? `${of}${count(n)} × ${count(m)}; ${share}`
                  : `${count(m)} atoms across; ${left}`}
            </span>
            {sideTitle}
          </div>
          <div className="tokens-row">
            {shows === 'after'
              ? mapOf('Codes', view.codes, m, facts.positive, selection, main, 'atom')
              : mapOf('Codes before ReLU', view.before, m, facts.before, selection, main, 'atom')}
            {bars}
          </div>
          <div className="tokens-legend">
            {shows === 'after' ? positiveBar('Entries of the codes') : signedBar(facts.before, 'Codes before ReLU')}
            <CutHistogram before={view.before} width={barWidth} />
          </div>
          <p className="view-caption">
            <b>
              <Tex>{next}</Tex>
            </b>{' '}
            after ISTA
            <span className="tick">
              <Tex>{`${half}+D_1z_2`}</Tex>: signed again, so non-zeros are counted in the codes
            </span>
          </p>
          <div className="tokens-row">
            {mapOf('Tokens after ISTA', view.Z_next, d, facts.signed, around, low, 'channel')}
          </div>
          <div className="tokens-legend">{signedBar(facts.signed, 'Entries of the tokens')}</div>
          {seeded}
          {scaled}
        </div>
      </div>
    );
  }

  return (
    <div ref={frame}>
      <div className={isStale ? 'tokens stage-stale' : 'tokens'}>
        <p className="view-caption">
          <b>
            <Tex>{half}</Tex>
          </b>{' '}
          after MSSA
          <span className="tick">
            {of}
            {count(n)} tokens down, {count(d)} channels across; {wasDense}
          </span>
        </p>
        <div className="tokens-row">
          {mapOf('Tokens after MSSA', view.Z_half, d, facts.signed, selection, main, 'channel')}
          {nameOfPicked(main)}
        </div>
        <p className="view-caption">
          <b>
            <Tex>{next}</Tex>
          </b>{' '}
          after ISTA
          <span className="tick">{left}</span>
          {sideTitle}
        </p>
        <div className="tokens-row">
          {mapOf('Tokens after ISTA', view.Z_next, d, facts.positive, selection, main, 'channel')}
          {bars}
        </div>
        {seeded}
        <div className="tokens-legend">
          {signedBar(facts.signed, 'Entries after MSSA')}
          {positiveBar('Entries after ISTA')}
          <CutHistogram before={view.before} width={barWidth} />
        </div>
        {scaled}
      </div>
    </div>
  );
}
