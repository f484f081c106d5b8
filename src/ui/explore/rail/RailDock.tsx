// The rail of a phone: docked at the thumb, layers alone, with the chosen half-step in words and a 44 px transport.

import { useMemo, useRef } from 'react';
import type { LayerTrace } from '../../../model/trace.ts';
import { headName, nonzeroShare, selectModel, selectPicture, selectReports } from '../../../store/selectors.ts';
import type { Normalisation, RateUnit, Step } from '../../../store/state.ts';
import { useApp } from '../../appContext.tsx';
import { axisNumber } from '../../charts/scales.ts';
import { Icon } from '../../controls/Icon.tsx';
import { percent } from '../../text/numbers.ts';
import { Tex } from '../../text/Tex.tsx';
import { useWidth } from '../../useWidth.ts';
import { Lanes } from './Lanes.tsx';
import { columnOf, RailKeys } from './RailKeys.tsx';
import { DOCK_RAIL, railGeometry } from './railGeometry.ts';
import { type Lane, ratesOf } from './railScales.ts';
import { stepName } from './sayStep.ts';
import { PlayButton, StepButton } from './Transport.tsx';

const NO_LAYERS = [] as const;
const RATE_LANE: Lane = [30, 54];
const NONZERO_LANE: Lane = [59, 77];
const CURSOR_MARGIN = 3;

interface ChangeProps {
  readonly step: Step;
  readonly layers: readonly LayerTrace[];
  readonly by: Normalisation;
  readonly unit: RateUnit;
}

/** From what to what the chosen half-step took its objective. */
function Change({ step, layers, by, unit }: ChangeProps) {
  const layer = 'layer' in step ? layers[step.layer] : undefined;
  if (!layer) return null;
  if (step.at === 'mssa') {
    const [input, half] = ratesOf(layer, by, unit);
    return (
      <span className="tick">
        <Tex>{'R^c'}</Tex>{' '}
        <span className="mssa">
          {axisNumber(input, 1)} <Icon name="right" size={13} className="dock-arrow" /> {axisNumber(half, 1)}
        </span>{' '}
        {unit}
      </span>
    );
  }
  // Codes have no count before they were made.
  if (layer.nonzero.codes !== undefined)
    return (
      <span className="tick">
        non-zeros of the codes <span className="ista">{percent(nonzeroShare(layer))}</span>
      </span>
    );
  return (
    <span className="tick">
      non-zeros{' '}
      <span className="ista">
        {percent(layer.nonzero.half)} <Icon name="right" size={13} className="dock-arrow" />{' '}
        {percent(layer.nonzero.output)}
      </span>
    </span>
  );
}

export function RailDock() {
  const track = useRef<HTMLDivElement>(null);
  const width = useWidth(track, 'dock');
  const step = useApp((state) => state.step);
  const by = useApp((state) => state.normalisation);
  const unit = useApp((state) => state.rateUnit);
  const stepTo = useApp((state) => state.stepTo);
  const picture = useApp(selectPicture);
  const layers = useApp((state) => selectReports(state)?.layers) ?? NO_LAYERS;
  const L = useApp((state) => selectModel(state)?.config.L) ?? layers.length;

  const head = useApp((state) => headName(selectModel(state)));
  const geometry = useMemo(() => railGeometry(width, L, DOCK_RAIL), [width, L]);
  const cursor = columnOf(geometry, step);
  return (
    <section className="dock" aria-label="Layers">
      <div className="dock-track" ref={track}>
        <div className="dock-columns" style={{ width: geometry.width }}>
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
            hasAxis={false}
          />
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
      <div className="dock-row">
        <StepButton by={-1} size="touch" />
        <div className="dock-words">
          <strong>{stepName(step, head)}</strong>
          <Change step={step} layers={layers} by={by} unit={unit} />
        </div>
        <PlayButton size="touch" />
        <StepButton by={1} size="touch" />
      </div>
    </section>
  );
}
