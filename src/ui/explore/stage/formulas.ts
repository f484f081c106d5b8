// What the stage says about each half-step: title, sentence, the formula as released and as printed in the paper, and where the two differ.
// Tokens are columns in formulas. ℓ counts from 1; Z^1 is what the embedding gives, layer ℓ maps Z^ℓ to Z^{ℓ+1}.

import { atomCount, type CrateConfig, tokenCount } from '../../../model/config.ts';
import { count, setting } from '../../text/numbers.ts';

export type Operator = 'mssa' | 'ista';
export type FormulaOf = 'released' | 'paper';

export const TITLES: Readonly<Record<Operator, string>> = { mssa: 'MSSA compresses', ista: 'ISTA sparsifies' };

/** One sentence a half-step; LaTeX between dollar signs. */
export function sentenceOf(operator: Operator, config: CrateConfig): string {
  if (operator === 'mssa') return 'In each subspace, every token moves towards the tokens it resembles.';
  return config.kind === 'crate-alpha'
    ? `Each token is coded with few of ${count(atomCount(config))} atoms; what the code spells is added to it.`
    : 'Each token is rewritten with fewer atoms of a dictionary; small entries become zero.';
}

/** What maps the heads back to tokens: with one head as wide as the token, nothing does; CRATE-α's map has no bias. */
export function outputOf({ kind, K, p, d }: Pick<CrateConfig, 'kind' | 'K' | 'p' | 'd'>) {
  const hasMap = !(K === 1 && p === d);
  return { hasMap, hasBias: hasMap && kind !== 'crate-alpha' };
}

/** A formula and the line that explains its symbols, LaTeX. */
export interface Formula {
  readonly main: string;
  readonly where: string;
}

/** The heads side by side, brought back to tokens, as released: "W[V_k A_kᵀ] + b", LaTeX. */
export function outputTex(config: Pick<CrateConfig, 'kind' | 'K' | 'p' | 'd'>): string {
  const { hasMap, hasBias } = outputOf(config);
  if (!hasMap) return String.raw`V_1A_1^{\top}`;
  return String.raw`W\big[\,V_kA_k^{\top}\big]_{k=1}^{${config.K}}${hasBias ? '+b' : ''}`;
}

/** "η = λ = .1", or both apart; LaTeX. */
export const constantsTex = ({ eta, lambda }: Pick<CrateConfig, 'eta' | 'lambda'>): string =>
  eta === lambda
    ? String.raw`\eta=\lambda=${setting(eta)}`
    : String.raw`\eta=${setting(eta)},\ \lambda=${setting(lambda)}`;

export function formulaOf(operator: Operator, of: FormulaOf, config: CrateConfig): Formula {
  const { K } = config;
  if (operator === 'mssa')
    return of === 'released'
      ? {
          main: String.raw`Z^{\ell+1/2}=Z^{\ell}+${outputTex(config)}`,
          where: String.raw`V_k=U_k^{*}\,\mathrm{LN}(Z^{\ell}),\quad A_k=\mathrm{softmax}\big(V_k^{*}V_k/\sqrt p\,\big)`,
        }
      : {
          main: String.raw`Z^{\ell+1/2}=\big(1-\tfrac{\kappa p}{N\varepsilon^2}\big)Z^{\ell}+\tfrac{\kappa p}{N\varepsilon^2}\,\mathrm{MSSA}(Z^{\ell})`,
          where: String.raw`\mathrm{MSSA}(Z)=\tfrac{p}{N\varepsilon^2}\textstyle\sum_{k=1}^{${K}}U_kV_k\,\mathrm{softmax}(V_k^{*}V_k),\ \ V_k=U_k^{*}Z`,
        };
  const values = constantsTex(config);
  if (config.kind === 'crate-alpha')
    return of === 'released'
      ? {
          main: String.raw`Z^{\ell+1}=Z^{\ell+1/2}+D_1z_2`,
          where: lines(
            String.raw`z_2=\mathrm{ReLU}\big(z_1-\eta D^{\top}(Dz_1-X)-\eta\lambda\big)`,
            String.raw`z_1=\mathrm{ReLU}(\eta D^{\top}X-\eta\lambda),\ \ X=\mathrm{LN}(Z^{\ell+1/2}),\ \ ${values}`,
          ),
        }
      : {
          main: String.raw`Z^{\ell+1}=Z^{\ell+1/2}+\hat D\,z`,
          where: lines(
            String.raw`z\approx\arg\min_{z\ge 0}\ \tfrac12\lVert Z^{\ell+1/2}-Dz\rVert_F^2+\lambda\lVert z\rVert_1`,
            String.raw`\text{by two ISTA steps from }z=0`,
          ),
        };
  return of === 'released'
    ? {
        main: String.raw`Z^{\ell+1}=\mathrm{ReLU}\big(X+\eta D^{\top}(X-DX)-\eta\lambda\big)`,
        where: String.raw`X=\mathrm{LN}(Z^{\ell+1/2}),\quad ${values}`,
      }
    : {
        main: String.raw`Z^{\ell+1}=\mathrm{ReLU}\big(Z'+\eta D^{*}(Z'-DZ')-\eta\lambda\mathbf 1\big)`,
        where: String.raw`Z'=Z^{\ell+1/2},\quad ${values}`,
      };
}

