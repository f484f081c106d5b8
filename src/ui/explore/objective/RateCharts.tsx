// The charts of the objective: R^c (or its heads), non-zeros, and R and ΔR as small curves, all on one layer axis.

import type { RefObject } from 'react';
import type { Cohort } from '../../../model/card.ts';
import type { LayerTrace } from '../../../model/trace.ts';
import { listed } from '../../../store/diagnosis.ts';
import { countsCodes } from '../../../store/selectors.ts';
import { LineChart, type LineChartProps, lineChartHeight } from '../../charts/LineChart.tsx';
import { SmallMultiples } from '../../charts/SmallMultiples.tsx';
import { Spark, type SparkProps } from '../../charts/Spark.tsx';
import { axisNumber, labelRoom } from '../../charts/scales.ts';
import { sliced } from '../../sliced.tsx';
import { Tex } from '../../text/Tex.tsx';
import { headCurves, type Measure, nonzeroCurve, RATE_SYMBOL, rateCurves, reductionCurves } from './chartData.ts';

/** The drawings on screen, for saving. */
export interface ChartRefs {
  readonly rate: RefObject<SVGSVGElement | null>;
  readonly nonzero: RefObject<SVGSVGElement | null>;
  readonly R: RefObject<SVGSVGElement | null>;
  readonly deltaR: RefObject<SVGSVGElement | null>;
}

interface RateChartsProps {
  readonly layers: readonly LayerTrace[];
  readonly measure: Measure;
  /** For rates, null where ε² is not the data set's; and for non-zeros. */
  readonly rateCohort: Cohort | null;
  readonly cohort: Cohort | null;
  readonly cursor: { readonly layer: number; readonly operator: 'mssa' | 'ista' } | null;
  readonly head: number;
  readonly width: number;
  readonly refs: ChartRefs;
  readonly onPickLayer: (layer: number) => void;
  readonly onPickHead: (head: number) => void;
}

/** Sizes by the width of the panel: side column of a small window, of a large one or a phone, the whole window. */
const sizesAt = (width: number) =>
  width < 300
    ? { rate: 104, nonzero: 60, spark: 36, columns: 2, margin: { left: 28, right: 42 } }
    : width < 560
      ? { rate: 144, nonzero: 96, spark: 44, columns: 3, margin: { left: 34, right: 46 } }
      : { rate: 260, nonzero: 160, spark: 64, columns: 4, margin: { left: 40, right: 56 } };

const verdictOf = (against: readonly boolean[]): string => {
  const layers = against.flatMap((is, i) => (is ? [i + 1] : []));
  return layers.length
    ? `Against theory ${listed(layers, against.length, 'at')}.`
    : 'It falls from layer to layer, as theory says.';
};

const Room = ({ height }: { readonly height: number }) => <div style={{ height }} />;

// Together they are more than the page should draw at once.
const SlicedLines = sliced(LineChart, (props: LineChartProps) => <Room height={lineChartHeight(props)} />);
const SlicedSpark = sliced(Spark, ({ height }: SparkProps) => <Room height={height} />);

export function RateCharts(props: RateChartsProps) {
  const { layers, measure, rateCohort, cohort, cursor, head, width, refs, onPickLayer, onPickHead } = props;
  const { place, normalisation, rateUnit, perHead } = measure;
  const K = layers[0]?.Rc[place][normalisation].length ?? 0;
  const size = sizesAt(width);
  const rate = rateCurves(layers, measure, rateCohort);
  const nonzero = nonzeroCurve(layers, cohort);
  const ofCodes = countsCodes(layers);
  const { R, deltaR, against } = reductionCurves(layers, measure);
  // Both charts stand on one layer axis, so that they share the room that the longer numbers take.
  const highest = Math.max(0, ...rate.series.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const margin = { ...size.margin, left: Math.max(size.margin.left, labelRoom([axisNumber(highest, 0)])) };
  const name = `Coding rate R c at ${place}, ${rateUnit}, tokens ${normalisation}`;
  const spark = {
    width: Math.floor((width - 16) / 2),
    height: size.spark,
    unit: rateUnit,
    cursor,
    onPick: onPickLayer,
  };
  return (
    <div className="rate-charts">
      <figure>
        <figcaption className="chart-head label">
          <span className="is-ink">
            <Tex>{perHead ? RATE_SYMBOL[place].tex(K).replace(`[${K}]`, 'k') : RATE_SYMBOL[place].tex(K)}</Tex>
          </span>
          <span>
            <span className="if-wide">{perHead ? 'each head, ' : 'coding rate, '}</span>
            {rateUnit}
          </span>
          {!perHead && rate.band ? (
            <span className="chart-key tick">
              test set<span className="if-wide">, mean ± s.d.</span>
            </span>
          ) : null}
        </figcaption>
        {perHead ? (
          <SmallMultiples
            name={name}
            items={headCurves(layers, measure)}
            width={width}
            columns={Math.min(size.columns, Math.max(1, K))}
            accent="mssa"
            chosen={head}
            cursor={cursor}
            unit={rateUnit}
            height={size.rate > 200 ? 80 : 42}
            onPickItem={onPickHead}
            onPick={(item, layer) => {
              onPickHead(item);
              onPickLayer(layer);
            }}
            svgRef={refs.rate}
          />
        ) : (
          <SlicedLines
            name={name}
            summary={verdictOf(rate.against)}
            width={width}
            height={size.rate}
            accent="mssa"
            series={rate.series}
            against={rate.against}
            band={rate.band ? { ...rate.band, label: 'test set' } : null}
            cursor={cursor}
            unit={rateUnit}
            margin={margin}
            onPick={onPickLayer}
            svgRef={refs.rate}
          />
        )}
      </figure>
      <figure>
        <figcaption className="chart-head label">
          <span className="is-ink">
            {ofCodes ? 'Non-zeros of the codes ' : 'Non-zeros of '}
            <Tex>{ofCodes ? 'z_2' : 'Z^{\\ell+1}'}</Tex>
          </span>
          <span>per cent</span>
          {perHead && nonzero.band ? <span className="chart-key tick">test set</span> : null}
        </figcaption>
        <SlicedLines
          name={ofCodes ? 'Non-zeros of the codes, per cent' : 'Non-zeros of Z after ISTA, per cent'}
          summary={verdictOf(nonzero.against)}
          width={width}
          height={size.nonzero}
          accent="ista"
          series={nonzero.series}
          against={nonzero.against}
          band={nonzero.band ? { ...nonzero.band, label: 'test set' } : null}
          cursor={cursor}
          unit="per cent"
          margin={margin}
          hasLayerAxis
          onPick={onPickLayer}
          svgRef={refs.nonzero}
        />
      </figure>
      <div className="sparks">
        <figure>
          <figcaption className="label">
            <span className="is-ink">
              <Tex>R</Tex>
            </span>{' '}
            all tokens, {rateUnit}
          </figcaption>
          <SlicedSpark name="R of all tokens" values={R} svgRef={refs.R} {...spark} />
        </figure>
        <figure>
          <figcaption className="label">
            <span className="is-ink">
              <Tex>{'\\Delta R=R-R^c'}</Tex>
            </span>
          </figcaption>
          <SlicedSpark name="Delta R, R less R c" values={deltaR} against={against} svgRef={refs.deltaR} {...spark} />
        </figure>
      </div>
    </div>
  );
}
