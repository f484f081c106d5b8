// Operator: the formula with this step's numbers, where paper and released code differ, and the kernels that compute it.

import { useMemo } from 'react';
import { atomCount, type CrateConfig, gridSide, tokenCount } from '../../../model/config.ts';
import type { StepView, TokensView } from '../../../model/views.ts';
import { useApp } from '../../appContext.tsx';
import { Icon } from '../../controls/Icon.tsx';
import { bare, count, fixed } from '../../text/numbers.ts';
import { Tex } from '../../text/Tex.tsx';
import { Awaited } from './Awaited.tsx';
import { differencesOf, kernelsOf, type Operator } from './formulas.ts';
import { LiveFormula } from './LiveFormula.tsx';
import { ShaderSources } from './ShaderSources.tsx';
import { useSaveable } from './saveContext.tsx';
import { tokenName } from './tokenNames.ts';
import { isTokensOf } from './tokenStats.ts';
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
  /** MSSA, and CRATE-α's ISTA: length of the step and its cosine with the token. */
  readonly step: number | null;
  readonly cosine: number | null;
  /** Entries of Z^{ℓ+1}, or of CRATE-α's code, that are not zero. */
  readonly nonzeros: number | null;
}

const rowOf = (Z: Float32Array, token: number, d: number) => Z.subarray(token * d, (token + 1) * d);
const length = (row: Float32Array): number => Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
const nonzeros = (row: Float32Array): number => row.reduce((sum, value) => sum + (value === 0 ? 0 : 1), 0);

/** What the half-step did to one token; null while it has not been read. */
function numbersOf(
  operator: Operator,
  token: number,
  { d, ...config }: CrateConfig,
  effect: StepView | null,
  tokens: TokensView | null,
): TokenNumbers | null {
  const m = atomCount({ d, ...config });
  const left = tokens && nonzeros(tokens.codes ? rowOf(tokens.codes, token, m) : rowOf(tokens.Z_next, token, d));
  if (operator === 'mssa')
    return (
      effect && {
        before: effect.normBefore[token] ?? 0,
        after: effect.normAfter[token] ?? 0,
        step: effect.normStep[token] ?? 0,
        cosine: effect.cosine[token] ?? 0,
        nonzeros: left,
      }
    );
  if (!tokens) return null;
  const half = rowOf(tokens.Z_half, token, d);
  const next = rowOf(tokens.Z_next, token, d);
  const ends = { before: length(half), after: length(next), nonzeros: left };
  if (!tokens.codes) return { ...ends, step: null, cosine: null };
  // The residual makes it a step: D1 z2.
  const step = next.map((value, j) => value - (half[j] ?? 0));
  const lengths = ends.before * length(step);
  const dot = step.reduce((sum, value, j) => sum + value * (half[j] ?? 0), 0);
  return { ...ends, step: length(step), cosine: lengths > 0 ? dot / lengths : 0 };
}

export function OperatorView({ operator, layer, config }: OperatorViewProps) {
  const n = tokenCount(config);
  const isAlpha = config.kind === 'crate-alpha';
  const token = useApp((state) => state.token);
  const effect = useApp((state) => state.views.stepEffect);
  const tokens = useApp((state) => state.views.tokens);
  const current = useMemo(
    () =>
      numbersOf(
        operator,
        token,
        config,
        effect?.layer === layer && effect.cosine.length === n ? effect : null,
        tokens?.layer === layer && isTokensOf(tokens, config) ? tokens : null,
      ),
    [operator, token, n, config, effect, tokens, layer],
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
              <Tex>{operator === 'ista' ? String.raw`\lVert D_1z_2\rVert` : String.raw`\lVert\Delta z\rVert`}</Tex>{' '}
              {fixed(numbers.step, 2)}
            </span>
          )}
          {numbers.cosine !== null && (
            <span>
              <Tex>{operator === 'ista' ? String.raw`\cos(z^{\ell+1/2},D_1z_2)` : String.raw`\cos(z,\Delta z)`}</Tex>{' '}
              {bare(numbers.cosine)}
            </span>
          )}
          {numbers.nonzeros !== null && (
            <span>
              {isAlpha ? 'non-zeros of its code' : 'non-zeros'}
              {operator === 'mssa' ? ' after ISTA' : ''} {count(numbers.nonzeros)} of {count(atomCount(config))}
            </span>
          )}
        </p>
      ) : (
        <Awaited what="what the step did to this token" />
      )}
      <section aria-label="Paper and released code">
        <h3>Paper and released code</h3>
        <ul className="differences read">
          {differencesOf(operator, config).map((sentence) => (
            <li key={sentence}>
              <WithTex>{sentence}</WithTex>
            </li>
          ))}
        </ul>
      </section>
      <ShaderSources
        kernels={kernelsOf(operator, config)}
        opened={operator === 'mssa' ? 'ssa' : 'gemm'}
        operator={operator}
      />
    </div>
  );
}
