// Subspaces: the tokens inside one head's subspace, their energy there, and how far the subspaces of the layer stay apart.

import { useMemo, useRef } from 'react';
import { type CrateConfig, gridSide, tokenCount } from '../../../model/config.ts';
import type { Place } from '../../../model/trace.ts';
import type { SubspaceView } from '../../../model/views.ts';
import { selectPicture } from '../../../store/selectors.ts';
import { useApp } from '../../appContext.tsx';
import { MOST_VECTOR_POINTS } from '../../maps/PatchScatter.tsx';
import { percent } from '../../text/numbers.ts';
import { Tex } from '../../text/Tex.tsx';
import { useWidth } from '../../useWidth.ts';
import { Awaited } from './Awaited.tsx';
import { alignSigns } from './align.ts';
import { EnergyMap } from './EnergyMap.tsx';
import type { Operator } from './formulas.ts';
import { Incoherence } from './Incoherence.tsx';
import { SubspacePlot } from './SubspacePlot.tsx';
import { useSaveable } from './saveContext.tsx';
import { tokenName } from './tokenNames.ts';
import { useLingering } from './useLingering.ts';
import './subspaces.css';

interface SubspacesViewProps {
  readonly operator: Operator;
  /** From 0. */
  readonly layer: number;
  readonly config: CrateConfig;
}

/** Where the tokens are taken, LaTeX; `layer` from 0. */
export function placeTex(place: Place, layer: number): string {
  if (place === 'input') return String.raw`\mathrm{LN}(Z^{${layer + 1}})`;
  return place === 'half' ? `Z^{${layer + 1}+1/2}` : `Z^{${layer + 2}}`;
}

/** Coordinates whose axes keep their direction from one view to the next. */
function useAligned(view: SubspaceView | null): Float32Array | null {
  const previous = useRef<Float32Array | null>(null);
  return useMemo(() => {
    if (!view) return null;
    previous.current = alignSigns(view.coordinates, previous.current, 3);
    return previous.current;
  }, [view]);
}

export function SubspacesView({ operator, layer, config }: SubspacesViewProps) {
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame, 'subspaces');
  const svgRef = useRef<SVGSVGElement>(null);
  const head = useApp((state) => state.head);
  const subspace = useApp((state) => state.views.subspace);
  const info = useApp(selectPicture);
  const isCurrent =
    subspace?.layer === layer &&
    subspace.energy.length === tokenCount(config) &&
    subspace.head === head &&
    (operator === 'ista') === (subspace.place === 'output');
  const { value: view, isStale } = useLingering(isCurrent ? subspace : null);
  const coordinates = useAligned(view);
  const grid = gridSide(config);

  useSaveable(
    useMemo(
      () =>
        view &&
        coordinates && {
          name: `subspace layer ${view.layer + 1} head ${view.head + 1} ${view.place}`,
          // More tokens than that are drawn on a canvas.
          ...(view.energy.length <= MOST_VECTOR_POINTS ? { svg: () => svgRef.current } : {}),
          table: () => ({
            columns: ['token', 'axis 1', 'axis 2', 'axis 3', 'energy'],
            rows: Array.from(view.energy, (energy, i) => [
              tokenName(i, grid),
              ...coordinates.slice(3 * i, 3 * i + 3),
              energy,
            ]),
          }),
        },
      [view, coordinates, grid],
    ),
  );

  const isNarrow = width < 480;
  const side = isNarrow ? width : Math.floor(Math.min(456, width - 216 - 24));
  return (
    <div ref={frame}>
      {!view || !coordinates ? (
        <Awaited what="the subspace of a head" />
      ) : (
        width > 0 && (
          <div className={isStale ? 'subspace stage-stale' : 'subspace'}>
            <figure className="subspace-plot" style={{ width: side }}>
              <figcaption className="view-caption">
                <b>
                  <Tex>{`U_{${view.head + 1}}^{*}${placeTex(view.place, view.layer)}`}</Tex>
                </b>{' '}
                principal axes of head {view.head + 1}
                <span className="tick">
                  the first two hold {percent((view.variance[0] ?? 0) + (view.variance[1] ?? 0), 0)} of the variance
                </span>
              </figcaption>
              <SubspacePlot
                svgRef={svgRef}
                coordinates={coordinates}
                variance={view.variance}
                side={side}
                grid={grid}
                picture={info}
                label={`Tokens in the subspace of head ${view.head + 1}`}
              />
            </figure>
            <EnergyMap view={view} grid={grid} side={isNarrow ? width : Math.min(216, width - side - 16)} />
          </div>
        )
      )}
      {width > 0 && <Incoherence layer={layer} config={config} width={width} />}
    </div>
  );
}
