// What views ask of the picture and the model at hand, made from the engine's tensors.

import type { Crate } from '../checkpoint/crate.ts';
import type { Engine } from '../engine/engine.ts';
import type { Numbers } from '../math/matrix.ts';
import { rowsMax } from '../model/attentionMax.ts';
import { tokenCount } from '../model/config.ts';
import { type DictionarySpectrum, dictionarySpectrum, dictionaryView } from '../model/dictionary.ts';
import { incoherenceView, subspaceView } from '../model/subspace.ts';
import { stepView, tokensView } from '../model/tokens.ts';
import type { Place, TensorName } from '../model/trace.ts';
import type { Session } from './protocol.ts';

/** What a view reads from: one engine with one picture of one model. */
export interface ViewSource {
  /** @throws EngineError 'not-loaded' */
  model(): Crate;
  on<T>(job: (engine: Engine) => Promise<T>): Promise<T>;
  /** One after the other, so that a view that reads several tensors sees one picture of one model. */
  inTurn<T>(job: () => Promise<T>): Promise<T>;
}

export type ViewDesk = Pick<
  Session,
  | 'attention'
  | 'attentionRow'
  | 'attentionMax'
  | 'subspace'
  | 'tokens'
  | 'stepEffect'
  | 'incoherence'
  | 'dictionary'
  | 'tensor'
>;

const PLACE_TENSOR: Readonly<Record<Place, TensorName>> = { input: 'ZU', half: 'ZU_half', output: 'ZU_next' };

export function createViewDesk({ model, on, inTurn }: ViewSource): ViewDesk {
  /** Of dictionaries that were looked at: seconds of work for a large one, and the same for every picture. */
  const spectra = new WeakMap<Numbers, DictionarySpectrum>();
  const read = (name: TensorName, layer: number) => on((one) => one.read(name, layer));
  const weightsOf = (layer: number) => {
    const weights = model().weights.layers[layer];
    if (!weights) throw new RangeError(`invalid layer: ${layer}`);
    return weights;
  };
  return {
    attention: (layer) => inTurn(() => read('A', layer)),
    attentionRow: (layer, token) => inTurn(() => on((one) => one.attentionRow(layer, token))),

    attentionMax: (token) =>
      inTurn(async () => {
        const { config } = model();
        const n = tokenCount(config);
        const perLayer: number[] = [];
        for (let layer = 0; layer < config.L; layer++) {
          const rows = await on((one) => one.attentionRow(layer, token));
          perLayer.push(rowsMax(rows, config.K, n, token));
        }
        return perLayer;
      }),

    subspace: (layer, head, place) =>
      inTurn(async () => {
        const { config } = model();
        const ZU = await read(PLACE_TENSOR[place], layer);
        return subspaceView(ZU, tokenCount(config), config.K, config.p, { layer, head, place });
      }),

    tokens: (layer) =>
      inTurn(async () => {
        const { config } = model();
        const [Z_half, X, Z_next] = [await read('Z_half', layer), await read('X', layer), await read('Z_next', layer)];
        return tokensView({ Z_half, X, Z_next, D: weightsOf(layer).D }, tokenCount(config), config.d, config, layer);
      }),

    stepEffect: (layer) =>
      inTurn(async () => {
        const { config } = model();
        return stepView(await read('Z', layer), await read('Z_half', layer), tokenCount(config), config.d, layer);
      }),

    incoherence: (layer) =>
      inTurn(async () => {
        const { K, p, d } = model().config;
        return incoherenceView(weightsOf(layer).U, K, p, d, layer);
      }),

    dictionary: (layer) =>
      inTurn(async () => {
        const { config } = model();
        const codes = await read(config.kind === 'crate-alpha' ? 'codes' : 'Z_next', layer);
        const { D } = weightsOf(layer);
        const spectrum = spectra.get(D) ?? dictionarySpectrum(D, config.d);
        spectra.set(D, spectrum);
        return dictionaryView(D, config.d, codes, tokenCount(config), layer, spectrum);
      }),

    tensor: (name, layer) => inTurn(() => read(name, layer)),
  };
}
