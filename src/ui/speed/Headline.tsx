// The few figures that a reader came for: milliseconds a picture, what that is in operations and bytes a second.

import { gflopsOf, type SpeedReport, type Spread } from '../../model/speed.ts';
import { megabytes, percent } from '../text/numbers.ts';
import { byteRate, flopRate, milliseconds, operations, three } from './figures.ts';

interface Figure {
  readonly name: string;
  readonly value: string;
  readonly note: string;
}

const spreadNote = ({ low, high, runs }: Spread): string => `${three(low)} to ${milliseconds(high)}, ${runs} runs`;

function figuresOf({ picture, pass, kernels, peaks, memory }: SpeedReport): readonly Figure[] {
  const total = (of: 'flops' | 'bytes'): number => (kernels ?? []).reduce((sum, kernel) => sum + kernel[of], 0);
  const [flops, bytes] = [total('flops'), total('bytes')];
  const rate = pass ? gflopsOf(flops, pass.median) : Number.NaN;
  return [
    { name: 'a picture, logits alone', value: milliseconds(picture.logits.median), note: spreadNote(picture.logits) },
    { name: 'with all measures', value: milliseconds(picture.measures.median), note: spreadNote(picture.measures) },
    ...(pass
      ? [
          { name: 'its kernels alone', value: milliseconds(pass.median), note: spreadNote(pass) },
          {
            name: 'they compute',
            value: flopRate(rate),
            note: `${operations(flops)} a picture${peaks ? `, ${percent(rate / peaks.gflops, 0)} of the peak` : ''}`,
          },
          {
            name: 'they move at least',
            value: byteRate(bytes / pass.median / 1e6),
            note: `${megabytes(bytes)} a picture${peaks ? `, ${percent(bytes / pass.median / 1e6 / peaks.gbytes, 0)} of the peak` : ''}`,
          },
        ]
      : []),
    {
      name: 'memory',
      value: megabytes(memory.weights + memory.picture),
      note: `${megabytes(memory.weights)} weights, ${megabytes(memory.picture)} a picture`,
    },
  ];
}

export function Headline({ report }: { readonly report: SpeedReport }) {
  return (
    <dl className="speed-headline">
      {figuresOf(report).map(({ name, value, note }) => (
        <div key={name}>
          <dt className="label">{name}</dt>
          <dd>
            <span className="speed-figure">{value}</span>
            <span className="tick">{note}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}