/** Lines under one another, flush right like the formula above them. */
const lines = (...each: readonly string[]): string =>
  String.raw`\begin{aligned}${each.map((line) => `${line}&`).join(String.raw` \\ `)}\end{aligned}`;

/** "Z^3 → Z^{3+1/2}", LaTeX; `layer` from 0. */
export const mapsTo = (operator: Operator, layer: number): string =>
  operator === 'mssa'
    ? String.raw`Z^{${layer + 1}}\to Z^{${layer + 1}+1/2}`
    : String.raw`Z^{${layer + 1}+1/2}\to Z^{${layer + 2}}`;

/** Where the released model departs from the paper, one sentence each; LaTeX between dollar signs. */
export function differencesOf(operator: Operator, config: CrateConfig): readonly string[] {
  if (operator === 'mssa') {
    const { hasMap, hasBias } = outputOf(config);
    const map = !hasMap
      ? 'has no output map, since its one head is as wide as a token'
      : hasBias
        ? 'has a free output map $W$ with a bias $b$'
        : 'has a free output map $W$ without a bias';
    return [
      String.raw`The paper steps by $\kappa p/(N\varepsilon^2)$ along MSSA and shrinks $Z$ by the same amount; the released model adds MSSA with weight 1 and keeps $Z$ whole.`,
      String.raw`The paper writes back with the same bases, $[U_1\dots U_K]$, and the factor $p/(N\varepsilon^2)$; the released model ${map}, and a factor $p^{-1/2}$ inside the softmax.`,
      String.raw`The released model normalises its tokens first, $\mathrm{LN}(Z)$; the paper’s formula has no normalisation.`,
      'One projection $U$ plays query, key and value in both.',
    ];
  }
  if (config.kind === 'crate-alpha')
    return [
      String.raw`The paper codes $Z^{\ell+1/2}$ itself; the released model codes $X=\mathrm{LN}(Z^{\ell+1/2})$.`,
      String.raw`In both they are two proximal-gradient steps on $\tfrac12\lVert x-Dz\rVert^2+\lambda\sum_j z_j$ with $z\ge 0$, started at $z=0$; $\lambda$ enters only as $\eta\lambda$, the threshold.`,
      String.raw`$D$ has ${count(atomCount(config))} atoms for tokens of width ${count(config.d)}. A second dictionary, $D_1$ (the paper’s $\hat D$), of the same shape and free of $D$, turns codes back into tokens.`,
      String.raw`The residual keeps $Z^{\ell+1/2}$, so $Z^{\ell+1}$ has either sign and hardly an exact zero: what is sparse are the codes $z_2$, and non-zeros are counted there.`,
    ];
  const mae =
    config.kind === 'crate-mae'
      ? [
          String.raw`This encoder’s $\lambda$ is ${setting(config.lambda)}, so its threshold is ${setting(config.eta * config.lambda)}; the classifiers’ released code has .1 and .01.`,
        ]
      : [];
  return [
    String.raw`The paper applies the step to $Z^{\ell+1/2}$ itself; the released model to $X=\mathrm{LN}(Z^{\ell+1/2})$, also in the identity part.`,
    String.raw`So there is no residual around it: the tokens before LayerNorm are given up, and $Z^{\ell+1}$ is never negative.`,
    String.raw`In both it is one proximal-gradient step on $\tfrac12\lVert x-Dz\rVert^2+\lambda\sum_j z_j$ with $z\ge 0$, started at $z=x$; $\lambda$ enters only as $\eta\lambda$, the threshold.`,
    ...mae,
  ];
}

