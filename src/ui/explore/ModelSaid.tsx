// That a model has been loaded, in a few words: "CRATE-Small loaded: 12 × 576, 12 heads (from the table)".

import type { Origin } from '../../model/findings.ts';
import type { ModelInfo } from '../../store/state.ts';
import { useApp } from '../appContext.tsx';

const FROM: Readonly<Record<Origin, string>> = {
  shape: ' (from the shapes)',
  file: ' (from the file)',
  table: ' (from the table)',
  code: ' (the released code’s)',
  given: ' (given)',
  unknown: '',
};

function sentenceOn({ title, config, opened }: ModelInfo): string {
  const { L, d, K } = config;
  const origin = opened?.findings.constants.find(({ key }) => key === 'heads')?.origin;
  const name = opened ? (opened.findings.released ?? opened.findings.architecture) : title;
  return `${name} loaded: ${L} × ${d}, ${K} ${K === 1 ? 'head' : 'heads'}${origin ? FROM[origin] : ''}`;
}

/** A polite live region; of what is on screen at any time it says the newest. */
export function ModelSaid({ isUnseen = false }: { readonly isUnseen?: boolean }) {
  const text = useApp(({ model }) => (model.status === 'ready' ? sentenceOn(model.info) : ''));
  return (
    <span role="status" className={isUnseen ? 'unseen' : undefined}>
      {text}
    </span>
  );
}
