// The lines of the model menu: what comes with the page, what this browser keeps, the checkpoint at hand, and ways to bring another.

import { useEffect, useState } from 'react';
import type { ModelCard } from '../../../model/card.ts';
import { fetchCard, SHIPPED_MODELS } from '../../../store/catalogue.ts';
import { selectModel } from '../../../store/selectors.ts';
import { useApp } from '../../appContext.tsx';
import type { MenuEntry } from '../../controls/menuEntry.ts';
import { pickFile, WEIGHTS } from '../../pickFile.ts';
import { megabytes, percent, si } from '../../text/numbers.ts';
import { shortName } from '../shortName.ts';

const noteOf = (card: ModelCard): string => `${si(card.parameters)}, ${percent(card.accuracy.test)}`;

/** Cards of the shipped models, as they arrive; null for one that did not. */
function useCards(): ReadonlyMap<string, ModelCard | null> {
  const [cards, setCards] = useState<ReadonlyMap<string, ModelCard | null>>(new Map());
  useEffect(() => {
    let isMounted = true;
    for (const id of SHIPPED_MODELS) {
      const put = (card: ModelCard | null) => {
        if (isMounted) setCards((before) => new Map(before).set(id, card));
      };
      fetchCard(id).then(put, () => put(null));
    }
    return () => {
      isMounted = false;
    };
  }, []);
  return cards;
}

/** Checkpoints of one's own: those that are kept, and the one at hand where it is not. */
function useOwnEntries(): readonly MenuEntry[] {
  const model = useApp(selectModel);
  const kept = useApp((state) => state.kept) ?? [];
  const openKept = useApp((state) => state.openKept);
  const isKept = kept.some(({ sha256 }) => sha256 === model?.sha256);
  const entries = kept.map(({ sha256, name, title, bytes }): MenuEntry => {
    const isCurrent = sha256 === model?.sha256;
    return {
      id: `kept-${sha256}`,
      label: shortName(name),
      note: `${title}, ${megabytes(bytes)}`,
      checked: isCurrent,
      onSelect: isCurrent ? () => {} : () => openKept(sha256),
    };
  });
  if (model?.opened && !isKept)
    entries.unshift({
      id: 'own',
      label: shortName(model.title),
      note: si(model.parameters),
      checked: true,
      onSelect: () => {},
    });
  return entries.length > 0 ? [{ kind: 'separator', id: 'before-own' }, ...entries] : [];
}

export function useModelEntries(): readonly MenuEntry[] {
  const cards = useCards();
  const chosenId = useApp((state) => state.modelId);
  const openShippedModel = useApp((state) => state.openShippedModel);
  const openModel = useApp((state) => state.openModel);
  const setTransient = useApp((state) => state.setTransient);
  const hasSheet = useApp((state) => state.model.status === 'asking' || selectModel(state)?.opened != null);
  const keptCount = useApp((state) => state.kept?.length ?? 0);
  const own = useOwnEntries();

  const shipped = SHIPPED_MODELS.map((id): MenuEntry => {
    const card = cards.get(id);
    return {
      id,
      label: card?.title ?? id,
      note: card ? noteOf(card) : card === null ? 'card not found' : undefined,
      checked: id === chosenId,
      onSelect: () => openShippedModel(id),
    };
  });
  const dialog = (id: 'checkpoint' | 'address' | 'kept', label: string, note?: string): MenuEntry => ({
    id,
    label,
    note,
    onSelect: () => setTransient({ dialog: id }),
  });
  return [
    ...shipped,
    ...own,
    { kind: 'separator', id: 'before-open' },
    {
      id: 'open-checkpoint',
      label: 'Open a checkpoint…',
      note: '.pth .pt .safetensors .npz',
      onSelect: () => pickFile(WEIGHTS, openModel),
    },
    dialog('address', 'From an address…'),
    ...(hasSheet ? [dialog('checkpoint', 'What was found…')] : []),
    ...(keptCount > 0 ? [dialog('kept', 'Kept checkpoints…', String(keptCount))] : []),
  ];
}
