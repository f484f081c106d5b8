// Names of ImageNet-1k's classes, fetched when a model of 1,000 classes is opened.

import { IMAGENET_CLASSES } from '@tensorflow-models/mobilenet/dist/imagenet_classes.js';

/** The first of each class's synonyms, in class order. */
export const IMAGENET_LABELS: readonly string[] = Array.from({ length: 1000 }, (_, i) => {
  const names: string = IMAGENET_CLASSES[i] ?? String(i);
  return names.split(',')[0] ?? names;
});