interface Kernel {
  /** Its file in shaders/, without the ending. */
  readonly name: string;
  /** LaTeX between dollar signs. */
  readonly does: string;
}

/** A device takes one of the products for all it multiplies. */
const productThat = (does: string): readonly Kernel[] => [
  { name: 'gemm', does },
  { name: 'gemm_quad', does: 'the same with loads shared by quads of a subgroup' },
  { name: 'gemm_tile', does: 'the same by tiles in workgroup memory, where a device is faster with them' },
  { name: 'lib/product', does: 'what the products share: LayerNorm before, bias, residual or proximal step after' },
];

/** Up to this many tokens whole rows of scores fit into workgroup memory everywhere. */
const WHOLE_ROWS = 504;

const ssaOf = (config: CrateConfig): readonly Kernel[] => [
  {
    name: tokenCount(config) <= WHOLE_ROWS ? 'ssa' : 'ssa_online',
    does: 'scores, softmax and weighted sum of each head',
  },
  { name: 'ssa_quad', does: 'the same by quads of a subgroup, where a processor computes' },
];

const MEASURES: readonly Kernel[] = [
  { name: 'row_norms', does: 'measures: lengths, for the unit-normalised rates' },
  { name: 'gram', does: 'measures: Gram matrices over channels, as of each head' },
  { name: 'gram_tokens', does: 'measures: Gram matrices over tokens, where those are fewer' },
  { name: 'cholesky_logdet', does: 'measures: log-determinants for $R$ and $R^c$' },
];

/** Kernels of a half-step, by what they do; those that do not exist are not listed. */
export function kernelsOf(operator: Operator, config: CrateConfig): readonly Kernel[] {
  if (operator === 'mssa') {
    const { hasMap, hasBias } = outputOf(config);
    const output = hasMap ? `, and the output map with ${hasBias ? 'bias and ' : ''}residual` : '';
    return [
      ...productThat(String.raw`$U^{*}\mathrm{LN}(Z^{\ell})$, LayerNorm on the way${output}`),
      ...ssaOf(config),
      { name: 'attention', does: 'the attention itself, for the maps' },
      { name: 'layer_norm', does: String.raw`measures: $\mathrm{LN}(Z^{\ell})$ of all layers` },
      ...MEASURES,
    ];
  }
  const isAlpha = config.kind === 'crate-alpha';
  return [
    ...(isAlpha ? [{ name: 'layer_norm', does: String.raw`$X=\mathrm{LN}(Z^{\ell+1/2})$` }] : []),
    ...productThat(
      isAlpha
        ? String.raw`the products with $D^{\top}$, $D$ and $D_1$, with step, ReLU and residual`
        : String.raw`LayerNorm, step and ReLU in one product with $G=D^{\top}(I-D)$, formed once`,
    ),
    {
      name: 'reduce_sparsity',
      does: isAlpha ? 'measures: non-zeros of $z_2$' : String.raw`measures: non-zeros and $\sum|z|$`,
    },
    ...MEASURES,
  ];
}

/** Kernels of the embedding; a convolution has no norms. */
export function embedKernels({ kind }: CrateConfig): readonly Kernel[] {
  return [
    { name: 'patchify', does: 'cuts the picture into patches' },
    ...productThat(kind === 'crate' ? 'LN, the map $E$ and its bias' : 'the map $E$ and its bias'),
    ...(kind === 'crate' ? [{ name: 'layer_norm', does: 'LN after the map' }] : []),
    {
      name: 'assemble_tokens',
      does:
        kind === 'crate-mae'
          ? 'mask tokens where patches are hidden, class token in front, positions added'
          : 'class token in front, positions added',
    },
  ];
}

/** Kernels of CRATE-MAE's decoder. */
export const decoderKernels = (config: CrateConfig): readonly Kernel[] => [
  { name: 'layer_norm', does: 'the norm before the decoder' },
  ...productThat(
    String.raw`$H$, $V^{*}\mathrm{LN}(H)$, the output map taken off $H$, and the pixels, LayerNorm on the way`,
  ),
  ...ssaOf(config),
];
