// What a checkpoint file turned out to be: container, tensors, architecture, sizes, and what it holds beside them.

import { type ReactNode, useEffect, useState } from 'react';
import type { Findings } from '../../../model/findings.ts';
import type { OpenedFile } from '../../../store/state.ts';
import { Button } from '../../controls/Button.tsx';
import { count, megabytes, si } from '../../text/numbers.ts';

interface Fact {
  readonly name: string;
  readonly value: ReactNode;
}

/** More plain values than this are folded. */
const SHOWN_VALUES = 4;
const SAID_MS = 2000;

function Hash({ sha256 }: { readonly sha256: string }) {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), SAID_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);
  // Absent outside secure contexts; the text can be selected there.
  const clipboard: Clipboard | undefined = navigator.clipboard;
  return (
    <>
      <code className="fact-hash">{sha256}</code>
      {clipboard ? (
        <Button
          size="small"
          icon={isCopied ? 'check' : 'link'}
          className="fact-copy"
          aria-label={isCopied ? 'SHA-256 copied' : 'Copy the SHA-256'}
          onClick={() =>
            clipboard.writeText(sha256).then(
              () => setCopied(true),
              () => undefined,
            )
          }
        >
          {isCopied ? 'Copied' : 'Copy'}
        </Button>
      ) : null}
    </>
  );
}

function Folded({ summary, children }: { readonly summary: string; readonly children: ReactNode }) {
  return (
    <details className="fact-folded">
      <summary>{summary}</summary>
      {children}
    </details>
  );
}

const valueText = (value: string | number | boolean | null): string =>
  value === null ? 'None' : typeof value === 'number' ? String(value) : String(value);

function Metadata({ metadata }: Pick<Findings, 'metadata'>) {
  const entries = Object.entries(metadata);
  const list = (
    <dl className="fact-values">
      {entries.map(([name, value]) => (
        <div key={name}>
          <dt>
            <code>{name}</code>
          </dt>
          <dd>{valueText(value)}</dd>
        </div>
      ))}
    </dl>
  );
  return entries.length > SHOWN_VALUES ? <Folded summary={`${entries.length} values`}>{list}</Folded> : list;
}

function sizeFacts({ sizes, parameters }: Findings): readonly Fact[] {
  const { imageSize, patchSize, classes, d, L, inner, atoms, headWidth, decoder } = sizes;
  const side = imageSize / patchSize;
  return [
    { name: 'Layers × width', value: `${L} × ${d}` },
    ...(inner === d ? [] : [{ name: 'Projection', value: `${inner} rows` }]),
    ...(atoms === d ? [] : [{ name: 'Dictionary', value: `${atoms} atoms` }]),
    { name: 'Picture', value: `${imageSize} px, ${side} × ${side} patches of ${patchSize} px` },
    ...(decoder ? [{ name: 'Decoder', value: `${decoder.L} layers, ${decoder.inner} rows` }] : []),
    ...(headWidth === null ? [] : [{ name: 'Before the classes', value: `a linear map to ${headWidth}` }]),
    { name: 'Classes', value: classes === 0 ? 'none: no class head' : count(classes) },
    { name: 'Parameters', value: `${si(parameters)} (${count(parameters)})` },
  ];
}

function factsOf({ name, sha256, findings }: OpenedFile): readonly Fact[] {
  const { container, bytes, wrapper, prefix, dtypes, unused, metadata, architecture, released } = findings;
  return [
    ...(/^https?:/.test(name) ? [{ name: 'Address', value: <span className="fact-long">{name}</span> }] : []),
    { name: 'File', value: `${container}, ${megabytes(bytes)}` },
    ...(wrapper.length > 0 ? [{ name: 'Tensors under', value: <code>{wrapper.join(' › ')}</code> }] : []),
    ...(prefix
      ? [
          {
            name: 'Prefix',
            value: (
              <>
                <code>{prefix}</code> taken off every name
              </>
            ),
          },
        ]
      : []),
    {
      name: 'Numbers',
      value: (
        <ul className="fact-list">
          {dtypes.map(({ dtype, tensors, numbers }) => (
            <li key={dtype}>
              {dtype}: {count(tensors)} {tensors === 1 ? 'tensor' : 'tensors'}, {si(numbers)}
            </li>
          ))}
        </ul>
      ),
    },
    { name: 'Architecture', value: architecture },
    { name: 'Released as', value: released ?? 'no released model has these sizes' },
    ...sizeFacts(findings),
    {
      name: 'Not used',
      value:
        unused.length === 0 ? (
          'nothing: every tensor is'
        ) : (
          <Folded summary={`${count(unused.length)} ${unused.length === 1 ? 'tensor' : 'tensors'}`}>
            <ul className="fact-names">
              {unused.map((tensor) => (
                <li key={tensor}>
                  <code>{tensor}</code>
                </li>
              ))}
            </ul>
          </Folded>
        ),
    },
    ...(Object.keys(metadata).length > 0
      ? [{ name: 'Beside the tensors', value: <Metadata metadata={metadata} /> }]
      : []),
    { name: 'SHA-256', value: <Hash sha256={sha256} /> },
  ];
}

export function FoundFacts({ opened }: { readonly opened: OpenedFile }) {
  return (
    <dl className="facts">
      {factsOf(opened).map(({ name, value }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
