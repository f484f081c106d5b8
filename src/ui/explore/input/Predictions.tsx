// What the model takes the picture for: the five likeliest classes.

import type { Prediction } from '../../../model/trace.ts';
import { bare } from '../../text/numbers.ts';

export function Predictions({ top }: { readonly top: readonly Prediction[] | null }) {
  return (
    <section className="predictions" aria-label="Prediction">
      <header className="input-head">
        <h2>Prediction</h2>
        <span className="tick">probability</span>
      </header>
      {top ? (
        <ol>
          {top.slice(0, 5).map(({ index, label, probability }) => (
            <li key={index} className="prediction">
              <span className="prediction-label">{label}</span>
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
