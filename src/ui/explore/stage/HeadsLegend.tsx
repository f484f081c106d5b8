// The legend of the head maps: scale with numbers, what is drawn and what is left out, how far the scale reaches.

import { ticks } from 'd3-array';
import { useMemo } from 'react';
import type { MapScope, MapStyle } from '../../../store/state.ts';
import { MASK_SHARE } from '../../maps/AttentionMap.tsx';
import { ColorBar } from '../../maps/ColorBar.tsx';
import { topMass } from '../../maps/topMass.ts';
import { bare, percent, setting } from '../../text/numbers.ts';
import { Tex } from '../../text/Tex.tsx';
import { type AttentionRows, patchesOf } from './attention.ts';
import { Choice } from './Choice.tsx';
import { theToken } from './tokenNames.ts';

interface HeadsLegendProps {
  readonly rows: AttentionRows;
  readonly token: number;
  readonly hovered: number | null;
  readonly head: number;
  readonly grid: number;
  /** From 0. */
  readonly layer: number;
  /** End of the scale that is drawn: of the chosen head where each map has its own. */
  readonly max: number;
  readonly scope: MapScope;
  /** "All layers" was asked for and is not known yet. */
  readonly awaitsAll: boolean;
  readonly style: MapStyle;
  /** 1 for each patch that the encoder did not see; null: it saw all. */
  readonly hidden: Uint8Array | null;
  /** Width of the bar, px. */
  readonly width: number;
  readonly isNarrow: boolean;
  readonly onScope: (scope: MapScope) => void;
}

/** Two decimals where they tell the ticks apart, more where they do not. */
const formatFor = (max: number) => (value: number) =>
  value === 0 ? '0' : max >= 0.03 ? bare(value, 2) : setting(value, 2);

/** Room of a numbered tick on the bar, px. */
const MARK = 14;

/** Width of the bar, px: a tile's, or the phone's; wider where it must hold a numbered tick for each of many heads. */
export const legendWidth = (width: number, side: number, K: number): number =>
  width < 480 ? width : Math.max(side, 160, K * MARK);

/** How hidden patches are drawn, and what the encoder has there. */
const HIDDEN: Readonly<Record<MapStyle, string>> = {
  over: 'Flat cells are hidden patches',
  plain: 'Dots mark hidden patches',
  mask: 'Crossed-out patches are hidden',
};

export function HeadsLegend(props: HeadsLegendProps) {
  const { rows, token, hovered, head, grid, layer, max, scope, awaitsAll, style, hidden, width, isNarrow, onScope } =
    props;
  const isMask = style === 'mask';
  const isPointing = hovered !== null && hovered !== token;
  const shown = rows.map((row, k) => ({ label: String(k + 1), value: row[hovered ?? 0] ?? 0, k }));
  // With a scale a map, only the chosen head's ticks stand on the bar.
  const marks = isPointing ? shown.filter(({ k }) => scope !== 'map' || k === head) : [];
  const name = theToken(token, grid);
  const pointed = hovered === null ? '' : theToken(hovered, grid);
  const row = rows[head];
  const kept = useMemo(
    () => (isMask && row ? topMass(patchesOf(row), MASK_SHARE, token - 1).size : 0),
    [isMask, row, token],
  );
  const unseen = hidden ? ` ${HIDDEN[style]}: the encoder sees the mask token there.` : '';
  const others = (rows[0]?.length ?? 1) - 1 - (token === 0 ? 0 : 1);
  return (
    <div className={isNarrow ? 'legend legend-narrow' : 'legend'}>
      {isMask ? (
        <p className="tick legend-text">
          <span className="is-ink">
            Mask: the fewest patches that hold {percent(MASK_SHARE, 0)} of the attention of {name}
          </span>
          , without its own weight; {kept} of {others} patches in head {head + 1}.{unseen}
        </p>
      ) : (
        <>
          <ColorBar
            kind="seq"
            min={0}
            max={max}
            ticks={ticks(0, max, width < 200 ? 3 : 4)}
            format={formatFor(max)}
            width={width}
            marks={marks}
            hasMarks
            label={`Attention of ${name}`}
          />
          <p className="tick legend-text">
            <span className="is-ink">
              Attention <Tex>{String.raw`A_k[i,\cdot\,]`}</Tex> of {name}
            </span>
            , layer {layer + 1}
            {scope === 'map' ? `, scale of head ${head + 1}` : ''}.{' '}
            {token === 0 ? 'The class token’s own column is not on the maps.' : 'Scale without its own weight.'}
            {marks.length > 0 &&
              ` Ticks: ${pointed} in ${scope === 'map' ? `head ${head + 1}` : `heads 1 to ${rows.length}`}.`}
            {unseen}
            {awaitsAll && ' The other layers are not known yet: this layer’s scale.'}
          </p>
        </>
      )}
      {!isMask && (
        <div className="legend-scope" data-unsaved>
          <span className="tick">scale to</span>
          <Choice
            label="Scale to"
            isCompact={false}
            value={scope}
            options={[
              { value: 'map', label: 'map' },
              { value: 'layer', label: 'layer' },
              { value: 'all', label: isNarrow || width < 200 || rows.length > 12 ? 'all' : 'all layers' },
            ]}
            onChange={onScope}
          />
        </div>
      )}
    </div>
  );
}
