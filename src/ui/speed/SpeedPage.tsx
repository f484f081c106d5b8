// How fast the model at hand runs on this device, and why: figures, kernel times by half-step, the roofline.

import { useRef } from 'react';
import type { KernelTime } from '../../model/speed.ts';
import { selectModel } from '../../store/selectors.ts';
import type { SpeedResult } from '../../store/state.ts';
import { useApp } from '../appContext.tsx';
import type { Figure } from '../charts/exportSvg.ts';
import { usePictureTitle } from '../explore/header/useInputEntries.ts';
import { useTransfer } from '../explore/input/useTransfer.ts';
import { ExportMenu } from '../explore/objective/ExportMenu.tsx';
import { shortName } from '../explore/shortName.ts';
import { layerColumn } from './bars.ts';
import { DevicePart } from './DevicePart.tsx';
import { milliseconds, sayings } from './figures.ts';
import { Headline } from './Headline.tsx';
import { Inputs } from './Inputs.tsx';
import { type ChartRefs, KernelCharts } from './KernelCharts.tsx';
import { Method } from './Method.tsx';
import { ProductPart } from './ProductPart.tsx';
import { RunControls } from './RunControls.tsx';
import { ClockNote, Empty, Stale } from './SpeedNotes.tsx';
import { speedDocument, speedTable } from './speedTable.ts';
import './speed.css';

function ResultPart({ result, refs }: { readonly result: SpeedResult; readonly refs: ChartRefs }) {
  const said = sayings(result);
  return (
    <>
      <Stale result={result} />
      <Headline report={result} />
      {said.length > 0 ? <p className="read speed-said">{said.join(' ')}</p> : null}
      {result.kernels ? <KernelCharts result={result} refs={refs} /> : <ClockNote result={result} />}
    </>
  );
}

/** Says what the page's legend shows, for a drawing that stands alone. */
const partsOf = (kernels: readonly KernelTime[]): string =>
  (layerColumn(kernels)?.parts ?? []).map(({ name }) => name).join('; ');

export function SpeedPage() {
  const timing = useApp((state) => state.timing);
  const model = useApp(selectModel);
  const pictureTitle = usePictureTitle();
  const { take, notice } = useTransfer();
  const refs: ChartRefs = { bars: useRef<SVGSVGElement>(null), roof: useRef<SVGSVGElement>(null) };
  const { last } = timing;
  const figures = (): readonly (readonly Figure[])[] => {
    const figure = (svg: SVGSVGElement | null, title: string): readonly Figure[] => (svg ? [{ svg, title }] : []);
    return [
      figure(refs.bars.current, 'Time by layer, ms'),
      figure(refs.roof.current, 'Roofline: GFLOP/s against operations a byte'),
    ];
  };
  const caption = last
    ? [
        `${last.model.title}, ${last.model.side} px; ${last.product ? `${last.engine.adapter}, WebGPU` : last.engine.adapter}`,
        `A picture: ${milliseconds(last.picture.logits.median)} (median of ${last.picture.logits.runs}), with all measures ${milliseconds(last.picture.measures.median)}`,
        ...(last.kernels ? [`A layer from the foot up: ${partsOf(last.kernels)}`] : []),
      ]
    : [];
  return (
    <div className="speed">
      <header className="speed-head">
        <h2>How fast, on this device</h2>
        <p className="read">
          {model ? shortName(model.title) : 'The model'}
          {model ? ` at ${model.config.imageSize} px` : ''} on {pictureTitle}: what a picture costs here, where its time
          goes, and how near that is to what this device can do.
        </p>
        <div className="speed-tools">
          <RunControls />
          <ExportMenu
            subject={{ model: last?.model.id ?? '', picture: last?.pictureName ?? '', measure: 'speed' }}
            figures={figures}
            caption={caption}
            table={() => speedTable({ kernels: last?.kernels ?? null, peaks: last?.peaks ?? null }, 'run')}
            document={() => (last ? speedDocument(last) : null)}
            disabled={!last}
            hasCharts={Boolean(last?.kernels)}
            notes={{ csv: 'one row a kernel run', json: 'with device and model' }}
          />
        </div>
        {notice ? (
          <p className="speed-notice label" role="status">
            {notice}
          </p>
        ) : null}
        {timing.status === 'failed' ? (
          <p className="speed-error" role="alert">
            {timing.sentence}
          </p>
        ) : null}
      </header>
      <section className="speed-device" aria-label="This device">
        <h3>This device</h3>
        <DevicePart report={last} />
        <h3>How it multiplies</h3>
        <ProductPart />
      </section>
      <section className="speed-result" aria-label="Figures" aria-busy={timing.status === 'running'}>
        {last ? <ResultPart result={last} refs={refs} /> : <Empty isRunning={timing.status === 'running'} />}
        <Method />
      </section>
      <Inputs onTransfer={take} />
    </div>
  );
}
