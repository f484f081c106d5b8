// Saves the open view: PNG of what is shown, CSV of its numbers, SVG where it is drawn in vectors.

import { type RefObject, useState } from 'react';
import { selectModel, selectPicture } from '../../../store/selectors.ts';
import { sentenceOf } from '../../../store/sentence.ts';
import { useAppStore } from '../../appContext.tsx';
import { exportCsv } from '../../charts/exportCsv.ts';
import { IconButton } from '../../controls/Button.tsx';
import { Menu } from '../../controls/Menu.tsx';
import type { MenuEntry } from '../../controls/menuEntry.ts';
import { saveCsv, savePng, saveSvg } from '../../export.ts';
import { snapshotPng, svgFile } from '../../maps/snapshot.ts';
import type { Saveable } from './saveContext.tsx';

interface SaveMenuProps {
  readonly saveable: Saveable | null;
  /** What a PNG shows. */
  readonly shown: RefObject<HTMLElement | null>;
}

export function SaveMenu({ saveable, shown }: SaveMenuProps) {
  const store = useAppStore();
  const [sentence, setSentence] = useState<string | null>(null);
  const subject = () => ({
    model: selectModel(store.getState())?.id ?? 'model',
    picture: selectPicture(store.getState())?.name ?? 'picture',
    measure: saveable?.name ?? 'view',
  });
  const save = (what: string, work: () => Promise<void> | void) => () => {
    setSentence(null);
    Promise.resolve()
      .then(work)
      .catch((cause: unknown) => setSentence(`${what} was not saved. ${sentenceOf(cause)}`));
  };
  const entries: MenuEntry[] = [
    {
      id: 'png',
      label: 'PNG',
      note: 'what is shown, twice the size',
      onSelect: save('PNG', async () => {
        if (shown.current) savePng(await snapshotPng(shown.current), subject());
      }),
    },
    {
      id: 'csv',
      label: 'CSV',
      note: 'its numbers',
      onSelect: save('CSV', () => {
        if (saveable) saveCsv(exportCsv(saveable.table()), subject());
      }),
    },
  ];
  if (saveable?.svg)
    entries.unshift({
      id: 'svg',
      label: 'SVG',
      note: 'drawing',
      onSelect: save('SVG', () => {
        const svg = saveable.svg?.();
        if (svg) saveSvg(svgFile(svg), subject());
      }),
    });
  return (
    <>
      <Menu
        trigger={<IconButton icon="save" size="small" label="Save this view" disabled={saveable === null} />}
        entries={entries}
      />
      {sentence && (
        <span className="tick" role="alert">
          {sentence}
        </span>
      )}
    </>
  );
}
