// Weights on their way: a shipped model fetched with its progress, or a dropped file.

import type { HowToPreprocess } from '../inputs/preprocess.ts';
import type { ModelCard } from '../model/card.ts';
import type { LoadedModel } from '../worker/session.ts';
import { fetchCard, modelPath } from './catalogue.ts';
import type { ModelInfo } from './state.ts';

export interface ModelFile {
  readonly id: string;
  readonly title: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly card: ModelCard | null;
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

/** Reads a dropped checkpoint; its card is unknown. */
export async function readModelFile(file: File, progress: Progress): Promise<ModelFile> {
  progress(0, file.size);
  const bytes = new Uint8Array(await file.arrayBuffer());
  progress(file.size, file.size);
  return { id: file.name, title: file.name, bytes, card: null };
}

const IMAGENET_MEAN = [0.485, 0.456, 0.406] as const;
const IMAGENET_STD = [0.229, 0.224, 0.225] as const;

/** What the page knows of a model once the engine holds it. A foreign file is prepared as the released code does. */
export function modelInfo({ id, title, card }: ModelFile, loaded: LoadedModel): ModelInfo {
  const { config, parameters, sha256, assumptions } = loaded;
  const labels = card?.labels ?? Array.from({ length: config.classes }, (_, index) => `class ${index}`);
  const how = card?.preprocessing ?? { fit: 'crop' as const, mean: IMAGENET_MEAN, std: IMAGENET_STD };
  const preparation = card ? [] : ['Mean, standard deviation and centre crop are ImageNet’s: no file says them.'];
  return {
    id,
    title,
    config,
    parameters,
    sha256,
    labels,
    mean: how.mean,
    std: how.std,
    fit: how.fit,
    card,
    assumptions: [...assumptions, ...preparation],
  };
}

export function howToPreprocess({ config, fit, mean, std, card }: ModelInfo): HowToPreprocess {
  const resize = card?.preprocessing.resize;
  return { fit, side: config.imageSize, mean, std, ...(resize === undefined ? {} : { resize }) };
}
