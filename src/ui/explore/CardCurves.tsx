// What the card says of a model over the whole test set: the shipped weights, the variants trained beside them, random weights.

import type { Cohort, ModelCard } from '../../model/card.ts';
import { goesAgainst } from '../../store/diagnosis.ts';
import { LineChart } from '../charts/LineChart.tsx';
import { percent } from '../text/numbers.ts';
import { Tex } from '../text/Tex.tsx';

const WIDTH = 300;
const HEIGHT = 130;
const MARGIN = { left: 34, right: 78 };

interface CardChart {
  readonly id: string;
  readonly symbol: string;
  readonly words: string;
  readonly accent: 'mssa' | 'ista';
  readonly unit: string;
  readonly of: (cohort: Cohort) => readonly number[];
}

const CHARTS: readonly CardChart[] = [
  {
    id: 'rate',
    symbol: 'R^c(Z^{\\ell+1/2})',
    words: 'unit-normalised, nats',
    accent: 'mssa',
    unit: 'nats',
    of: (cohort) => cohort.Rc.half.unit.mean,
  },
  {
    id: 'nonzero',
    symbol: 'Z^{\\ell+1}',
    words: 'non-zeros, per cent',
    accent: 'ista',
    unit: 'per cent',
    of: (cohort) => cohort.nonzero.mean.map((share) => 100 * share),
  },
];

export function CardCurves({ card }: { readonly card: ModelCard }) {
  const variants = card.variants ?? [];
  return (
    <section className="card-curves" aria-label="Curves over the test set">
      <h4>Over the test set</h4>
      <div className="card-curves-pair">
        {CHARTS.map(({ id, symbol, words, accent, unit, of }) => {
          const values = of(card.cohort);
          const others = variants.map(({ name, cohort }) => ({
            id: name,
            label: name,
            values: of(cohort),
            emphasis: 'thin' as const,
          }));
          const init = card.cohortAtInit
            ? [{ id: 'init', label: 'random init', values: of(card.cohortAtInit), emphasis: 'dashed' as const }]
            : [];
          return (
            <figure key={id}>
              <figcaption className="label">
                <Tex>{symbol}</Tex> {words}
              </figcaption>
              <LineChart
                name={`${words}, mean over the test set`}
                width={WIDTH}
                height={HEIGHT}
                accent={accent}
                unit={unit}
                margin={MARGIN}
                series={[...init, ...others, { id: 'shipped', label: 'these weights', values, emphasis: 'main' }]}
                against={goesAgainst(values)}
              />
            </figure>
          );
        })}
      </div>
      {variants.map(({ name, accuracy }) => (
        <p key={name} className="label">
          Trained beside them: “{name}”, {percent(accuracy.test)} on the test pictures.
        </p>
      ))}
    </section>
  );
}
