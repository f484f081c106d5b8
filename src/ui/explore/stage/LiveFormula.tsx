// A formula whose symbols show their shape and open the view that draws them. What is computed: the released operator.

import { Fragment } from 'react';
import type { CrateConfig } from '../../../model/config.ts';
import { tokenCount } from '../../../model/config.ts';
import type { Step, Tab } from '../../../store/state.ts';
import { useApp } from '../../appContext.tsx';
import { setting } from '../../text/numbers.ts';
import { Tex } from '../../text/Tex.tsx';
import type { Operator } from './formulas.ts';

/** A symbol with its shape (d × n: tokens are columns) or value; `shows` is where it is drawn. */
interface Symbol {
  readonly tex: string;
  /** How a screen reader calls it. */
  readonly name: string;
  readonly shape?: string;
  readonly value?: string;
  readonly shows?: { readonly tab: Tab; readonly step?: Step };
}

/** A symbol, or LaTeX that only joins. */
type Term = Symbol | string;

function mssaTerms(layer: number, config: CrateConfig): readonly Term[] {
  const { d, K, p } = config;
  const n = tokenCount(config);
  const l = layer + 1;
  // With one head as wide as the token the released model has no output map.
  const hasOutput = !(K === 1 && p === d);
  const before: Step = layer === 0 ? { at: 'embed' } : { at: 'ista', layer: layer - 1 };
  return [
    { tex: `Z^{${l}+1/2}`, name: 'tokens after MSSA', shape: `${d} × ${n}`, shows: { tab: 'tokens' } },
    '=',
    { tex: `Z^{${l}}`, name: 'tokens before', shape: `${d} × ${n}`, shows: { tab: 'tokens', step: before } },
    '+',
    ...(hasOutput ? [{ tex: 'W', name: 'output map', shape: `${d} × ${K * p}` }, String.raw`\Big[`] : []),
    { tex: 'V_k', name: 'tokens in the subspace of a head', shape: `${p} × ${n}`, shows: { tab: 'subspaces' } },
    { tex: String.raw`A_k^{\top}`, name: 'attention', shape: `${n} × ${n}`, shows: { tab: 'heads' } },
    ...(hasOutput ? [String.raw`\Big]_{k=1}^{${K}}`, '+', { tex: 'b', name: 'bias', shape: `${d}` }] : []),
  ];
}

function istaTerms(layer: number, config: CrateConfig): readonly Term[] {
  const { d, eta, lambda } = config;
  const n = tokenCount(config);
  const shape = `${d} × ${n}`;
  return [
    { tex: `Z^{${layer + 2}}`, name: 'tokens after ISTA', shape, shows: { tab: 'tokens' } },
    '=',
    String.raw`\mathrm{ReLU}\Big(`,
    { tex: 'X', name: 'normalised tokens', shape },
    '+',
    { tex: String.raw`\eta`, name: 'step size', value: setting(eta) },
    { tex: String.raw`D^{\top}`, name: 'dictionary', shape: `${d} × ${d}`, shows: { tab: 'dictionary' } },
    '(',
    { tex: 'X-DX', name: 'what the dictionary does not explain', shape },
    ')',
    '-',
    { tex: String.raw`\eta\lambda`, name: 'threshold', value: setting(eta * lambda) },
    String.raw`\Big)`,
  ];
}

interface LiveFormulaProps {
  readonly operator: Operator;
  /** From 0. */
  readonly layer: number;
  readonly config: CrateConfig;
}

export function LiveFormula({ operator, layer, config }: LiveFormulaProps) {
  const terms = operator === 'mssa' ? mssaTerms(layer, config) : istaTerms(layer, config);
  return (
    <div className="live-formula">
      {terms.map((term, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the terms of a formula keep their places
        <Fragment key={i}>
          {typeof term === 'string' ? (
            <span className="live-join">
              <Tex>{term}</Tex>
            </span>
          ) : (
            <LiveSymbol symbol={term} operator={operator} />
          )}
        </Fragment>
      ))}
    </div>
  );
}

function LiveSymbol({ symbol, operator }: { readonly symbol: Symbol; readonly operator: Operator }) {
  const choose = useApp((state) => state.choose);
  const stepTo = useApp((state) => state.stepTo);
  const { tex, name, shape, value, shows } = symbol;
  const body = (
    <>
      <span className="live-tex">
        <Tex>{tex}</Tex>
      </span>
      <span className="tick">{shape ?? ''}</span>
      {value && <span className="live-value">{value}</span>}
    </>
  );
  if (!shows) return <span className="live-symbol">{body}</span>;
  return (
    <button
      type="button"
      className={`live-symbol live-link live-${operator}`}
      aria-label={`${name}${shape ? `, ${shape}` : ''}: show`}
      onClick={() => {
        if (shows.step) stepTo(shows.step);
        choose({ tab: shows.tab });
      }}
    >
      {body}
    </button>
  );
}
