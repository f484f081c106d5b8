// What the model takes the picture for: the five likeliest classes; CRATE-MAE, which has none, shows its reconstruction.

import { Suspense } from 'react';
import type { Prediction } from '../../../model/trace.ts';
import { selectModel } from '../../../store/selectors.ts';
import { useApp } from '../../appContext.tsx';
import { later } from '../../later.tsx';
import { bare } from '../../text/numbers.ts';
import { classLabel } from '../stage/largest.ts';
import './predictions.css';

const Reconstruction = later(async () => (await import('./Reconstruction.tsx')).Reconstruction);

/** A name with more letters takes more of the line. */
const LONG = 12;

export function Predictions({ top }: { readonly top: readonly Prediction[] | null }) {
  const model = useApp(selectModel);
  if (model?.config.kind === 'crate-mae')
    return (
      <Suspense fallback={<section className="predictions predictions-none" aria-label="Reconstruction" />}>
        <Reconstruction key={model.sha256} model={model} />
      </Suspense>
    );
  const shown = top?.slice(0, 5).map((each) => ({ ...each, label: classLabel(each.label, each.index) })) ?? [];
  const row = shown.some(({ label }) => label.length > LONG) ? 'prediction prediction-long' : 'prediction';
  return (
    <section className="predictions" aria-label="Prediction">
      <header className="input-head">
        <h2>Prediction</h2>
        <span className="tick">probability</span>
      </header>
      {shown.length > 0 ? (
        <ol>
          {shown.map(({ index, label, probability }) => (
            <li key={index} className={row}>
              <span className="prediction-label" title={label}>
                {label}
              </span>
              <span className="prediction-track" aria-hidden="true">
                <span className="prediction-bar" style={{ width: `${probability * 100}%` }} />
              </span>
              <span className="prediction-value">{bare(probability)}</span>
            </li>
          ))}
        </ol>
      ) : (
        <p className="label predictions-none">It appears when the picture has run.</p>
      )}
    </section>
  );
}
