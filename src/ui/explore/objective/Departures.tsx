// Where this picture departs from the theory: what, where, by how much; "show" puts that measure and layer on screen.

import { useState } from 'react';
import type { Place } from '../../../model/trace.ts';
import { byRelevance, type Departure, departureWhat, departureWhere } from '../../../store/diagnosis.ts';
import type { Normalisation, RateUnit } from '../../../store/state.ts';
import { Dot } from '../../controls/Dot.tsx';
import { Sentence } from './Sentence.tsx';

interface DeparturesProps {
  readonly departures: readonly Departure[];
  readonly normalisation: Normalisation;
  readonly place: Place;
  readonly unit: RateUnit;
  /** How many are listed before "all"; those that the chosen measure shows come first. */
  readonly few: number;
  readonly onShow: (departure: Departure) => void;
}

export function Departures({ departures, normalisation, place, unit, few, onShow }: DeparturesProps) {
  const [isOpen, setOpen] = useState(false);
  const sorted = byRelevance(departures, normalisation, place);
  const listed = isOpen ? sorted : sorted.slice(0, few);
  return (
    <section className="departures" aria-label="Against theory">
      <header className="objective-head">
        <h3>Against theory</h3>
        {sorted.length > few ? (
          <button type="button" className="text-button label" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
            {isOpen ? 'fewer' : `all ${sorted.length}`}
          </button>
        ) : null}
      </header>
      {sorted.length ? (
        <ul className="label">
          {listed.map((departure) => {
            const where = departureWhere(departure);
            const what = departureWhat(departure, unit);
            return (
              <li key={`${departure.claim}${where}`} className="departure">
                <Dot agrees={false} of={departure.operator} isSaid />
                <span>
                  <Sentence text={`${where}: ${what}`} />
                </span>
                <button
                  type="button"
                  className="text-button"
                  aria-label={`Show ${where}: ${what}`}
                  onClick={() => onShow(departure)}
                >
                  show
                </button>
              </li>
            );
          })}
        </ul>
      ) : (
        <p className="label">Nothing in this picture goes against it, by either normalisation, at any place.</p>
      )}
    </section>
  );
}
