// What stands in a view's place while it has nothing to draw: the cause in one sentence.

import type { AppState } from '../../../store/state.ts';
import { useApp } from '../../appContext.tsx';

interface AwaitedProps {
  /** What is missing, as a subject: "the dictionary". */
  readonly what: string;
}

function sentenceFor(state: AppState, what: string): string {
  if (state.views.sentence) return state.views.sentence;
  if (state.engine.status === 'failed') return state.engine.sentence;
  if (state.run.status === 'failed') return state.run.sentence;
  if (state.model.status === 'failed' && !state.model.last) return state.model.sentence;
  if (state.engine.status === 'recorded') return `Recorded trace: ${what} needs the live engine, which is on its way.`;
  return `Waiting for ${what}.`;
}

export function Awaited({ what }: AwaitedProps) {
  const sentence = useApp((state) => sentenceFor(state, what));
  return (
    <p className="stage-awaited read" role="status">
      {sentence}
    </p>
  );
}
