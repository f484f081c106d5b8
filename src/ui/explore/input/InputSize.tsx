// At which size the model sees the picture. Only its text stands here at first; the choice comes once the model has said which sizes it
// can be run at.

import { useId } from 'react';
import { selectModel, selectTokenCount } from '../../../store/selectors.ts';
import type { SizeOption } from '../../../store/state.ts';
import { useApp } from '../../appContext.tsx';
import { Icon } from '../../controls/Icon.tsx';
import { Menu } from '../../controls/Menu.tsx';
import type { MenuEntry } from '../../controls/menuEntry.ts';
import { count, fixed } from '../../text/numbers.ts';

const MIB = 2 ** 20;
const mebibytes = (bytes: number): string => `${bytes < 10 * MIB ? fixed(bytes / MIB) : count(bytes / MIB)}\u00a0MiB`;

const sizeText = (side: number, tokens: number): string => `${side} px, ${count(tokens)} tokens`;

const INTERPOLATED = 'At another size than the trained one the position embeddings are interpolated (bicubic).';

function useEntries(sizes: readonly SizeOption[], side: number, trainedSide: number): readonly MenuEntry[] {
  const choose = useApp((state) => state.choose);
  return sizes.map((option) => ({
    id: String(option.side),
    label: `${sizeText(option.side, option.tokens)}${option.side === trainedSide ? ', as trained' : ''}`,
    note: mebibytes(option.bytes),
    detail: option.refusal ?? undefined,
    checked: option.side === side,
    disabled: option.refusal !== null,
    onSelect: () => choose({ side: option.side === trainedSide ? 0 : option.side }),
  }));
}

export function InputSize() {
  const helpId = useId();
  const model = useApp(selectModel);
  const tokens = useApp(selectTokenCount);
  const sizes = useApp((state) => state.sizes);
  const sizeNotice = useApp((state) => state.sizeNotice);
  const side = model?.config.imageSize ?? 0;
  const trainedSide = model?.trainedSide ?? side;
  const entries = useEntries(sizes, side, trainedSide);
  const text = side > 0 ? sizeText(side, tokens) : '';
  const trainedGrid = model ? trainedSide / model.config.patchSize : 0;
  const hasChoice = sizes.length > 1;
  return (
    <div className={hasChoice ? 'input-size' : 'input-size input-size-told'}>
      {hasChoice ? (
        <Menu
          align="start"
          note={INTERPOLATED}
          entries={entries}
          trigger={
            <button type="button" className="picker" aria-describedby={helpId}>
              <small className="picker-label">Input</small>
              <span className="picker-value">{text}</span>
              <Icon name="down" size={12} />
            </button>
          }
        />
      ) : (
        <>
          <small className="picker-label">Input</small> {text}
        </>
      )}
      {hasChoice ? (
        <span id={helpId} className={side === trainedSide ? 'unseen' : 'input-size-help tick'}>
          {side === trainedSide
            ? INTERPOLATED
            : `Positions are interpolated (bicubic) from ${trainedGrid}\u00a0×\u00a0${trainedGrid}.`}
        </span>
      ) : null}
      {sizeNotice ? (
        <p className="picture-notice label" role="status">
          {sizeNotice}
        </p>
      ) : null}
    </div>
  );
}
