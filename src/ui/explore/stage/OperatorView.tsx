// Operator: the formula with this step's numbers, where paper and released code differ, and the kernels that compute it.

import { useMemo } from 'react';
import { type CrateConfig, gridSide, tokenCount } from '../../../model/config.ts';
import type { StepView, TokensView } from '../../../model/views.ts';
import { useApp } from '../../appContext.tsx';
import { Icon } from '../../controls/Icon.tsx';
import { bare, fixed } from '../../text/numbers.ts';
import { Tex } from '../../text/Tex.tsx';
import { Awaited } from './Awaited.tsx';
import { DIFFERENCES, KERNELS, type Operator } from './formulas.ts';
import { LiveFormula } from './LiveFormula.tsx';
import { ShaderSources } from './ShaderSources.tsx';
import { useSaveable } from './saveContext.tsx';
import { tokenName } from './tokenNames.ts';
import { useLingering } from './useLingering.ts';
import { WithTex } from './WithTex.tsx';
import './operator.css';

interface OperatorViewProps {
  readonly operator: Operator;
  /** From 0. */
  readonly layer: number;
  readonly config: CrateConfig;
}

interface TokenNumbers {
  readonly before: number;
  readonly after: number;
  /** MSSA: length of the step and its cosine with the token. */
  readonly step: number | null;
  readonly cosine: number | null;
  /** Entries of Z^{ℓ+1} that are not zero. */
  readonly nonzeros: number | null;
}

const rowOf = (Z: Float32Array, token: number, d: number) => Z.subarray(token * d, (token + 1) * d);
const length = (row: Float32Array): number => Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
const nonzeros = (row: Float32Array): number => row.reduce((sum, value) => sum + (value === 0 ? 0 : 1), 0);

/** What the half-step did to one token; null while it has not been read. */
function numbersOf(
  operator: Operator,
  token: number,
  d: number,
  effect: StepView | null,
  tokens: TokensView | null,
): TokenNumbers | null {
  const left = tokens && nonzeros(rowOf(tokens.Z_next, token, d));
  if (operator === 'ista')
    return (
      tokens && {
        before: length(rowOf(tokens.Z_half, token, d)),
        after: length(rowOf(tokens.Z_next, token, d)),
        step: null,
        cosine: null,
        nonzeros: left,
      }
    );
  return (
    effect && {
      before: effect.normBefore[token] ?? 0,
      after: effect.normAfter[token] ?? 0,
      step: effect.normStep[token] ?? 0,
      cosine: effect.cosine[token] ?? 0,
      nonzeros: left,
    }
  );
}

export function OperatorView({ operator, layer, config }: OperatorViewProps) {
  const { d } = config;
  const n = tokenCount(config);
  const token = useApp((state) => state.token);
  const effect = useApp((state) => state.views.stepEffect);
  const tokens = useApp((state) => state.views.tokens);
  const current = useMemo(
    () =>
      numbersOf(
        operator,
        token,
        d,
        effect?.layer === layer && effect.cosine.length === n ? effect : null,
        tokens?.layer === layer && tokens.Z_next.length === n * d ? tokens : null,
      ),
    [operator, token, n, d, effect, tokens, layer],
  );
  const { value: numbers, isStale } = useLingering(current);
  const name = tokenName(token, gridSide(config));

  useSaveable(
    useMemo(
      () =>
        numbers && {
          name: `${operator} layer ${layer + 1} ${name}`,
          table: () => ({ columns: ['quantity', 'value'], rows: Object.entries(numbers) }),
        },
      [numbers, operator, layer, name],
    ),
  );

  return (
    <div className="operator">
      <LiveFormula operator={operator} layer={layer} config={config} />
      {numbers ? (
        <p className={isStale ? 'live-numbers stage-stale' : 'live-numbers'}>
          <span className="label">{name}</span>
          <span>
            <Tex>
              {operator === 'mssa'
                ? String.raw`\lVert z\rVert`
                : String.raw`\lVert z^{\ell+1/2}\rVert\to\lVert z^{\ell+1}\rVert`}
            </Tex>{' '}
            {fixed(numbers.before, 2)} <Icon name="right" size={12} /> <span className="unseen">to</span>{' '}
            {fixed(numbers.after, 2)}
          </span>
          {numbers.step !== null && (
            <span>
              <Tex>{String.raw`\lVert\Delta z\rVert`}</Tex> {fixed(numbers.step, 2)}
            </span>
          )}
          {numbers.cosine !== null && (
            <span>
              <Tex>{String.raw`\cos(z,\Delta z)`}</Tex> {bare(numbers.cosine)}
            </span>
          )}
          {numbers.nonzeros !== null && (
            <span>
              {operator === 'mssa' ? 'non-zeros after ISTA' : 'non-zeros'} {numbers.nonzeros} of {d}
            </span>
          )}
        </p>
      ) : (
        <Awaited what="what the step did to this token" />
      )}
      <section aria-label="Paper and released code">
        <h3>Paper and released code</h3>
        <ul className="differences read">
          {DIFFERENCES[operator].map((sentence) => (
            <li key={sentence}>
              <WithTex>{sentence}</WithTex>
            </li>
          ))}
        </ul>
      </section>
      <ShaderSources kernels={KERNELS[operator]} opened={operator === 'mssa' ? 'ssa' : 'gemm'} operator={operator} />
    </div>
  );
}
