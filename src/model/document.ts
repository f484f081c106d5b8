// The exported trace document, put together from what is known of model, picture, engine and run. Page and command line both use it,
// so they print the same.

import { topPredictions } from './predict.ts';
import type { RunNumbers, TraceDocument } from './trace.ts';

export interface DocumentParts {
  readonly model: TraceDocument['model'];
  readonly labels: readonly string[];
  readonly input: TraceDocument['input'];
  /** `loadMs`: milliseconds that the weights took to load. */
  readonly engine: { readonly kind: 'webgpu' | 'cpu'; readonly adapter: string; readonly loadMs: number };
  readonly eps2: number;
  readonly run: RunNumbers;
}

/** Predictions that a document lists. */
export const TOP_COUNT = 5;

export function traceDocument({ model, labels, input, engine, eps2, run }: DocumentParts): TraceDocument {
  return {
    schema: 'crate-explorer/trace@1',
    model,
    input,
    engine: { kind: engine.kind, adapter: engine.adapter, ms: { load: engine.loadMs, forward: run.ms } },
    measure: { eps2, unit: 'nats' },
    logits: Array.from(run.logits),
    top: topPredictions(run.logits, labels, TOP_COUNT),
    layers: run.layers,
  };
}
