// What the stage says at the ends of the rail: picture, embedding, and class head or decoder. By kind of model.

import type { CrateConfig } from '../../../model/config.ts';
import type { ModelInfo } from '../../../store/state.ts';
import { bare, count } from '../../text/numbers.ts';
import { outputTex } from './formulas.ts';

export interface EndText {
  readonly title: string;
  readonly place: string;
  /** LaTeX between dollar signs. */
  readonly sentence: string;
  /** LaTeX: the formula, and the line that explains its symbols. */
  readonly main: string | null;
  readonly where: string | null;
}

export type End = 'picture' | 'embed' | 'head';

function pictureText({ config, mean, std }: ModelInfo): EndText {
  const list = (values: readonly number[]) => `(${values.map((value) => bare(value)).join(', ')})`;
  return {
    title: 'The picture',
    place: `${config.imageSize} × ${config.imageSize} pixels`,
    sentence: 'This is all the model sees of it; the ring marks the token you picked.',
    main: String.raw`x=(\mathrm{rgb}/255-\mu)/\sigma`,
    where: String.raw`\mu=${list(mean)},\quad \sigma=${list(std)}`,
  };
}

function embedText({ kind, patchSize }: CrateConfig): EndText {
  const patch = String.raw`x_i\in\mathbb R^{${3 * patchSize ** 2}}`;
  const common = {
    title: 'Embedding',
    place: 'patches become tokens',
    main: String.raw`Z^1=[\,z_{\mathrm{cls}},\,z_1,\dots,z_N\,]+E_{\mathrm{pos}}`,
  };
  if (kind === 'crate-mae')
    return {
      ...common,
      sentence:
        'Each patch that may be seen becomes a column of $Z$, each hidden one the same mask token; a class token goes in front, and every token is told its place.',
      where: String.raw`z_i=E\,x_i+e,\ \text{hidden: }z_i=m,\quad ${patch}`,
    };
  return {
    ...common,
    sentence:
      'Each patch becomes a column of $Z$; a learned class token goes in front, and every token is told its place.',
    where:
      kind === 'crate'
        ? String.raw`z_i=\mathrm{LN}\big(E\,\mathrm{LN}(x_i)+e\big),\quad ${patch}`
        : String.raw`z_i=E\,x_i+e,\quad ${patch}`,
  };
}

function headText({ pool, d, L, classes, headWidth }: CrateConfig): EndText {
  const isClass = pool === 'cls';
  const pooled = isClass ? String.raw`z_{\mathrm{cls}}` : String.raw`\tfrac1n\textstyle\sum_i z_i`;
  const maps = headWidth === undefined ? 'One linear map' : 'Two linear maps';
  const gives = headWidth === undefined ? 'gives' : 'give';
  return {
    title: 'Class head',
    place: isClass ? 'reads the class token' : 'reads the mean of all tokens',
    sentence: isClass
      ? `${maps} of the class token ${gives} the logits; everything it knows it gathered on the way here.`
      : `${maps} of the mean token ${gives} the logits.`,
    main:
      headWidth === undefined
        ? String.raw`y=W_{\mathrm{head}}\,\mathrm{LN}(${pooled})+b`
        : String.raw`y=W_2\big(W_1\,\mathrm{LN}(${pooled})+b_1\big)+b_2`,
    where: [
      String.raw`p=\mathrm{softmax}(y),\quad z\ \text{a column of}\ Z^{${L + 1}},`,
      headWidth === undefined ? '' : String.raw`W_1:\ ${headWidth}\times ${d},`,
      String.raw`${count(classes).replaceAll(',', '{,}')}\ \text{classes}`,
    ]
      .filter(Boolean)
      .join(String.raw`\ \ `),
  };
}

function decoderText({ kind, d, L, decoder, patchSize }: CrateConfig): EndText {
  const { L: blocks = 0, K = 0, p = 0 } = decoder ?? {};
  return {
    title: 'Decoder',
    place: `${blocks} ${blocks === 1 ? 'block' : 'blocks'} back to pixels`,
    sentence: `Each block undoes a layer: a linear map, then minus MSSA. Every token ends as the ${patchSize} × ${patchSize} pixels of its patch.`,
    main: String.raw`H=W\,\mathrm{LN}(Y),\quad Y'=H-\mathrm{MSSA}(\mathrm{LN}(H))`,
    where: String.raw`\mathrm{MSSA}:\ ${outputTex({ kind, K, p, d }).replace('W', String.raw`W_{\!o}`)},\quad \text{first }Y=\mathrm{LN}(Z^{${L + 1}})`,
  };
}

export function textOf(at: End, model: ModelInfo): EndText {
  if (at === 'picture') return pictureText(model);
  if (at === 'embed') return embedText(model.config);
  return model.config.kind === 'crate-mae' ? decoderText(model.config) : headText(model.config);
}
