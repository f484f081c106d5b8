// The models that come with the page: their ids, and their cards, fetched once.

import type { ModelCard } from '../model/card.ts';

/** Stems of public/models. */
export const SHIPPED_MODELS: readonly string[] = ['crate-cifar10'];

export const modelPath = (id: string): string => `models/${id}.safetensors`;
export const cardPath = (id: string): string => `models/${id}.json`;

const cards = new Map<string, Promise<ModelCard>>();

/** The card of a shipped model. A failed fetch is tried again at the next call. */
export function fetchCard(id: string): Promise<ModelCard> {
  const known = cards.get(id);
  if (known) return known;
  const coming = fetch(cardPath(id)).then(async (response) => {
    if (!response.ok) throw new Error(`${cardPath(id)}: ${response.status} ${response.statusText}`);
    return (await response.json()) as ModelCard;
  });
  cards.set(id, coming);
  coming.catch(() => cards.delete(id));
  return coming;
}
