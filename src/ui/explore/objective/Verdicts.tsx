// What the measures of this picture say about the theory: a solid dot as it says, a hollow one against it.

import type { Verdict } from '../../../store/diagnosis.ts';
import { Dot } from '../../controls/Dot.tsx';
import { Sentence } from './Sentence.tsx';

export function Verdicts({ verdicts }: { readonly verdicts: readonly Verdict[] }) {
  return (
    <ul className="verdicts read">
      {verdicts.map(({ claim, operator, holds, text }) => (
        <li key={claim}>
          {holds === null ? <span className="verdict-none" /> : <Dot agrees={holds} of={operator} isSaid />}
          <span>
            <Sentence text={text} />
          </span>
        </li>
      ))}
    </ul>
  );
}
