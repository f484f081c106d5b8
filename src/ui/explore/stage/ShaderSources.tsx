// The WGSL that computes a half-step on the reader's GPU, kernel by kernel; a source is fetched when it is opened.

import { useEffect, useState } from 'react';
import { sentenceOf } from '../../../store/sentence.ts';
import type { Operator } from './formulas.ts';
import { WithTex } from './WithTex.tsx';
import { readWgsl } from './wgslTokens.ts';
import './operator.css';

/** By path; each loads its text. */
const SOURCES = import.meta.glob<string>('../../../../shaders/**/*.wgsl', { query: '?raw', import: 'default' });

const loaderOf = (name: string): (() => Promise<string>) | undefined =>
  Object.entries(SOURCES).find(([path]) => path.endsWith(`/shaders/${name}.wgsl`))?.[1];

interface Kernel {
  readonly name: string;
  readonly does: string;
}

interface ShaderSourcesProps {
  readonly kernels: readonly Kernel[];
  /** The kernel that is open at first. */
  readonly opened: string;
  readonly operator: Operator;
}

export function ShaderSources({ kernels, opened, operator }: ShaderSourcesProps) {
  const present = kernels.filter(({ name }) => loaderOf(name));
  if (present.length === 0) return null;
  return (
    <section className="kernels" aria-label="Kernels">
      <h3>Kernels that compute it</h3>
      {present.map((kernel) => (
        <KernelSource
          key={`${operator} ${kernel.name}`}
          kernel={kernel}
          operator={operator}
          startsOpen={kernel.name === opened}
        />
      ))}
    </section>
  );
}

interface KernelSourceProps {
  readonly kernel: Kernel;
  readonly operator: Operator;
  readonly startsOpen: boolean;
}

function KernelSource({ kernel: { name, does }, operator, startsOpen }: KernelSourceProps) {
  const [isOpen, setOpen] = useState(startsOpen);
  const [source, setSource] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    if (!isOpen || source !== null) return;
    let isCurrent = true;
    loaderOf(name)?.().then(
      (text) => {
        if (isCurrent) setSource(text);
      },
      (error: unknown) => {
        if (isCurrent) setProblem(`${name}.wgsl could not be fetched. ${sentenceOf(error)}`);
      },
    );
    return () => {
      isCurrent = false;
    };
  }, [isOpen, source, name]);
  return (
    <details className="kernel" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <code>{name}.wgsl</code>{' '}
        <span className="tick">
          <WithTex>{does}</WithTex>
        </span>
      </summary>
      {problem && <p role="alert">{problem}</p>}
      {isOpen && source !== null && <Source text={source} operator={operator} label={`Source of ${name}.wgsl`} />}
    </details>
  );
}

interface SourceProps {
  readonly text: string;
  readonly operator: Operator;
  readonly label: string;
}

function Source({ text, operator, label }: SourceProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className={`wgsl wgsl-${operator}`} tabIndex={0} aria-label={label} data-own-arrows>
      <pre>
        {readWgsl(text).map((tokens, line) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a line is its number
          <span key={line} className="wgsl-line">
            {tokens.map((token, i) =>
              token.kind === 'text' ? (
                token.text
              ) : (
                // biome-ignore lint/suspicious/noArrayIndexKey: tokens of a fixed line
                <span key={i} className={`wgsl-${token.kind}`}>
                  {token.text}
                </span>
              ),
            )}
            {'\n'}
          </span>
        ))}
      </pre>
    </section>
  );
}
