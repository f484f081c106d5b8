// A shipped model on its way, fetched with its progress, and what its card says of it.

import type { HowToPreprocess } from '../inputs/preprocess.ts';
import type { ModelCard } from '../model/card.ts';
import type { CrateConfig } from '../model/config.ts';
import type { LoadedModel } from '../worker/protocol.ts';
import { fetchCard, modelPath } from './catalogue.ts';
import type { ModelInfo } from './state.ts';

export interface ModelFile {
  readonly id: string;
  readonly title: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly card: ModelCard;
}

/** Bytes arrived, and bytes in all (0 while unknown). */
export type Progress = (bytes: number, totalBytes: number) => void;

/** @throws Error with a sentence when the network or the server refuses */
export async function fetchShipped(id: string, progress: Progress, signal: AbortSignal): Promise<ModelFile> {
  const [card, bytes] = await Promise.all([fetchCard(id), fetchWithProgress(modelPath(id), progress, signal)]);
  return { id, title: card.title, bytes, card };
}

async function fetchWithProgress(
  path: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const lost = (cause: unknown) =>
    new Error(
      `The weights did not arrive: the network or the server of ${path} is away. Reload the page to try again.`,
      {
        cause,
      },
    );
  const response = await fetch(path, { signal }).catch((cause: unknown) => {
    throw lost(cause);
  });
  if (!response.ok || !response.body) {
    throw new Error(`The weights did not arrive: ${path} answered ${response.status}. Reload the page to try again.`);
  }
  const total = Number(response.headers.get('content-length') ?? 0);
  const chunks: Uint8Array[] = [];
  let arrived = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw lost(cause);
    });
    if (done) break;
    chunks.push(value);
    arrived += value.length;
    progress(arrived, Math.max(total, arrived));
  }
  const bytes = new Uint8Array(arrived);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** What the page knows of a shipped model once the engine holds it. */
export function shippedInfo({ id, title, card }: ModelFile, loaded: LoadedModel): ModelInfo {
  const { config, findings, sha256, assumptions, weightBytes } = loaded;
  return { ...cardInfo(id, title, card, config), parameters: findings.parameters, sha256, assumptions, weightBytes };
}

/** What a card tells; of a recorded trace, whose weights have not arrived, nothing else is known. */
export function cardInfo(id: string, title: string, card: ModelCard, config: CrateConfig) {
  const { mean, std, fit } = card.preprocessing;
  return {
    id,
    title,
    config,
    trainedSide: config.imageSize,
    labels: card.labels,
    mean,
    std,
    fit,
    patchPixels: 'plain' as const,
    card,
    opened: null,
  };
}

export function howToPreprocess({ config, trainedSide, fit, mean, std, card }: ModelInfo): HowToPreprocess {
  const side = config.imageSize;
  const resize = card?.preprocessing.resize;
  return {
    fit,
    side,
    mean,
    std,
    ...(resize === undefined ? {} : { resize: Math.round((resize * side) / trainedSide) }),
  };
}
