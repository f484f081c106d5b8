// The stop "embed": patches become tokens. What the map is, its tokens, and the kernels that compute it.

import { ticks } from 'd3-array';
import { useMemo, useRef, useState } from 'react';
import { gridSide, tokenCount } from '../../../model/config.ts';
import type { ModelInfo, PictureInfo } from '../../../store/state.ts';
import { useApp } from '../../appContext.tsx';
import { ColorBar } from '../../maps/ColorBar.tsx';
import { HeatMap } from '../../maps/HeatMap.tsx';
import { hiddenCount } from '../../maps/patchBytes.ts';
import { symmetricLimit } from '../../maps/ramps.ts';
import { count, fixed, setting } from '../../text/numbers.ts';
import { Tex } from '../../text/Tex.tsx';
import { useWidth } from '../../useWidth.ts';
import { embedKernels } from './formulas.ts';
import { PatchStrip } from './PatchStrip.tsx';
import { ShaderSources } from './ShaderSources.tsx';
import { useSaveable } from './saveContext.tsx';
import { tokenName, tokenPlace } from './tokenNames.ts';
import { cellSize } from './tokenStats.ts';
import { useHidden } from './usePicture.ts';
import './ends.css';
import './tokens.css';

interface EmbedStageProps {
  readonly model: ModelInfo;
  readonly picture: PictureInfo | null;
}

const MAP_HEIGHT = 240;

export function EmbedStage({ model, picture }: EmbedStageProps) {
  const { config } = model;
  const { d, patchSize } = config;
  const n = tokenCount(config);
  const grid = gridSide(config);
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame, 'embed stage');
  const Z = useApp(({ views }) => (views.embedded?.length === n * d ? views.embedded : null));
  const token = useApp((state) => state.token);
  const hoverToken = useApp((state) => state.hoverToken);
  const hover = useApp((state) => state.hover);
  const pickToken = useApp((state) => state.pickToken);
  const hidden = useHidden(grid);
  const [column, setColumn] = useState(0);
  const scale = useMemo(() => ({ kind: 'div', limit: Z ? symmetricLimit(Z) : 1 }) as const, [Z]);
  const rows = useMemo(() => Array.from({ length: n }, (_, i) => i), [n]);
  const columns = useMemo(() => Array.from({ length: d }, (_, j) => j), [d]);

  useSaveable(
    useMemo(
      () =>
        Z && {
          name: 'tokens after embedding',
          table: () => ({
            columns: ['token', ...columns.map((j) => `channel ${j + 1}`)],
            rows: rows.map((i) => [tokenName(i, grid), ...columns.map((j) => Z[i * d + j] ?? null)]),
          }),
        },
      [Z, rows, columns, grid, d],
    ),
  );

  const mapWidth = cellSize(width, d, devicePixelRatio) * d;
  const mapHeight = cellSize(MAP_HEIGHT, n, devicePixelRatio) * n;
  return (
    <div ref={frame} className="embed">
      <dl className="figures embed-figures">
        <dt>a patch</dt>
        <dd>
          {patchSize} × {patchSize} × 3 = {3 * patchSize * patchSize} numbers
        </dd>
        <dt>
          the map <Tex>E</Tex>
        </dt>
        <dd>
          {d} × {3 * patchSize * patchSize}
        </dd>
        <dt>tokens</dt>
        <dd>
          {count(n)} of width {count(d)}: the class token
          {hidden
            ? `, ${count(n - 1 - hiddenCount(hidden))} patches and ${count(hiddenCount(hidden))} mask tokens`
            : ` and ${count(n - 1)} patches`}
        </dd>
      </dl>
      {picture && width > 0 && (
        <div>
          <PatchStrip picture={picture} grid={grid} width={width} />
          {hidden && <p className="tick">Crossed-out patches are hidden: the encoder sees the mask token there.</p>}
        </div>
      )}
      {Z && width > 0 && (
        <div>
          <p className="view-caption">
            <b>
              <Tex>Z^1</Tex>
            </b>{' '}
            after embedding
            <span className="tick">
              {count(n)} tokens down, {count(d)} channels across
            </span>
          </p>
          <HeatMap
            label="Tokens after embedding"
            values={Z}
            stride={d}
            rows={rows}
            columns={columns}
            scale={scale}
            width={mapWidth}
            height={mapHeight}
            pickedRow={token}
            hoveredRow={hoverToken}
            hovered={hoverToken === null ? null : { row: hoverToken, column }}
            onHover={(cell) => {
              hover(cell?.row ?? null);
              if (cell) setColumn(cell.column);
            }}
            onPick={pickToken}
            cellLabel={(row, at, value) => `${tokenPlace(row, grid)}, channel ${at + 1}, ${fixed(value, 3)}`}
            tip={(row, at, value) => (
              <>
                <b>{tokenName(row, grid)}</b>
                <span>channel {at + 1}</span>
                <span>{fixed(value, 3)}</span>
              </>
            )}
          />
          <div className="tokens-legend">
            <ColorBar
              kind="div"
              min={-scale.limit}
              max={scale.limit}
              ticks={ticks(-scale.limit, scale.limit, 4)}
              format={(value) => setting(value)}
              width={Math.min(216, width)}
              label="Entries after embedding"
            />
          </div>
        </div>
      )}
      <ShaderSources kernels={embedKernels(config)} opened="patchify" operator="mssa" />
    </div>
  );
}
