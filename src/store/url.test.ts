import { describe, expect, test } from 'vitest';
import { createAppStore, DEFAULT_CHOICES } from './appStore.ts';
import type { Choices } from './state.ts';
import { choicesFrom, choicesOf, hashOf, pageFrom } from './url.ts';

/** Every choice away from its default. */
const OTHER: Choices = {
  modelId: 'my model.safetensors',
  modelHash: 'c0ffee'.padEnd(64, '0'),
  modelTerms: 'heads:3;mean:0,0,0',
  side: 384,
  hide: 0.5,
  maskSeed: 7,
  picture: { kind: 'own', name: 'träumerei & co.jpg' },
  step: { at: 'ista', layer: 11 },
  head: 5,
  token: 196,
  tab: 'subspaces',
  mapStyle: 'mask',
  mapScope: 'all',
  formulaOf: 'paper',
  normalisation: 'raw',
  place: 'output',
  rateUnit: 'bits',
  perHead: true,
  eps2: 0.0316,
  channels: 'stored',
  heatCrop: '50',
  dimensions: '3d',
};

describe('the link of a view', () => {
  test('the default view has a bare link', () => {
    expect(hashOf(DEFAULT_CHOICES)).toBe('#/explore');
    expect(choicesFrom('#/explore')).toEqual({});
    expect(choicesFrom('')).toEqual({});
  });

  test('every choice comes back', () => {
    for (const key of Object.keys(OTHER) as (keyof Choices)[])
      expect(OTHER[key], key).not.toEqual(DEFAULT_CHOICES[key]);
    expect(choicesFrom(hashOf(OTHER))).toEqual(OTHER);
  });

  test('people’s numbers count from 1', () => {
    expect(hashOf({ ...DEFAULT_CHOICES, step: { at: 'mssa', layer: 4 }, head: 0 })).toBe(
      '#/explore?step=mssa-5&head=1',
    );
  });

  test('each page has its route, with the same choices', () => {
    const hash = hashOf(OTHER, 'speed');
    expect(hash).toMatch(/^#\/speed\?/);
    expect(pageFrom(hash)).toBe('speed');
    expect(choicesFrom(hash)).toEqual(OTHER);
    for (const other of ['', '#/explore', '#/explore?speed=1', '#/nowhere', '#/speedy'])
      expect(pageFrom(other)).toBe('explore');
  });

  test('what means nothing is left out, the rest counts', () => {
    const hash =
      '#/explore?step=mssa-0&head=0&token=-3&tab=nope&eps2=7&perhead=yes&picture=unicorn&scale=all&sha256=abc&side=x&hide=2&seed=-1';
    expect(choicesFrom(hash)).toEqual({ mapScope: 'all' });
  });

  test('only choices are taken from a state', () => {
    const nothing = () => undefined;
    const requests = {
      openPicture: nothing,
      openSample: nothing,
      openModel: nothing,
      openModelAddress: nothing,
      takeModel: nothing,
      cancelModel: nothing,
      openKept: nothing,
      forgetKept: nothing,
      openLabels: nothing,
      openFile: nothing,
      openShippedModel: nothing,
      runSpeed: nothing,
      stopSpeed: nothing,
      measureProduct: nothing,
      fetchReaders: async () => undefined,
    };
    expect(choicesOf(createAppStore(requests, OTHER).getState())).toEqual(OTHER);
  });
});
