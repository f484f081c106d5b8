// Which architecture a set of tensor names belongs to: the forms of CRATE that are read, and for a sentence, those that are not.

import type { CrateKind } from '../model/config.ts';

/** A name that is there in every file of a form of CRATE; what stands in front of it in a file is the prefix. */
const SIGNATURES: readonly (readonly [CrateKind, string])[] = [
  ['crate-alpha', 'transformer.layers.0.1.fn.D1'],
  ['crate', 'transformer.layers.0.0.fn.qkv.weight'],
  ['crate-mae', 'blocks.0.layers.0.0.fn.qkv.weight'],
];

export interface Recognised {
  readonly kind: CrateKind;
  /** What stands in front of every name of the model: "module.", "model.encoder.", or "". */
  readonly prefix: string;
}

/** The form of CRATE whose names the file holds, whatever wrappers put in front of them; null: none. */
export function recogniseCrate(names: Iterable<string>): Recognised | null {
  const all = [...names];
  for (const [kind, signature] of SIGNATURES) {
    // decoder_blocks.0.layers… ends like blocks.0.layers…: what is in front must be whole components.
    const found = all
      .filter((name) => name === signature || name.endsWith(`.${signature}`))
      .sort((a, b) => a.length - b.length)[0];
    if (found !== undefined) return { kind, prefix: found.slice(0, found.length - signature.length) };
  }
  return null;
}

interface Other {
  /** A name that only this architecture has. */
  readonly test: (has: (pattern: RegExp) => boolean) => boolean;
  /** As people call it. */
  readonly name: string;
  /** Names of its blocks, with the block's number as the first group. */
  readonly block?: RegExp;
  /** What comes of it here; absent: nothing is planned. */
  readonly remark?: string;
}

/** In order: the first that fits is named. */
const OTHERS: readonly Other[] = [
  {
    name: 'ToST vision',
    test: (has) => has(/(^|\.)blocks\.0\.attn\.temp$/),
    block: /(?:^|\.)blocks\.(\d+)\.attn\.temp$/,
    remark: 'comes with the family',
  },
  {
    name: 'ToST language',
    test: (has) => has(/(^|\.)transformer\.h\.0\.attn\.temp$/),
    block: /(?:^|\.)transformer\.h\.(\d+)\.attn\.temp$/,
    remark: 'comes with the family',
  },
  {
    name: 'ViT',
    test: (has) => has(/(^|\.)blocks\.0\.attn\.qkv\.weight$/),
    block: /(?:^|\.)blocks\.(\d+)\.attn\.qkv\.weight$/,
    remark: 'comes with the family',
  },
  {
    name: 'ViT (Hugging Face)',
    test: (has) => has(/(^|\.)encoder\.layer\.0\.attention\.attention\.query\.weight$/),
    block: /encoder\.layer\.(\d+)\.attention\.attention\.query\.weight$/,
  },
  {
    name: 'ViT (torchvision)',
    test: (has) => has(/(^|\.)encoder\.layers\.encoder_layer_0\.self_attention\.in_proj_weight$/),
    block: /encoder_layer_(\d+)\.self_attention\.in_proj_weight$/,
  },
  {
    // The same author's ViT has the names of CRATE but an MLP in place of the dictionary.
    name: 'ViT',
    test: (has) => has(/(^|\.)pos_embedding$/) && has(/(^|\.)transformer\.layers\.0\.[01](\.fn)?\.(to_qkv|net\.)/),
    block: /transformer\.layers\.(\d+)\.0(?:\.fn)?\.to_qkv/,
  },
  {
    name: 'CLIP',
    test: (has) => has(/(^|\.)logit_scale$/),
  },
  {
    name: 'language model',
    test: (has) => has(/(^|\.)(wte|embed_tokens|word_embeddings)\.weight$/),
    block: /(?:^|\.)(?:h|layers?)\.(\d+)\./,
  },
  {
    name: 'ResNet',
    test: (has) => has(/(^|\.)layer1\.0\.(conv1|bn1)\./),
  },
];

/** The architecture as people call it, its blocks and what comes of it here: "ToST vision, 12 blocks: comes with the family"; or null. */
export function recogniseOther(names: Iterable<string>): string | null {
  const all = [...names];
  const has = (pattern: RegExp): boolean => all.some((name) => pattern.test(name));
  const other = OTHERS.find(({ test }) => test(has));
  if (!other) return null;
  const { block, name, remark } = other;
  const numbers = block ? new Set(all.flatMap((one) => block.exec(one)?.[1] ?? [])) : new Set();
  const blocks = numbers.size > 0 ? `, ${numbers.size} ${numbers.size === 1 ? 'block' : 'blocks'}` : '';
  return `${name}${blocks}${remark ? `: ${remark}` : ''}`;
}
