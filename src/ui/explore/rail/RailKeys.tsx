// The buttons of the rail, one a stop. Tab reaches the chosen one only; the arrow keys, which step everywhere on the page, then
// carry the focus along.

import { memo, useEffect, useRef } from 'react';
import type { LayerTrace } from '../../../model/trace.ts';
import { sameStep, stepsOf } from '../../../store/selectors.ts';
import type { Normalisation, PictureInfo, RateUnit, Step } from '../../../store/state.ts';
import { Icon } from '../../controls/Icon.tsx';
import { CropThumb } from './CropThumb.tsx';
import { type Column, keyContents, type RailGeometry } from './railGeometry.ts';
import { type HeadName, sayStep } from './sayStep.ts';

interface RailKeysProps {
  readonly geometry: RailGeometry;
  readonly step: Step;
  readonly layers: readonly LayerTrace[];
  readonly by: Normalisation;
  readonly unit: RateUnit;
  readonly picture: PictureInfo | null;
  readonly head: HeadName;
  readonly onStep: (step: Step) => void;
}

export function columnOf(geometry: RailGeometry, step: Step): Column | null {
  if (step.at === 'mssa' || step.at === 'ista') return geometry.layers[step.layer]?.[step.at] ?? null;
  return geometry[step.at];
}

interface KeyFaceProps extends Pick<RailKeysProps, 'step' | 'picture' | 'head'> {
  readonly width: number;
}

function KeyFace({ step, width, picture, head }: KeyFaceProps) {
  if (step.at === 'picture') return picture ? <CropThumb picture={picture} side={width} /> : <Icon name="file" />;
  if (step.at === 'embed') return 'embed';
  if (step.at === 'head') return head;
  const { word, glyph } = keyContents(width);
  return (
    <>
      {glyph ? <Icon name={step.at} /> : null}
      {word ? step.at.toUpperCase() : null}
    </>
  );
}

export const RailKeys = memo(function RailKeys(props: RailKeysProps) {
  const { geometry, step, layers, by, unit, picture, head, onStep } = props;
  const list = useRef<HTMLDivElement>(null);
  const steps = stepsOf(geometry.layers.length).filter((stop) => columnOf(geometry, stop));
  // In the dock, picture, embed and head have no key: then the first key takes the tab stop.
  const isShown = steps.some((stop) => sameStep(stop, step));

  // biome-ignore lint/correctness/useExhaustiveDependencies: runs when the step changes, to take the focus with it, and when there is more to scroll
  useEffect(() => {
    const current = list.current?.querySelector<HTMLButtonElement>('[aria-current="step"]');
    if (!current) return;
    if (list.current?.contains(document.activeElement)) current.focus({ preventScroll: true });
    current.scrollIntoView?.({ block: 'nearest', inline: 'nearest' });
  }, [step, geometry.width]);

  return (
    <div ref={list} role="toolbar" aria-label="Half-steps" className="rail-keys">
      {steps.map((stop, index) => {
        const column = columnOf(geometry, stop);
        if (!column) return null;
        const isCurrent = sameStep(stop, step);
        const says = sayStep(stop, layers, by, unit, head);
        return (
          <button
            key={says.split(':')[0]}
            type="button"
            className={`rail-key rail-key-${stop.at}`}
            style={{ left: column.x, width: column.width }}
            aria-label={says}
            aria-current={isCurrent ? 'step' : undefined}
            tabIndex={isCurrent || (!isShown && index === 0) ? 0 : -1}
            onClick={() => onStep(stop)}
          >
            <KeyFace step={stop} width={column.width} picture={picture} head={head} />
          </button>
        );
      })}
    </div>
  );
});
