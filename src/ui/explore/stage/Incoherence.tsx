// Are the layer's subspaces apart? |[U_1 … U_K]ᵀ[U_1 … U_K]| with unit columns: dark blocks beside the diagonal are directions that heads share.

import { ticks } from 'd3-array';
import { useMemo, useState } from 'react';
import type { CrateConfig } from '../../../model/config.ts';
import type { IncoherenceView } from '../../../model/views.ts';
import { useApp } from '../../appContext.tsx';
import { ColorBar } from '../../maps/ColorBar.tsx';
import { HeatMap } from '../../maps/HeatMap.tsx';
import { bare, setting } from '../../text/numbers.ts';
import { Tex } from '../../text/Tex.tsx';
import { Awaited } from './Awaited.tsx';
import { scaleEnd } from './scaleEnd.ts';
import { cellSize } from './tokenStats.ts';
import { useLingering } from './useLingering.ts';

interface IncoherenceProps {
  /** From 0. */
  readonly layer: number;
  readonly config: CrateConfig;
  /** px. */
  readonly width: number;
}

const MAP = 400;

/** Mean of the blocks beside the diagonal, and of those on it. */
function blockMeans({ blocks }: IncoherenceView, K: number) {
  let beside = 0;
  let on = 0;
  for (let i = 0; i < K; i++)
    for (let j = 0; j < K; j++) {
      if (i === j) on += blocks[i * K + j] ?? 0;
      else beside += blocks[i * K + j] ?? 0;
    }
  return { beside: K > 1 ? beside / (K * (K - 1)) : 0, on: on / K };
}

export function Incoherence({ layer, config: { K, p }, width }: IncoherenceProps) {
  const current = useApp((state) => state.views.incoherence);
  const pickHead = useApp((state) => state.pickHead);
  const head = useApp((state) => state.head);
  const [hovered, setHovered] = useState<{ readonly row: number; readonly column: number } | null>(null);
  const { value: view, isStale } = useLingering(current?.layer === layer && current.size === K * p ? current : null);
  const size = view?.size ?? 0;
  const all = useMemo(() => Array.from({ length: size }, (_, i) => i), [size]);
  const max = useMemo(() => (view ? scaleEnd(view.gram, view.size) : 1), [view]);
  const scale = useMemo(() => ({ kind: 'seq', max, zeroIsPaper: false }) as const, [max]);
  if (!view) return <Awaited what="the incoherence of the subspaces" />;

  const side = cellSize(width < 480 ? width : Math.min(width * 0.6, MAP), size, devicePixelRatio) * size;
  const block = side / K;
  const means = blockMeans(view, K);
  const blockMean = (row: number, column: number) => view.blocks[Math.floor(row / p) * K + Math.floor(column / p)] ?? 0;
  const where = (row: number, column: number) =>
    `head ${Math.floor(row / p) + 1} with head ${Math.floor(column / p) + 1}`;
  return (
    <section className={isStale ? 'incoherence stage-stale' : 'incoherence'} aria-label="Incoherence of the subspaces">
      <p className="view-caption">
        <b>
          <Tex>{String.raw`\big|[U_1\dots U_{${K}}]^{*}[U_1\dots U_{${K}}]\big|`}</Tex>
        </b>{' '}
        incoherence of the layer’s subspaces
      </p>
      <div className="incoherence-body">
        <HeatMap
          label="Absolute inner products of the subspaces’ directions"
          values={view.gram}
          stride={size}
          rows={all}
          columns={all}
          scale={scale}
          width={side}
          height={side}
          framed
          hovered={hovered}
          onHover={setHovered}
          onPick={(row) => pickHead(Math.floor(row / p))}
          cellLabel={(row, column, value) =>
            `${where(row, column)}, ${bare(value)}, mean of the block ${bare(blockMean(row, column))}`
          }
          tip={(row, column, value) => (
            <>
              <b>{where(row, column)}</b>
              <span>mean of the block</span>
              <span>{bare(blockMean(row, column))}</span>
              <span>this pair of directions</span>
              <span>{bare(value)}</span>
            </>
          )}
          overlay={
            <g className="incoherence-lines">
              {Array.from({ length: K - 1 }, (_, i) => (i + 1) * block).map((at) => (
                <path key={at} d={`M${at} 0V${side}M0 ${at}H${side}`} />
              ))}
              <rect className="is-chosen" x={head * block} y={head * block} width={block} height={block} />
            </g>
          }
        />
        <div className="incoherence-text">
          <p className="read">If the subspaces were orthogonal, every block beside the diagonal would be blank.</p>
          <dl className="figures">
            <dt>mean beside the diagonal</dt>
            <dd>{bare(means.beside)}</dd>
            <dt>mean within a head, without the diagonal</dt>
            <dd>{bare(means.on)}</dd>
          </dl>
          <ColorBar
            kind="seq"
            min={0}
            max={max}
            ticks={ticks(0, max, 4)}
            format={(value) => setting(value)}
            width={Math.min(216, width)}
            label="Absolute inner product"
          />
          <p className="tick">
            Directions of unit length, head after head. The diagonal is 1 by definition; the scale ends at what 99.9 %
            of the rest stay under.
          </p>
        </div>
      </div>
    </section>
  );
}
