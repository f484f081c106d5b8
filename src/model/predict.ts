// From logits to labelled predictions.

import { softmax } from '../math/softmax.ts';
import type { Prediction } from './trace.ts';

/** The `count` most probable classes, descending; equal ones in class order. A class without a label is named by its number. */
export function topPredictions(
  logits: Float32Array | Float64Array,
  labels: readonly string[],
  count: number,
): readonly Prediction[] {
  const probabilities = softmax(logits);
  return Array.from(probabilities, (probability, index) => ({
    index,
    label: labels[index] ?? String(index),
    probability,
  }))
    .sort((a, b) => b.probability - a.probability || a.index - b.index)
    .slice(0, count);
}
