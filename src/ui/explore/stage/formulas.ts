// What the stage says about each half-step: title, sentence, the formula as released and as printed in the paper, and where the two differ.
// Tokens are columns in formulas. ℓ counts from 1; Z^1 is what the embedding gives, layer ℓ maps Z^ℓ to Z^{ℓ+1}.

import type { CrateConfig } from '../../../model/config.ts';
import { setting } from '../../text/numbers.ts';

export type Operator = 'mssa' | 'ista';
export type FormulaOf = 'released' | 'paper';

export const TITLES: Readonly<Record<Operator, string>> = { mssa: 'MSSA compresses', ista: 'ISTA sparsifies' };

export const SENTENCES: Readonly<Record<Operator, string>> = {
  mssa: 'In each subspace, every token moves towards the tokens it resembles.',
  ista: 'Each token is rewritten with fewer atoms of a dictionary; small entries become zero.',
};

/** A formula and the line that explains its symbols, LaTeX. */
export interface Formula {
  readonly main: string;
  readonly where: string;
}

export function formulaOf(operator: Operator, of: FormulaOf, { K, eta, lambda }: CrateConfig): Formula {
  if (operator === 'mssa')
    return of === 'released'
      ? {
          main: String.raw`Z^{\ell+1/2}=Z^{\ell}+W\big[\,V_kA_k^{\top}\big]_{k=1}^{${K}}+b`,
          where: String.raw`V_k=U_k^{*}\,\mathrm{LN}(Z^{\ell}),\quad A_k=\mathrm{softmax}\big(V_k^{*}V_k/\sqrt p\,\big)`,
        }
      : {
          main: String.raw`Z^{\ell+1/2}=\big(1-\tfrac{\kappa p}{N\varepsilon^2}\big)Z^{\ell}+\tfrac{\kappa p}{N\varepsilon^2}\,\mathrm{MSSA}(Z^{\ell})`,
          where: String.raw`\mathrm{MSSA}(Z)=\tfrac{p}{N\varepsilon^2}\textstyle\sum_{k=1}^{${K}}U_kV_k\,\mathrm{softmax}(V_k^{*}V_k),\ \ V_k=U_k^{*}Z`,
        };
  const values =
    eta === lambda
      ? String.raw`\eta=\lambda=${setting(eta)}`
      : String.raw`\eta=${setting(eta)},\ \lambda=${setting(lambda)}`;
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

/** "Z^3 → Z^{3+1/2}", LaTeX; `layer` from 0. */
export const mapsTo = (operator: Operator, layer: number): string =>
  operator === 'mssa'
    ? String.raw`Z^{${layer + 1}}\to Z^{${layer + 1}+1/2}`
    : String.raw`Z^{${layer + 1}+1/2}\to Z^{${layer + 2}}`;

/** Where the released model departs from the paper, one sentence each; LaTeX between dollar signs. */
export const DIFFERENCES: Readonly<Record<Operator, readonly string[]>> = {
  mssa: [
    String.raw`The paper steps by $\kappa p/(N\varepsilon^2)$ along MSSA and shrinks $Z$ by the same amount; the released model adds MSSA with weight 1 and keeps $Z$ whole.`,
    String.raw`The paper writes back with the same bases, $[U_1\dots U_K]$, and the factor $p/(N\varepsilon^2)$; the released model has a free output map $W$ with a bias $b$, and a factor $p^{-1/2}$ inside the softmax.`,
    String.raw`The released model normalises its tokens first, $\mathrm{LN}(Z)$; the paper’s formula has no normalisation.`,
    'One projection $U$ plays query, key and value in both.',
  ],
  ista: [
    String.raw`The paper applies the step to $Z^{\ell+1/2}$ itself; the released model to $X=\mathrm{LN}(Z^{\ell+1/2})$, also in the identity part.`,
    String.raw`So there is no residual around it: the tokens before LayerNorm are given up, and $Z^{\ell+1}$ is never negative.`,
    String.raw`In both it is one proximal-gradient step on $\tfrac12\lVert x-Dz\rVert^2+\lambda\sum_j z_j$ with $z\ge 0$, started at $z=x$; $\lambda$ enters only as $\eta\lambda$, the threshold.`,
  ],
};

/** Kernels of a half-step, by what they do (LaTeX between dollar signs); those that do not exist are not listed. */
export const KERNELS: Readonly<Record<Operator, readonly { readonly name: string; readonly does: string }[]>> = {
  mssa: [
    { name: 'layer_norm', does: String.raw`$\mathrm{LN}(Z^{\ell})$` },
    { name: 'gemm', does: String.raw`$U^{*}\mathrm{LN}(Z^{\ell})$, and the output map with bias and residual` },
    { name: 'ssa', does: 'scores, softmax and weighted sum of each head' },
    { name: 'attention', does: 'the attention itself, for the maps' },
    { name: 'row_norms', does: 'measures: lengths, for the unit-normalised rates' },
    { name: 'gram', does: 'measures: the Gram matrix of each head’s tokens' },
    { name: 'cholesky_logdet', does: 'measures: log-determinants for $R$ and $R^c$' },
  ],
  ista: [
    { name: 'layer_norm', does: String.raw`$X=\mathrm{LN}(Z^{\ell+1/2})$` },
    { name: 'gemm', does: String.raw`step and ReLU in one product with $G=D^{\top}(I-D)$, formed once` },
    { name: 'reduce_sparsity', does: String.raw`measures: non-zeros and $\sum|z|$` },
    { name: 'row_norms', does: 'measures: lengths, for the unit-normalised rates' },
    { name: 'gram', does: 'measures: the Gram matrix of each head’s tokens' },
    { name: 'cholesky_logdet', does: 'measures: log-determinants for $R$ and $R^c$' },
  ],
};

export const EMBED_KERNELS = [
  { name: 'patchify', does: 'cuts the picture into patches' },
  { name: 'layer_norm', does: 'LN before and after the map' },
  { name: 'gemm', does: 'the map $E$ and its bias' },
  { name: 'assemble_tokens', does: 'class token in front, positions added' },
] as const;
