// How much of each token lies in the chosen head's subspace: ‖U_kᵀz_i‖² as a map over the picture.

import { ticks } from 'd3-array';
import { useMemo } from 'react';
import type { SubspaceView } from '../../../model/views.ts';
import { useApp } from '../../appContext.tsx';
import { AttentionMap } from '../../maps/AttentionMap.tsx';
import { ColorBar } from '../../maps/ColorBar.tsx';
import { maximum } from '../../maps/ramps.ts';
import { setting } from '../../text/numbers.ts';
import { Tex } from '../../text/Tex.tsx';
import { patchesOf } from './attention.ts';
import { patchOf, tokenName, tokenPlace } from './tokenNames.ts';
import { useSeenRaster } from './usePicture.ts';

interface EnergyMapProps {
  readonly view: SubspaceView;
  readonly grid: number;
  /** Room, px; the map is the largest multiple of the grid in it. */
  readonly side: number;
}

export function EnergyMap({ view, grid, side: room }: EnergyMapProps) {
  const token = useApp((state) => state.token);
  const hovered = useApp((state) => state.hoverToken);
  const mapStyle = useApp((state) => state.mapStyle);
  const hover = useApp((state) => state.hover);
  const pickToken = useApp((state) => state.pickToken);
  const { picture, hidden } = useSeenRaster(grid);
  const values = useMemo(() => patchesOf(view.energy), [view]);
  const max = maximum(values);
  const side = Math.max(1, Math.floor(room / grid)) * grid;
  const energy = (of: number) => setting(view.energy[of] ?? 0, 3);
  const told = hovered ?? token;
  return (
    <figure className="energy" style={{ width: side }}>
      <figcaption className="view-caption">
        <b>
          <Tex>{String.raw`\lVert U_{${view.head + 1}}^{*}z_i\rVert^2`}</Tex>
        </b>{' '}
        energy of each token
      </figcaption>
      <AttentionMap
        label={`Energy of each token in the subspace of head ${view.head + 1}`}
        values={values}
        grid={grid}
        side={side}
        max={max}
        style={mapStyle === 'plain' ? 'plain' : 'over'}
        picture={picture}
        hidden={hidden}
        picked={patchOf(token)}
        hovered={patchOf(hovered)}
        pickedShowsPixels={false}
        cellLabel={(patch) => `${tokenPlace(patch + 1, grid)}, energy ${energy(patch + 1)}`}
        tip={(patch) => (
          <>
            <b>{tokenName(patch + 1, grid)}</b>
            <span>energy</span>
            <span>{energy(patch + 1)}</span>
          </>
        )}
        onHover={(patch) => hover(patch === null ? null : patch + 1)}
        onPick={(patch) => pickToken(patch + 1)}
      />
      <div className="energy-legend">
        <ColorBar
          kind="seq"
          min={0}
          max={max}
          ticks={ticks(0, max, 4)}
          format={(value) => setting(value)}
          width={side}
          label="Energy"
        />
        <p className="tick">
          This map’s own scale.{' '}
          {told === 0 ? 'C' : `${tokenName(told, grid).replace('patch', 'Patch')} ${energy(told)}, c`}
          lass token {energy(0)}.
          {hidden && ' Flat cells and crossed-out tokens are hidden patches: the encoder sees the mask token there.'}
        </p>
      </div>
    </figure>
  );
}
