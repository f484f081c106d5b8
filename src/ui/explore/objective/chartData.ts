// What the objective's charts draw and save: from the measures of each layer to curves in the chosen unit, and to tables.

import type { Cohort } from '../../../model/card.ts';
import type { LayerTrace, Place } from '../../../model/trace.ts';
import { goesAgainst } from '../../../store/diagnosis.ts';
import { countsCodes, inUnit, nonzeroShare, rateGiven, rateOfAll, rateReduction } from '../../../store/selectors.ts';
import type { Normalisation, RateUnit } from '../../../store/state.ts';
import type { BandValues } from '../../charts/Band.tsx';
import type { Table } from '../../charts/exportCsv.ts';
import type { ChartSeries } from '../../charts/LineChart.tsx';

/** How the coding rates are read; part of every link. */
export interface Measure {
  readonly normalisation: Normalisation;
  readonly place: Place;
  readonly rateUnit: RateUnit;
  readonly perHead: boolean;
}

export const PLACES: readonly Place[] = ['input', 'half', 'output'];

/** What is measured at each place, as LaTeX and as the plain text of an exported drawing; `K` heads. */
export const RATE_SYMBOL: Readonly<Record<Place, { tex: (K: number) => string; plain: (K: number) => string }>> = {
  input: {
    tex: (K) => `R^c(\\mathrm{LN}(Z^{\\ell})\\mid U_{[${K}]})`,
    plain: (K) => `R^{c}(LN(Z^{ℓ}) | U_{[${K}]})`,
  },
  half: {
    tex: (K) => `R^c(Z^{\\ell+1/2}\\mid U_{[${K}]})`,
    plain: (K) => `R^{c}(Z^{ℓ+1/2} | U_{[${K}]})`,
  },
  output: {
    tex: (K) => `R^c(Z^{\\ell+1}\\mid U_{[${K}]})`,
    plain: (K) => `R^{c}(Z^{ℓ+1} | U_{[${K}]})`,
  },
};

/** The ε² at which the data set's curves were measured. */
const COHORT_EPS2 = 0.01;

/** The cohort if it speaks of these numbers: as many layers, and (for rates) the same ε². */
export function fittingCohort(cohort: Cohort | null, layers: number, eps2: number | null): Cohort | null {
  if (!cohort || cohort.nonzero.mean.length !== layers || cohort.Rc.half.unit.mean.length !== layers) return null;
  return eps2 === null || Math.abs(eps2 - COHORT_EPS2) < 1e-9 ? cohort : null;
}

/**
 * Per layer: R^c did not fall from the layer before, or (measured half way) MSSA did not lower it from its input. Both are claims
 * of the theory about this very mark.
 */
const rateAgainst = (at: (where: Place) => readonly number[], place: Place): readonly boolean[] => {
  const input = at('input');
  const between = goesAgainst(at(place));
  if (place !== 'half') return between;
  return at('half').map((half, i) => between[i] === true || goesAgainst([input[i] ?? Number.NaN, half])[1] === true);
};

export interface CurveData {
  /** The chosen curve, last, and the others. */
  readonly series: readonly ChartSeries[];
  readonly against: readonly boolean[];
  readonly band: BandValues | null;
}

/** R^c at the three places; the chosen one is the main curve and lies on top. */
export function rateCurves(layers: readonly LayerTrace[], measure: Measure, cohort: Cohort | null): CurveData {
  const { normalisation, place, rateUnit } = measure;
  const at = (where: Place) => layers.map((layer) => inUnit(rateGiven(layer, where, normalisation), rateUnit));
  const others = PLACES.filter((where) => where !== place);
  const band = cohort?.Rc[place][normalisation];
  return {
    series: [
      // Of the two others the later one is dashed, so that they can be told apart without their names.
      ...others.map((where, i) => ({
        id: where,
        label: where,
        values: at(where),
        emphasis: i === 1 ? ('dashed' as const) : ('thin' as const),
      })),
      { id: place, label: place, values: at(place), emphasis: 'main' as const },
    ],
    against: rateAgainst(at, place),
    band: band
      ? { mean: band.mean.map((v) => inUnit(v, rateUnit)), std: band.std.map((v) => inUnit(v, rateUnit)) }
      : null,
  };
}

