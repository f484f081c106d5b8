// The lines of the input menu: the samples, and a picture of one's own.

import { SAMPLES } from '../../../store/samples.ts';
import { useApp } from '../../appContext.tsx';
import type { MenuEntry } from '../../controls/menuEntry.ts';
import { pickFile } from '../../pickFile.ts';

/** The name of the chosen picture: the sample's title, or the file's. */
export function usePictureTitle(): string {
  const choice = useApp((state) => state.picture);
  if (choice.kind === 'own') return choice.name;
  return SAMPLES.find((sample) => sample.id === choice.id)?.title ?? choice.id;
}

/** A picture of one's own. */
function useOwnEntries(): readonly MenuEntry[] {
  const openPicture = useApp((state) => state.openPicture);
  const setTransient = useApp((state) => state.setTransient);
  return [
    {
      id: 'open-picture',
      label: 'Open a picture…',
      onSelect: () => pickFile('image/*', (file) => openPicture(file, file.name)),
    },
    { id: 'camera', label: 'Camera…', onSelect: () => setTransient({ dialog: 'camera' }) },
  ];
}

/** For one menu that holds everything: the samples are behind one line. */
export function useShortInputEntries(): readonly MenuEntry[] {
  const setTransient = useApp((state) => state.setTransient);
  const own = useOwnEntries();
  return [{ id: 'samples', label: 'Samples…', onSelect: () => setTransient({ dialog: 'samples' }) }, ...own];
}

export function useInputEntries(): readonly MenuEntry[] {
  const choice = useApp((state) => state.picture);
  const openSample = useApp((state) => state.openSample);
  const own = useOwnEntries();
  return [
    ...SAMPLES.map(
      (sample): MenuEntry => ({
        id: `sample-${sample.id}`,
        label: sample.title,
        note: sample.label,
        checked: choice.kind === 'sample' && choice.id === sample.id,
        onSelect: () => openSample(sample.id),
      }),
    ),
    { kind: 'separator', id: 'before-own' },
    ...own,
  ];
}
