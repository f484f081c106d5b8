// Which architecture a set of tensor names belongs to, for a sentence that says what a file is when it is not a CRATE.

interface Architecture {
  readonly name: string;
  readonly test: (names: ReadonlySet<string>, has: (pattern: RegExp) => boolean) => boolean;
}

/** In order: the first that fits is named. */
const OTHERS: readonly Architecture[] = [
  { name: 'CRATE-MAE', test: (names) => names.has('blocks.0.layers.0.0.fn.qkv.weight') },
  {
    name: 'CRATE-α (over-complete dictionary)',
    test: (names) => names.has('transformer.layers.0.1.fn.D') || names.has('transformer.layers.0.1.fn.D1'),
  },
  {
    name: 'ToST',
    test: (names) => names.has('blocks.0.attn.temp') || names.has('transformer.h.0.attn.temp'),
  },
  {
    name: 'ViT',
    test: (names) =>
      names.has('blocks.0.attn.qkv.weight') ||
      names.has('vit.encoder.layer.0.attention.attention.query.weight') ||
      names.has('encoder.layers.encoder_layer_0.self_attention.in_proj_weight'),
  },
  {
    name: 'ViT',
    // The same author's ViT has the qkv of CRATE but an MLP in place of the dictionary.
    test: (names, has) => names.has('pos_embedding') && has(/^transformer\.layers\.0\.[01](\.fn)?\.(to_qkv|net\.)/),
  },
  {
    name: 'ResNet',
    test: (names, has) => names.has('conv1.weight') && has(/^layer1\.0\.(conv1|bn1)\./),
  },
];

/** Whether the names are a CRATE's. */
export const looksLikeCrate = (names: ReadonlySet<string>): boolean =>
  names.has('transformer.layers.0.0.fn.qkv.weight') && !names.has('transformer.layers.0.1.fn.D');

/** The architecture as people call it, or null when it is none of those known. */
export function recogniseOther(names: ReadonlySet<string>): string | null {
  const has = (pattern: RegExp): boolean => [...names].some((name) => pattern.test(name));
  return OTHERS.find(({ test }) => test(names, has))?.name ?? null;
}
