// The lines of the model menu: what comes with the page, the checkpoint at hand, and a file of one's own.

import { useEffect, useState } from 'react';
import type { ModelCard } from '../../../model/card.ts';
import { fetchCard, SHIPPED_MODELS } from '../../../store/catalogue.ts';
import { selectModel } from '../../../store/selectors.ts';
import { useApp } from '../../appContext.tsx';
import type { MenuEntry } from '../../controls/Menu.tsx';
import { pickFile } from '../../pickFile.ts';
import { percent, si } from '../../text/numbers.ts';

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

export function useModelEntries(): readonly MenuEntry[] {
  const cards = useCards();
  const model = useApp(selectModel);
  const chosenId = useApp((state) => state.modelId);
  const openShippedModel = useApp((state) => state.openShippedModel);
  const openModel = useApp((state) => state.openModel);

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
  const own: MenuEntry[] =
    model && !SHIPPED_MODELS.includes(model.id)
      ? [
          {
            id: model.id,
            label: model.title,
            note: si(model.parameters),
            checked: model.id === chosenId,
            onSelect: () => {},
          },
        ]
      : [];
  return [
    ...shipped,
    ...own,
    { kind: 'separator', id: 'before-open' },
    {
      id: 'open-checkpoint',
      label: 'Open a checkpoint…',
      note: '.safetensors',
      onSelect: () => pickFile('.safetensors', openModel),
    },
  ];
}
