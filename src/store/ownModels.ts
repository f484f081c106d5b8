// What is known of a checkpoint of one's own beside its tensors: how its pictures are prepared, what its classes are called, its title.

import type { Findings, GivenConstants } from '../model/findings.ts';
import type { LoadedModel } from '../worker/protocol.ts';
import type { ModelInfo, OpenedFile, Preparation } from './state.ts';

export const IMAGENET_MEAN = [0.485, 0.456, 0.406] as const;
export const IMAGENET_STD = [0.229, 0.224, 0.225] as const;

/** A checkpoint of one's own is prepared as the released code does; ImageNet's names where there are 1,000 classes. */
export async function defaultPreparation({ sizes }: Findings): Promise<Preparation> {
  const isImagenet = sizes.classes === 1000;
  const labels = isImagenet ? (await import('../model/imagenetLabels.ts')).IMAGENET_LABELS : null;
  return {
    mean: IMAGENET_MEAN,
    std: IMAGENET_STD,
    fit: 'crop',
    labels,
    labelsFrom: labels ? 'ImageNet-1k, for there are 1000 classes' : '',
    patchPixels: 'plain',
  };
}

/** "CRATE 12 × 576". */
export const titleOf = ({ architecture, released, sizes }: Findings): string =>
  `${released ?? architecture} ${sizes.L} × ${sizes.d}`;

/** What classes are called: by number where nobody named them. */
export const labelsOf = ({ labels }: Pick<Preparation, 'labels'>, classes: number): readonly string[] =>
  labels ?? Array.from({ length: classes }, (_, index) => `class ${index}`);

export function ownModelInfo(opened: OpenedFile, loaded: LoadedModel): ModelInfo {
  const { config, findings, sha256, assumptions, weightBytes } = loaded;
  return {
    ...preparedBy(opened.preparation, config.classes),
    id: opened.name,
    title: titleOf(findings),
    config,
    trainedSide: config.imageSize,
    parameters: findings.parameters,
    sha256,
    card: null,
    opened: { ...opened, findings },
    assumptions: [
      ...assumptions,
      'Mean, standard deviation and crop are not in the file; the sheet tells and changes them.',
    ],
    weightBytes,
  };
}

/** The part of a model's description that its preparation decides. */
export const preparedBy = ({ mean, std, fit, patchPixels, ...named }: Preparation, classes: number) => ({
  labels: labelsOf(named, classes),
  mean,
  std,
  fit,
  patchPixels,
});

const KEYS = ['heads', 'decoderHeads', 'eta', 'lambda', 'pool'] as const satisfies readonly (keyof GivenConstants)[];

/** Whether the weights are the same with both, so that nothing has to be loaded anew. */
export const sameConstants = (a: GivenConstants, b: GivenConstants): boolean => KEYS.every((key) => a[key] === b[key]);
