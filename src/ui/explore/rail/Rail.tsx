// The rail: one column a half-step, its objective beneath, and the transport. It reads the whole network at a glance and is the
// way through it. Below 640 px it docks at the bottom (RailDock).

import { useMemo, useRef } from 'react';
import {
  countsCodes,
  headName,
  nonzeroShare,
  selectModel,
  selectPicture,
  selectReports,
} from '../../../store/selectors.ts';
import { useApp } from '../../appContext.tsx';
import { axisNumber } from '../../charts/scales.ts';
import { percent } from '../../text/numbers.ts';
import { PHONE, useMedia } from '../../useMedia.ts';
import { useWidth } from '../../useWidth.ts';
import { Lanes } from './Lanes.tsx';
import { RailDock } from './RailDock.tsx';
import { columnOf, RailKeys } from './RailKeys.tsx';
import { RailLegend } from './RailLegend.tsx';
import { RailVerdict } from './RailVerdict.tsx';
import { NARROW_RAIL, railGeometry, WIDE_RAIL, withDecoder } from './railGeometry.ts';
import { type Lane, ratesOf } from './railScales.ts';
import { Transport } from './Transport.tsx';
import './rail.css';

const NO_LAYERS = [] as const;
const RATE_LANE: Lane = [58, 95];
const NONZERO_LANE: Lane = [101, 127];
/** Narrower columns print the chosen value alone. */
const VALUE_WIDTH = 38;

/** The chosen column turns paper and opens into the stage: this much wider than its key on each side. */
const CURSOR_MARGIN = 4;

function WideRail() {
  const track = useRef<HTMLDivElement>(null);
  const width = useWidth(track, 'rail', 'in steps');
  const isWide = useMedia('(min-width: 1280px)');
  const step = useApp((state) => state.step);
  const by = useApp((state) => state.normalisation);
  const unit = useApp((state) => state.rateUnit);
  const stepTo = useApp((state) => state.stepTo);
  const picture = useApp(selectPicture);
  const layers = useApp((state) => selectReports(state)?.layers) ?? NO_LAYERS;
  const L = useApp((state) => selectModel(state)?.config.L) ?? layers.length;

  const head = useApp((state) => headName(selectModel(state)));

  const sizes = isWide ? WIDE_RAIL : NARROW_RAIL;
  // The same object as long as it says the same: the lanes and the keys are drawn anew only with another.
  const geometry = useMemo(
    () => railGeometry(width, L, head === 'decoder' ? withDecoder(sizes) : sizes),
    [width, L, head, sizes],
  );
  const cursor = columnOf(geometry, step);
  const chosenLayer = 'layer' in step ? step.layer : -1;
  return (
    <section className="rail" aria-label="Layers">
      <div className="rail-left">
        <Transport />
        <RailLegend by={by} unit={unit} ofCodes={countsCodes(layers)} />
      </div>
      <div className="rail-track" ref={track}>
        <div className="rail-columns" style={{ width: geometry.width }}>
          {cursor && width > 0 ? (
            <div
              className="rail-cursor"
              style={{ left: cursor.x - CURSOR_MARGIN, width: cursor.width + 2 * CURSOR_MARGIN }}
            />
          ) : null}
          <Lanes
            geometry={geometry}
            layers={layers}
            by={by}
            unit={unit}
            step={step}
            rateLane={RATE_LANE}
            nonzeroLane={NONZERO_LANE}
            hasAxis
          />
          {geometry.layers.map(({ x, width: layerWidth, mssa, ista }, index) => {
            const layer = layers[index];
            const isChosen = index === chosenLayer;
            const shows = (at: 'mssa' | 'ista') =>
              layer && (geometry.half >= VALUE_WIDTH || (isChosen && step.at === at));
            const valueClass = (at: 'mssa' | 'ista') =>
              isChosen && step.at === at ? `rail-value ${at} rail-chosen` : `rail-value ${at}`;
            return (
              <div key={x} aria-hidden="true">
                <span
                  className={isChosen ? 'rail-layer rail-chosen' : 'rail-layer'}
                  style={{ left: x, width: layerWidth }}
                >
                  {index === 0 && isWide && layerWidth > 48 ? 'layer 1' : index + 1}
                </span>
                {layer && shows('mssa') ? (
                  <span className={valueClass('mssa')} style={{ left: mssa.x + mssa.width / 2 }}>
                    {axisNumber(ratesOf(layer, by, unit)[1], 1)}
                  </span>
                ) : null}
                {layer && shows('ista') ? (
                  <span className={valueClass('ista')} style={{ left: ista.x + ista.width / 2 }}>
                    {percent(nonzeroShare(layer))}
                  </span>
                ) : null}
              </div>
            );
          })}
          {width > 0 ? (
            <RailKeys
              geometry={geometry}
              step={step}
              layers={layers}
              by={by}
              unit={unit}
              picture={picture}
              head={head}
              onStep={stepTo}
            />
          ) : null}
        </div>
      </div>
      <div className="rail-right">
        <RailVerdict layers={layers} by={by} />
      </div>
    </section>
  );
}

export function Rail() {
  const isPhone = useMedia(PHONE);
  return isPhone ? <RailDock /> : <WideRail />;
}

/** The row of a rail that is not drawn yet; the dock lies over the page. */
export function RailRoom() {
  const isPhone = useMedia(PHONE);
  return isPhone ? null : <div className="rail" />;
}
