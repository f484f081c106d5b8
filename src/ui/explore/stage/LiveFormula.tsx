// A formula whose symbols show their shape and open the view that draws them. What is computed: the released operator.

import { Fragment } from 'react';
import type { CrateConfig } from '../../../model/config.ts';
import { atomCount, tokenCount } from '../../../model/config.ts';
import type { Step, Tab } from '../../../store/state.ts';
import { useApp } from '../../appContext.tsx';
import { setting } from '../../text/numbers.ts';
import { Tex } from '../../text/Tex.tsx';
import { type Operator, outputOf } from './formulas.ts';

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

/** Formulas under one another, the first the half-step itself. */
type Lines = readonly (readonly Term[])[];

function mssaLines(layer: number, config: CrateConfig): Lines {
  const { d, K, p } = config;
  const n = tokenCount(config);
  const l = layer + 1;
  const { hasMap, hasBias } = outputOf(config);
  const before: Step = layer === 0 ? { at: 'embed' } : { at: 'ista', layer: layer - 1 };
  return [
    [
      { tex: `Z^{${l}+1/2}`, name: 'tokens after MSSA', shape: `${d} × ${n}`, shows: { tab: 'tokens' } },
      '=',
      { tex: `Z^{${l}}`, name: 'tokens before', shape: `${d} × ${n}`, shows: { tab: 'tokens', step: before } },
      '+',
      ...(hasMap ? [{ tex: 'W', name: 'output map', shape: `${d} × ${K * p}` }, String.raw`\Big[`] : []),
      { tex: 'V_k', name: 'tokens in the subspace of a head', shape: `${p} × ${n}`, shows: { tab: 'subspaces' } },
      { tex: String.raw`A_k^{\top}`, name: 'attention', shape: `${n} × ${n}`, shows: { tab: 'heads' } },
      ...(hasMap ? [String.raw`\Big]_{k=1}^{${K}}`] : []),
      ...(hasBias ? ['+', { tex: 'b', name: 'bias', shape: `${d}` }] : []),
    ],
  ];
}

function istaLines(layer: number, config: CrateConfig): Lines {
  const { d, eta, lambda } = config;
  const n = tokenCount(config);
  const shape = `${d} × ${n}`;
  return [
    [
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
    ],
  ];
}

function alphaLines(layer: number, config: CrateConfig): Lines {
  const { d, eta, lambda } = config;
  const n = tokenCount(config);
  const m = atomCount(config);
  const shape = `${d} × ${n}`;
  const codes = `${m} × ${n}`;
  const threshold: Symbol = { tex: String.raw`\eta\lambda`, name: 'threshold', value: setting(eta * lambda) };
  const step: Symbol = { tex: String.raw`\eta`, name: 'step size', value: setting(eta) };
  const atoms: Symbol = {
    tex: String.raw`D^{\top}`,
    name: 'dictionary, transposed',
    shape: `${m} × ${d}`,
    shows: { tab: 'dictionary' },
  };
  const z2: Symbol = { tex: 'z_2', name: 'codes', shape: codes, shows: { tab: 'tokens' } };
  return [
    [
      { tex: `Z^{${layer + 2}}`, name: 'tokens after ISTA', shape, shows: { tab: 'tokens' } },
      '=',
      { tex: `Z^{${layer + 1}+1/2}`, name: 'tokens after MSSA', shape, shows: { tab: 'tokens' } },
      '+',
      { tex: 'D_1', name: 'second dictionary', shape: `${d} × ${m}` },
      z2,
    ],
    [
      z2,
      '=',
      String.raw`\mathrm{ReLU}\Big(`,
      { tex: 'z_1', name: 'codes after the first step', shape: codes },
      '-',
      step,
      atoms,
      '(',
      { tex: 'Dz_1-X', name: 'what the dictionary does not explain', shape },
      ')',
      '-',
      threshold,
      String.raw`\Big)`,
    ],
    [
      { tex: 'z_1', name: 'codes after the first step', shape: codes },
      '=',
      String.raw`\mathrm{ReLU}\Big(`,
      step,
      atoms,
      { tex: 'X', name: 'normalised tokens', shape },
      '-',
      threshold,
      String.raw`\Big)`,
    ],
  ];
}

interface LiveFormulaProps {
  readonly operator: Operator;
  /** From 0. */
  readonly layer: number;
  readonly config: CrateConfig;
}

export function LiveFormula({ operator, layer, config }: LiveFormulaProps) {
  const lines =
    operator === 'mssa'
      ? mssaLines(layer, config)
      : config.kind === 'crate-alpha'
        ? alphaLines(layer, config)
        : istaLines(layer, config);
  return (
    <div>
      {lines.map((terms, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines and terms of a formula keep their places
        <div key={line} className="live-formula">
          {terms.map((term, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: as above
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
