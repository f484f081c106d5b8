// The kernels of a run three times over: stacks by layer, points under the roofs, and the table of both.

import { type RefObject, useRef, useState } from 'react';
import type { Grouping } from '../../model/speed.ts';
import type { SpeedResult } from '../../store/state.ts';
import { Segmented } from '../controls/Segmented.tsx';
import { useWidth } from '../useWidth.ts';
import { barColumns, layerColumn, roofPoints } from './bars.ts';
import { byteRate, flopRate } from './figures.ts';
import { LayerBars } from './LayerBars.tsx';
import { Roofline } from './Roofline.tsx';
import { ClockNote } from './SpeedNotes.tsx';
import { TimesTable } from './TimesTable.tsx';

/** The drawings on screen, for saving. */
export interface ChartRefs {
  readonly bars: RefObject<SVGSVGElement | null>;
  readonly roof: RefObject<SVGSVGElement | null>;
}

function Key({ result }: { readonly result: SpeedResult }) {
  const column = layerColumn(result.kernels ?? []);
  return (
    <ul className="speed-legend label">
      {column?.parts.map(({ id, name, accent, shade }) => (
        <li key={id}>
          <span className={`speed-key speed-${accent} speed-shade-${shade}`} aria-hidden="true" />
          {name}
        </li>
      ))}
    </ul>
  );
}

export function KernelCharts({ result, refs }: { readonly result: SpeedResult; readonly refs: ChartRefs }) {
  const [marked, setMarked] = useState<string | null>(null);
  const [by, setBy] = useState<Grouping>('kernel');
  const [barsBox, roofBox] = [useRef<HTMLDivElement>(null), useRef<HTMLDivElement>(null)];
  const [barsWidth, roofWidth] = [useWidth(barsBox, 'layer bars'), useWidth(roofBox, 'roofline')];
  const { peaks, kernels } = result;
  const mark = (key: string) => setMarked((before) => (before === key ? null : key));
  return (
    <>
      <div className="speed-charts">
        <figure ref={barsBox}>
          <figcaption className="speed-caption label">
            <span className="is-ink">Time by layer</span>
            <span>ms, from the foot up in the order of the pass</span>
          </figcaption>
          <Key result={result} />
          {barsWidth > 0 ? (
            <LayerBars
              name="Time of the forward pass by layer, milliseconds"
              columns={barColumns(kernels ?? [])}
              width={barsWidth}
              height={230}
              marked={marked}
              onMark={(key) => {
                mark(key);
                setBy('run');
              }}
              svgRef={refs.bars}
            />
          ) : null}
          <ClockNote result={result} />
        </figure>
        {peaks ? (
          <figure ref={roofBox}>
            <figcaption className="speed-caption label">
              <span className="is-ink">Roofline</span>
              <span>each kernel under what this device can do; area: share of the time</span>
            </figcaption>
            {roofWidth > 0 ? (
              <Roofline
                name="Roofline: operations a second against operations a byte, each kernel under the measured roofs"
                peaks={peaks}
                roofs={{ compute: `${flopRate(peaks.gflops)} computing`, memory: `${byteRate(peaks.gbytes)} reading` }}
                points={roofPoints(result)}
                width={roofWidth}
                height={300}
                marked={marked}
                onMark={(key) => {
                  mark(key);
                  setBy('kernel');
                }}
                svgRef={refs.roof}
              />
            ) : null}
          </figure>
        ) : null}
      </div>
      <div className="speed-times">
        <Segmented
          label="Rows"
          value={by}
          options={[
            { value: 'kernel', label: 'kernel' },
            { value: 'layer', label: 'half-step' },
            { value: 'run', label: 'each run' },
          ]}
          onChange={setBy}
        />
        <TimesTable report={result} by={by} marked={marked} />
      </div>
    </>
  );
}
