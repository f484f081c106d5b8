// What a drop or a paste brings, on any page: a file is opened, a refusal is said in the picture's place.

import { type ComponentProps, useState } from 'react';
import { selectPicture } from '../../../store/selectors.ts';
import { useApp, useAppStore } from '../../appContext.tsx';
import type { DropTarget } from './DropTarget.tsx';

interface Transfer {
  readonly take: ComponentProps<typeof DropTarget>['onTransfer'];
  /** That more came than one picture, while that picture is the chosen one. */
  readonly notice: string | null;
}

export function useTransfer(): Transfer {
  const store = useAppStore();
  const choice = useApp((state) => state.picture);
  const [said, setSaid] = useState<{ readonly name: string; readonly sentence: string } | null>(null);
  return {
    notice: said && choice.kind === 'own' && choice.name === said.name ? said.sentence : null,
    take(transferred) {
      const { openFile, resultsChanged } = store.getState();
      if (transferred.kind === 'refused') {
        const last = selectPicture(store.getState());
        resultsChanged({ pictureState: { status: 'failed', sentence: transferred.error.sentence, last } });
        return;
      }
      const { file, name, notice } = transferred;
      setSaid(notice === null ? null : { name, sentence: notice });
      openFile(file.name === name ? file : new File([file], name, { type: file.type }));
    },
  };
}
