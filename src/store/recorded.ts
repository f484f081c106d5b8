// The recorded trace: one run of the real engine (scripts/record.mjs) that is on screen before the weights have arrived. Measures come
// with a small JSON file; the tensors that views draw in two more files, fetched when a view first asks.

import type { TensorInMemory } from '../checkpoint/safetensors.ts';
import { attentionMax } from '../model/attentionMax.ts';
import { tokenCount } from '../model/config.ts';
import { stepView } from '../model/tokens.ts';
import type { Place, TraceDocument } from '../model/trace.ts';
import type { StepView, SubspaceView, TokensView } from '../model/views.ts';

/** public/models/NAME.recorded.json. */
export interface RecordedDocument {
  /** Id of the sample that was run. */
  readonly sample: string;
  readonly trace: TraceDocument;
}

export const recordedPath = (modelId: string): string => `models/${modelId}.recorded.json`;
export const recordedAttentionPath = (modelId: string): string => `models/${modelId}.recorded-attention.safetensors`;
export const recordedTokensPath = (modelId: string): string => `models/${modelId}.recorded-tokens.safetensors`;

/** What a recorded trace can answer: the views of its one picture. Layers count from 0. */
export interface Recorded {
  readonly document: RecordedDocument;
  attention(layer: number): Promise<Float32Array>;
  attentionMax(token: number): Promise<readonly number[]>;
  subspace(layer: number, head: number, place: Place): Promise<SubspaceView>;
  tokens(layer: number): Promise<TokensView>;
  stepEffect(layer: number): Promise<StepView>;
  embedded(): Promise<Float32Array>;
}

async function fetchBytes(path: string): Promise<ArrayBuffer> {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: ${response.status} ${response.statusText}`);
  return response.arrayBuffer();
}

/** Null when this model has no recorded trace. */
export async function fetchRecorded(modelId: string): Promise<Recorded | null> {
  const response = await fetch(recordedPath(modelId));
  if (!response.ok || !response.headers.get('content-type')?.includes('json')) return null;
  return recordedFrom((await response.json()) as RecordedDocument, {
    attention: () => fetchBytes(recordedAttentionPath(modelId)),
    tokens: () => fetchBytes(recordedTokensPath(modelId)),
  });
}

export function recordedFrom(
  document: RecordedDocument,
  files: { readonly attention: () => Promise<ArrayBuffer>; readonly tokens: () => Promise<ArrayBuffer> },
): Recorded {
  const { config } = document.trace.model;
  const { K, p, d, L } = config;
  const n = tokenCount(config);
  const once = (load: () => Promise<ArrayBuffer>) => {
    let coming: Promise<ReadonlyMap<string, TensorInMemory>> | null = null;
    return async (name: string): Promise<Float32Array> => {
      coming ??= Promise.all([load(), import('../checkpoint/safetensors.ts')]).then(
        ([bytes, { safetensorsInMemory }]) => safetensorsInMemory(bytes),
      );
      const tensor = (await coming).get(name);
      if (!tensor) throw new Error(`the recorded trace holds no ${name}`);
      return tensor.f32();
    };
  };
  const attentionOf = once(files.attention);
  const tokensOf = once(files.tokens);
  const attention = (layer: number) => attentionOf(`A.${layer}`);
  const relu = (before: Float32Array) => before.map((value) => Math.max(0, value));

  return {
    document,
    attention,
    async attentionMax(token) {
      const perLayer: number[] = [];
      for (let layer = 0; layer < L; layer++) {
        perLayer.push(attentionMax(await attention(layer), K, n, token));
      }
      return perLayer;
    },
    async subspace(layer, head, place) {
      const name = { input: 'ZU', half: 'ZU_half', output: 'ZU_next' }[place];
      const { subspaceView } = await import('../model/subspace.ts');
      return subspaceView(await tokensOf(`${name}.${layer}`), n, K, p, { layer, head, place });
    },
    async tokens(layer) {
      const [Z_half, before] = [await tokensOf(`Z_half.${layer}`), await tokensOf(`before.${layer}`)];
      return { layer, Z_half, before, Z_next: relu(before) };
    },
    embedded: () => tokensOf('tokens'),
    async stepEffect(layer) {
      const Z = layer === 0 ? await tokensOf('tokens') : relu(await tokensOf(`before.${layer - 1}`));
      return stepView(Z, await tokensOf(`Z_half.${layer}`), n, d, layer);
    },
  };
}