/** Each head's term of R^c at the chosen place: K curves. */
export const headCurves = (layers: readonly LayerTrace[], { normalisation, place, rateUnit }: Measure) =>
  (layers[0]?.Rc[place][normalisation] ?? []).map((_, head) => {
    const at = (where: Place) =>
      layers.map((layer) => inUnit(layer.Rc[where][normalisation][head] ?? Number.NaN, rateUnit));
    return { name: `Head ${head + 1}`, values: at(place), against: rateAgainst(at, place) };
  });

/** Non-zeros of Z^{ℓ+1}, or of the codes where there are some, per cent. The data set's curve is of Z^{ℓ+1} alone. */
export function nonzeroCurve(layers: readonly LayerTrace[], given: Cohort | null): CurveData {
  const values = layers.map((layer) => nonzeroShare(layer) * 100);
  const cohort = countsCodes(layers) ? null : given;
  return {
    series: [{ id: 'non-zeros', label: '', values, emphasis: 'main' }],
    against: goesAgainst(values),
    band: cohort
      ? { mean: cohort.nonzero.mean.map((v) => v * 100), std: cohort.nonzero.std.map((v) => v * 100) }
      : null,
  };
}

/** R over all tokens and ΔR = R − R^c; theory raises ΔR, so a fall goes against it. It makes no claim on R alone. */
export function reductionCurves(layers: readonly LayerTrace[], { normalisation, place, rateUnit }: Measure) {
  const deltaR = layers.map((layer) => inUnit(rateReduction(layer, place, normalisation), rateUnit));
  return {
    R: layers.map((layer) => inUnit(rateOfAll(layer, place, normalisation), rateUnit)),
    deltaR,
    against: goesAgainst(deltaR.map((value) => -value)),
  };
}

/** The charts as shown, one row a layer: rates in the chosen unit at `eps2`, non-zeros as a share in [0, 1]. */
export function chartTable(
  layers: readonly LayerTrace[],
  measure: Measure,
  eps2: number,
  rateCohort: Cohort | null,
  cohort: Cohort | null,
): Table {
  const { normalisation, place, rateUnit, perHead } = measure;
  const rates = rateCurves(layers, measure, rateCohort);
  const heads = perHead ? headCurves(layers, measure) : [];
  const { R, deltaR } = reductionCurves(layers, measure);
  const inOrder = PLACES.map((where) => rates.series.find(({ id }) => id === where)?.values ?? []);
  const band = perHead ? null : rates.band;
  const head = [
    ...(perHead ? heads.map(({ name }) => `Rc ${place} ${name.toLowerCase()}`) : PLACES.map((where) => `Rc ${where}`)),
    `R ${place}`,
    `deltaR ${place}`,
    ...(band ? [`Rc ${place} test mean`, `Rc ${place} test std`] : []),
  ].map((name) => `${name} (${rateUnit}, ${normalisation}, eps2 ${eps2})`);
  const hasCodes = countsCodes(layers);
  return {
    columns: [
      'layer',
      ...head,
      'nonzero output',
      ...(hasCodes ? ['nonzero codes'] : []),
      ...(cohort ? ['nonzero test mean', 'nonzero test std'] : []),
    ],
    rows: layers.map((layer, i) => [
      layer.index,
      ...(perHead ? heads.map(({ values }) => values[i] ?? null) : inOrder.map((values) => values[i] ?? null)),
      R[i] ?? null,
      deltaR[i] ?? null,
      ...(band ? [band.mean[i] ?? null, band.std[i] ?? null] : []),
      layer.nonzero.output,
      ...(hasCodes ? [layer.nonzero.codes ?? null] : []),
      ...(cohort ? [cohort.nonzero.mean[i] ?? null, cohort.nonzero.std[i] ?? null] : []),
    ]),
  };
}
