// Heads: what each head of the layer attends to from the picked token, one map a head over the picture.

import { useMemo, useRef } from 'react';
import type { CrateConfig } from '../../../model/config.ts';
import { gridSide, tokenCount } from '../../../model/config.ts';
import type { LayerTrace } from '../../../model/trace.ts';
import { inUnit, selectReports } from '../../../store/selectors.ts';
import { useApp } from '../../appContext.tsx';
import { maximum } from '../../maps/ramps.ts';
import { OwnFrame } from '../../sliced.tsx';
import { useWidth } from '../../useWidth.ts';
import { Awaited } from './Awaited.tsx';
import { type AttentionRows, attentionRows, isAttentionOf, maximaByLayer, patchesOf, scaleEnds } from './attention.ts';
import type { Operator } from './formulas.ts';
import { HeadsLegend, legendWidth } from './HeadsLegend.tsx';
import { HeadRoom, HeadTile } from './HeadTile.tsx';
import { useSaveable } from './saveContext.tsx';
import { tileLayout } from './tiles.ts';
import { tokenName } from './tokenNames.ts';
import { useLingering } from './useLingering.ts';
import { useSeenRaster } from './usePicture.ts';
import './heads.css';

interface HeadsViewProps {
  readonly operator: Operator;
  /** From 0. */
  readonly layer: number;
  readonly config: CrateConfig;
  /** Only the chosen head, large. */
  readonly isOne: boolean;
}

/** Largest side of a map, px: of several, of one alone. */
const TILE = 216;
const ONE = 456;

/** Tiles that are laid out in one frame when they come on screen. */
const TILES_A_FRAME = 4;

interface Shown {
  readonly rows: AttentionRows;
  readonly token: number;
}

/** The picked token's rows: from the layer's A where it has been read, from the trace for the class token. */
function useRows(layer: number, config: CrateConfig): Shown | null {
  const view = useApp((state) => state.views.attention);
  const reports = useApp(selectReports);
  const token = useApp((state) => state.token);
  const { K } = config;
  const n = tokenCount(config);
  return useMemo(() => {
    const rows =
      view?.layer === layer && token < n && isAttentionOf(view, K, n) ? attentionRows(view, K, n, token) : null;
    if (rows) return { rows, token };
    const cls = reports?.layers[layer]?.attention.cls;
    return token === 0 && cls?.length === K && cls[0]?.length === n ? { rows: cls, token } : null;
  }, [view, layer, K, n, token, reports]);
}

/** What the half-step did to each head's term of R^c. */
const changeOf = (trace: LayerTrace, operator: Operator, by: 'raw' | 'unit', head: number): number =>
  operator === 'mssa'
    ? (trace.Rc.half[by][head] ?? 0) - (trace.Rc.input[by][head] ?? 0)
    : (trace.Rc.output[by][head] ?? 0) - (trace.Rc.half[by][head] ?? 0);

export function HeadsView({ operator, layer, config, isOne }: HeadsViewProps) {
  const { K } = config;
  const grid = gridSide(config);
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame, 'heads');
  const { value: shown, isStale } = useLingering(useRows(layer, config));
  const state = useApp((s) => s);
  const { picture, hidden } = useSeenRaster(grid);
  const patches = useMemo(() => shown?.rows.map(patchesOf) ?? [], [shown]);
  const trace = state.run.reports?.layers[layer];
  const { head, hoverToken, mapScope, mapStyle, normalisation, rateUnit } = state;

  const perLayer = shown ? maximaByLayer(shown.token, state.views, state.run.reports?.layers ?? null) : null;
  const ends = shown
    ? (scaleEnds(shown.rows, shown.token, mapScope, perLayer) ??
      scaleEnds(shown.rows, shown.token, 'layer', null) ??
      [])
    : [];

  useSaveable(
    useMemo(
      () =>
        shown && {
          name: `attention layer ${layer + 1} of ${tokenName(shown.token, grid)}`,
          table: () => ({
            columns: ['token', ...shown.rows.map((_, k) => `head ${k + 1}`)],
            rows: Array.from(shown.rows[0] ?? [], (_, i) => [
              tokenName(i, grid),
              ...shown.rows.map((row) => row[i] ?? null),
            ]),
          }),
        },
      [shown, layer, grid],
    ),
  );

  const many = tileLayout(width, K, grid, state.maximised === 'stage' ? Math.max(TILE, Math.floor(width / 4)) : TILE);
  const layout = isOne ? tileLayout(width, 1, grid, ONE) : many;
  const heads = isOne ? [head] : Array.from({ length: K }, (_, k) => k);
  return (
    <div ref={frame} className="heads">
      {!shown ? (
        <Awaited what="the attention of a patch" />
      ) : (
        width > 0 && (
          <div className={isStale ? 'stage-stale' : undefined}>
            <div
              className="heads-tiles"
              style={{ gridTemplateColumns: `repeat(${layout.columns}, ${layout.side}px)`, columnGap: layout.gap }}
            >
              {Array.from({ length: Math.ceil(heads.length / TILES_A_FRAME) }, (_, group) => {
                const these = heads.slice(group * TILES_A_FRAME, (group + 1) * TILES_A_FRAME);
                const tiles = these.map((k) => (
                  <HeadTile
                    key={k}
                    head={k}
                    row={shown.rows[k] ?? []}
                    patches={patches[k] ?? []}
                    token={shown.token}
                    hovered={hoverToken}
                    grid={grid}
                    side={layout.side}
                    max={ends[k] ?? 0}
                    style={mapStyle}
                    picture={picture}
                    hidden={hidden}
                    isChosen={k === head}
                    change={trace ? inUnit(changeOf(trace, operator, normalisation, k), rateUnit) : null}
                    operator={operator}
                    onHover={state.hover}
                    onPick={state.pickToken}
                    onPickHead={() => state.pickHead(k)}
                  />
                ));
                // The first ones are there at once.
                if (group === 0) return tiles;
                return (
                  <OwnFrame key={these[0]} isFirst room={these.map((k) => <HeadRoom key={k} side={layout.side} />)}>
                    {tiles}
                  </OwnFrame>
                );
              })}
            </div>
            <HeadsLegend
              rows={shown.rows}
              token={shown.token}
              hovered={hoverToken}
              head={head}
              grid={grid}
              layer={layer}
              max={mapScope === 'map' ? (ends[head] ?? 0) : maximum(ends)}
              scope={mapScope}
              hidden={hidden}
              style={mapStyle}
              awaitsAll={mapScope === 'all' && perLayer === null}
              width={legendWidth(width, many.side, K)}
              isNarrow={width < 480}
              onScope={(scope) => state.choose({ mapScope: scope })}
            />
          </div>
        )
      )}
    </div>
  );
}
