// The measures along the rail. MSSA column: the slope from R^c at the layer's input to R^c at its half-step, blue, and in grey what
// ISTA then did; lines break between layers because U changes. ISTA column: the share of non-zeros as a bar from zero.

import { memo } from 'react';
import type { LayerTrace } from '../../../model/trace.ts';
import { nonzeroShare } from '../../../store/selectors.ts';
import type { Normalisation, RateUnit, Step } from '../../../store/state.ts';
import { axisNumber } from '../../charts/scales.ts';
import { percent } from '../../text/numbers.ts';
import type { LayerColumns, RailGeometry } from './railGeometry.ts';
import { type Lane, type RailScales, railScales, ratesOf } from './railScales.ts';
import { istaAgrees, mssaAgrees } from './verdict.ts';

interface LanesProps {
  readonly geometry: RailGeometry;
  readonly layers: readonly LayerTrace[];
  readonly by: Normalisation;
  readonly unit: RateUnit;
  readonly step: Step;
  readonly rateLane: Lane;
  readonly nonzeroLane: Lane;
  /** Numbers at both ends of both scales, left of the first layer. */
  readonly hasAxis: boolean;
}

interface LayerMarksProps {
  readonly columns: LayerColumns;
  readonly rates: readonly [input: number, half: number, output: number];
  readonly nonzero: number;
  readonly lowered: boolean;
  readonly sparser: boolean;
  /** What shows through a hollow slope: the surface behind it. */
  readonly hollow: string;
  readonly scales: RailScales;
}

function LayerMarks({ columns, rates, nonzero, lowered, sparser, hollow, scales }: LayerMarksProps) {
  const { mssa, ista } = columns;
  const [a, b, c] = rates.map(scales.rate) as [number, number, number];
  const isTight = ista.width < 20;
  const slope = `M${mssa.x + (isTight ? 1 : 3)} ${a}L${ista.x} ${b}`;
  const end = ista.x + ista.width - 2;
  const top = scales.nonzero(nonzero);
  const bottom = scales.nonzero(0);
  const inset = isTight ? 1 : 4;
  return (
    <>
      <path className="lanes-after" d={`M${ista.x} ${b}L${end} ${c}`} />
      <circle className="lanes-after-end" cx={end} cy={c} r={isTight ? 1.3 : 1.8} />
      <path className={lowered ? 'lanes-slope' : 'lanes-slope lanes-slope-against'} d={slope} />
      {lowered ? null : <path className="lanes-slope-hollow" d={slope} stroke={hollow} />}
      <circle
        className="lanes-half"
        cx={ista.x}
        cy={b}
        r={isTight ? 2.4 : 3.2}
        fill={lowered ? 'var(--mssa)' : hollow}
      />
      {sparser ? (
        <rect
          className="lanes-bar"
          x={ista.x + inset}
          y={top}
          width={ista.width - 2 * inset}
          height={Math.max(0, bottom - top)}
        />
      ) : (
        <rect
          className="lanes-bar-against"
          x={ista.x + inset + 0.75}
          y={Math.min(top + 0.75, bottom)}
          width={ista.width - 2 * inset - 1.5}
          height={Math.max(0, bottom - top - 0.75)}
        />
      )}
    </>
  );
}

export const Lanes = memo(function Lanes(props: LanesProps) {
  const { geometry, layers, by, unit, step, rateLane, nonzeroLane, hasAxis } = props;
  const first = geometry.layers[0];
  const last = geometry.layers.at(-1);
  if (!first || !last || layers.length === 0) return null;
  const scales = railScales(layers, by, unit, rateLane, nonzeroLane);
  const axisX = first.x - 8;
  return (
    <svg className="lanes" width={geometry.width} height={nonzeroLane[1] + 4} aria-hidden="true">
      <path className="lanes-zero" d={`M${first.x} ${nonzeroLane[1] + 0.5}H${last.x + last.width}`} />
      {hasAxis ? (
        <g textAnchor="end">
          <text x={axisX} y={rateLane[0] + 8}>
            {axisNumber(scales.rateEnds[1], 0)}
          </text>
          <text x={axisX} y={rateLane[1]}>
            {axisNumber(scales.rateEnds[0], 0)}
          </text>
          <text x={axisX} y={nonzeroLane[0] + 9}>
            {percent(scales.nonzeroTop, 0)}
          </text>
          <text x={axisX} y={nonzeroLane[1] + 1}>
            0
          </text>
        </g>
      ) : null}
      {geometry.layers.map((columns, index) => {
        const layer = layers[index];
        if (!layer) return null;
        return (
          <LayerMarks
            key={layer.index}
            columns={columns}
            rates={ratesOf(layer, by, unit)}
            nonzero={nonzeroShare(layer)}
            lowered={mssaAgrees(layer, by)}
            sparser={istaAgrees(layers, index)}
            hollow={step.at === 'mssa' && step.layer === index ? 'var(--paper)' : 'var(--band)'}
            scales={scales}
          />
        );
      })}
    </svg>
  );
});
