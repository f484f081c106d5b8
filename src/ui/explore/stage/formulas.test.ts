import { existsSync } from 'node:fs';
import katex from 'katex';
import { describe, expect, test } from 'vitest';
import type { CrateConfig } from '../../../model/config.ts';
import type { ModelInfo } from '../../../store/state.ts';
import { textOf } from './endText.ts';
import { decoderKernels, differencesOf, embedKernels, formulaOf, kernelsOf, outputOf, sentenceOf } from './formulas.ts';

const CRATE: CrateConfig = {
  kind: 'crate',
  imageSize: 224,
  patchSize: 16,
  classes: 1000,
  d: 768,
  L: 12,
  K: 12,
  p: 64,
  eta: 0.1,
  lambda: 0.1,
  pool: 'cls',
};
const ALPHA: CrateConfig = { ...CRATE, kind: 'crate-alpha', atoms: 3072, classes: 21842 };
const MAE: CrateConfig = { ...CRATE, kind: 'crate-mae', classes: 0, lambda: 0.5, decoder: { L: 12, K: 12, p: 64 } };
const ONE_HEAD: CrateConfig = { ...CRATE, K: 1, p: 768 };
const DEMO: CrateConfig = { ...CRATE, headWidth: 768, K: 6, p: 128, patchSize: 8, pool: 'mean' };
const FORMS = { CRATE, ALPHA, MAE, ONE_HEAD, DEMO };

const info = (config: CrateConfig) => ({ config, mean: [0.5, 0.5, 0.5], std: [0.2, 0.2, 0.2] }) as unknown as ModelInfo;

/** What stands between dollar signs. */
const texIn = (sentence: string) => sentence.split('$').filter((_, i) => i % 2 === 1);

describe.each(Object.entries(FORMS))('%s', (_, config) => {
  test('every formula and symbol can be set', () => {
    const sources = [
      ...(['mssa', 'ista'] as const).flatMap((operator) => [
        ...(['released', 'paper'] as const).flatMap((of) => Object.values(formulaOf(operator, of, config))),
        ...differencesOf(operator, config).flatMap(texIn),
        ...kernelsOf(operator, config).flatMap(({ does }) => texIn(does)),
        ...texIn(sentenceOf(operator, config)),
      ]),
      ...(['picture', 'embed', 'head'] as const).flatMap((at) => {
        const { main, where, sentence } = textOf(at, info(config));
        return [main ?? '', where ?? '', ...texIn(sentence)];
      }),
    ];
    for (const source of sources) expect(() => katex.renderToString(source, { throwOnError: true })).not.toThrow();
  });
});

test.each(Object.entries(FORMS))('%s: every kernel that is listed is there to be read, each once', (_, config) => {
  const lists = [
    kernelsOf('mssa', config),
    kernelsOf('ista', config),
    embedKernels(config),
    ...(config.decoder ? [decoderKernels(config)] : []),
  ];
  for (const list of lists) {
    const names = list.map(({ name }) => name);
    expect(names.filter((name) => !existsSync(`shaders/${name}.wgsl`))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  }
});

test('with many tokens the softmax is carried along', () => {
  const ssaIn = (imageSize: number) =>
    kernelsOf('mssa', { ...CRATE, imageSize }).find(({ name }) => name.startsWith('ssa'))?.name;
  expect([224, 512].map(ssaIn)).toEqual(['ssa', 'ssa_online']);
});

test('the output map: with bias, without, or none', () => {
  expect([CRATE, ALPHA, ONE_HEAD].map(outputOf)).toEqual([
    { hasMap: true, hasBias: true },
    { hasMap: true, hasBias: false },
    { hasMap: false, hasBias: false },
  ]);
  expect(formulaOf('mssa', 'released', CRATE).main).toMatch(/\+b$/);
  expect(formulaOf('mssa', 'released', ALPHA).main).not.toMatch(/\+b$/);
  expect(formulaOf('mssa', 'released', ONE_HEAD).main).not.toContain('W');
});

test('λ .5 of CRATE-MAE stands where numbers stand', () => {
  expect(formulaOf('ista', 'released', MAE).where).toContain(String.raw`\lambda=.5`);
  expect(differencesOf('ista', MAE).join(' ')).toContain('threshold is .05');
});

test('only CRATE has norms around its patch map', () => {
  expect(textOf('embed', info(CRATE)).where).toContain('LN');
  for (const config of [ALPHA, MAE]) {
    expect(textOf('embed', info(config)).where).not.toContain('LN');
    expect(embedKernels(config).map(({ name }) => name)).not.toContain('layer_norm');
  }
});

test('the last stop: a class head, two maps in the demo, a decoder in CRATE-MAE', () => {
  expect([CRATE, MAE].map((config) => textOf('head', info(config)).title)).toEqual(['Class head', 'Decoder']);
  expect(textOf('head', info(DEMO)).main).toContain('W_2');
  expect(textOf('head', info(DEMO)).sentence).toBe('Two linear maps of the mean token give the logits.');
  expect(textOf('head', info(MAE)).main).toContain('H-');
});
