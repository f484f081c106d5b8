import { expect, test } from 'vitest';
import { PickleGlobal, PickleObject } from './pickle.ts';
import { TorchStorage, TorchTensor } from './torchObjects.ts';
import { unwrap } from './unwrap.ts';

const tensor = (...shape: number[]) =>
  new TorchTensor(new TorchStorage('0', 'F32', 4), 'F32', { offset: 0, shape, strides: shape.map(() => 0) });
const dict = (entries: Record<string, unknown>) => new Map<unknown, unknown>(Object.entries(entries));
const weights = (...names: string[]) => dict(Object.fromEntries(names.map((name) => [name, tensor(2)])));
const found = (root: unknown) => {
  const { tensors, wrapper } = unwrap(root);
  return { wrapper, names: [...tensors.keys()] };
};

test.each([
  ['bare', weights('a', 'b'), [], ['a', 'b']],
  [
    'beside epoch and optimizer',
    dict({ epoch: 3, state_dict: weights('a', 'b'), optimizer: dict({ state: weights('x', 'y', 'z') }) }),
    ['state_dict'],
    ['a', 'b'],
  ],
  [
    'the model, not its average',
    dict({ model_ema: weights('a', 'b', 'n'), model: weights('a', 'b') }),
    ['model'],
    ['a', 'b'],
  ],
  [
    'its average where there is nothing else',
    dict({ state_dict_ema: weights('a'), best: tensor() }),
    ['state_dict_ema'],
    ['a'],
  ],
  ['nested', dict({ model: dict({ state_dict: weights('a') }) }), ['model', 'state_dict'], ['a']],
  ['under an unknown key', dict({ my_net: weights('a', 'b'), epoch: 1 }), ['my_net'], ['a', 'b']],
  ['nested dicts of parts', dict({ encoder: weights('a'), decoder: weights('b') }), [], ['encoder.a', 'decoder.b']],
  ['a few tensors beside', dict({ mean: tensor(3), state_dict: weights('a', 'b') }), ['state_dict'], ['a', 'b']],
  [
    'a flat dict with a part of its own',
    dict({ a: tensor(2), b: tensor(2), model: weights('c') }),
    [],
    ['a', 'b', 'model.c'],
  ],
  [
    'Lightning',
    dict({ state_dict: weights('model.a'), optimizer_states: [weights('x', 'y')], loops: dict({}) }),
    ['state_dict'],
    ['model.a'],
  ],
  ['names that begin like an optimizer', weights('optim.weight', 'scaler'), [], ['optim.weight', 'scaler']],
  ['nothing', dict({ a: 1 }), [], []],
  ['no dict at all', 7, [], []],
])('%s', (_, root, wrapper, names) => {
  expect(found(root)).toEqual({ wrapper, names });
});

test('plain values by dotted path; those of the optimizer are left out', () => {
  const namespace = new PickleObject('argparse.Namespace', []);
  namespace.state = dict({
    lr: 0.001,
    opt: 'adamw',
    layers: [1, 2, [3]],
    path: new PickleObject('pathlib.PosixPath', ['x']),
  });
  const root = dict({
    model: weights('a'),
    epoch: 7,
    huge: 2n ** 70n,
    rate: Number.POSITIVE_INFINITY,
    rates: [Number.NaN, 1],
    kind: new PickleGlobal('torch.float16'),
    done: true,
    none: null,
    args: namespace,
    optimizer: dict({ lr: 1 }),
    lr_scheduler: dict({ last_epoch: 1 }),
    list: [dict({ deep: 'x' })],
  });
  expect(Object.fromEntries(unwrap(root).metadata)).toEqual({
    epoch: 7,
    huge: '1180591620717411303424',
    rate: Number.POSITIVE_INFINITY,
    rates: '["NaN",1]',
    kind: 'torch.float16',
    done: true,
    none: null,
    'args.lr': 0.001,
    'args.opt': 'adamw',
    'args.layers': '[1,2,[3]]',
    'list.0.deep': 'x',
  });
});

test('cycles and shared parts end', () => {
  const shared = weights('w');
  const root = dict({ a: shared, b: shared, t: tensor(1) });
  root.set('self', root);
  root.set('list', [root]);
  expect(found(root).names).toEqual(['a.w', 'b.w', 't']);
});

test('long lists beside the weights are no trouble', () => {
  const losses = Array.from({ length: 500_000 }, (_, i) => i);
  const start = performance.now();
  const { tensors, metadata } = unwrap(dict({ state_dict: weights('a'), losses, epoch: 2 }));
  expect(performance.now() - start).toBeLessThan(1000);
  expect(tensors.size).toBe(1);
  expect(metadata.has('losses')).toBe(false);
});
