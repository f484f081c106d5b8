// What a drop or a paste brings, on any page: a file is opened, a refusal is said in the picture's place.

import type { ComponentProps } from 'react';
import { selectPicture } from '../../../store/selectors.ts';
import { useAppStore } from '../../appContext.tsx';
import type { DropTarget } from './DropTarget.tsx';

/** `onTaken` hears a file's name, and a sentence when more came than was taken. */
export function useTransfer(
  onTaken?: (name: string, notice: string | null) => void,
): ComponentProps<typeof DropTarget>['onTransfer'] {
  const store = useAppStore();
  return (transferred) => {
    const { openFile, resultsChanged } = store.getState();
    if (transferred.kind === 'refused') {
      const last = selectPicture(store.getState());
      resultsChanged({ pictureState: { status: 'failed', sentence: transferred.error.sentence, last } });
      return;
    }
    const { file, name, notice } = transferred;
    onTaken?.(name, notice);
    openFile(file.name === name ? file : new File([file], name, { type: file.type }));
  };
}
