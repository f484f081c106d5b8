// The head of the stage: which half-step, one sentence, its formula as released or as printed in the paper.

import { type ReactNode, useEffect, useRef, useState } from 'react';
import type { CrateConfig } from '../../../model/config.ts';
import { useApp } from '../../appContext.tsx';
import { Icon } from '../../controls/Icon.tsx';
import { Segmented } from '../../controls/Segmented.tsx';
import { Tex } from '../../text/Tex.tsx';
import { formulaOf, mapsTo, type Operator, sentenceOf, TITLES } from './formulas.ts';
import { WithTex } from './WithTex.tsx';

interface HeadingProps {
  readonly operator?: Operator;
  readonly title: string;
  /** Beside the title, small. */
  readonly place: ReactNode;
  /** LaTeX between dollar signs. */
  readonly sentence: string;
  /** LaTeX: the formula, and the line that explains its symbols. */
  readonly main: string | null;
  readonly where: string | null;
  /** Under the formula. */
  readonly control?: ReactNode;
}

export function StageHeading({ operator, title, place, sentence, main, where, control }: HeadingProps) {
  return (
    <header className="stage-head">
      <div className="stage-title">
        <h2>
          {operator && <Icon name={operator} className={operator} />}
          {title}
        </h2>
        <span className="label">{place}</span>
      </div>
      <p className="read">
        <WithTex>{sentence}</WithTex>
      </p>
      <Formula main={main} where={where} control={control} />
    </header>
  );
}

/** In a narrow window the formula is scrolled sideways, then also by keyboard. */
function Formula({ main, where, control }: Pick<HeadingProps, 'main' | 'where' | 'control'>) {
  const frame = useRef<HTMLDivElement>(null);
  const [scrolls, setScrolls] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: measured anew when the formula, the room or the fonts change
  useEffect(() => {
    const box = frame.current;
    if (!box) return;
    const measure = () => setScrolls(box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight);
    // Told at once and when the room changes, each time after the frame's own layout.
    const observer = new ResizeObserver(measure);
    observer.observe(box);
    document.fonts.addEventListener('loadingdone', measure);
    return () => {
      observer.disconnect();
      document.fonts.removeEventListener('loadingdone', measure);
    };
  }, [main, where]);
  return (
    <div
      ref={frame}
      className="stage-formula"
      {...(scrolls ? { tabIndex: 0, role: 'group', 'aria-label': 'Formula' } : {})}
    >
      {main && <Tex display>{main}</Tex>}
      {where && <Tex className="stage-where">{where}</Tex>}
      {control}
    </div>
  );
}

interface StageHeaderProps {
  readonly operator: Operator;
  /** From 0. */
  readonly layer: number;
  readonly config: CrateConfig;
}

export function StageHeader({ operator, layer, config }: StageHeaderProps) {
  const of = useApp((state) => state.formulaOf);
  const choose = useApp((state) => state.choose);
  const formula = formulaOf(operator, of, config);
  return (
    <StageHeading
      operator={operator}
      title={TITLES[operator]}
      place={
        <>
          layer {layer + 1} of {config.L}
          <span className="stage-maps-to">
            , <Tex>{mapsTo(operator, layer)}</Tex>
          </span>
        </>
      }
      sentence={sentenceOf(operator, config)}
      main={formula.main}
      where={formula.where}
      control={
        <Segmented
          label="Formula of"
          hideLabel
          value={of}
          options={[
            { value: 'released', label: 'released', hint: 'What the released model computes' },
            { value: 'paper', label: 'paper', hint: 'What the paper prints' },
          ]}
          onChange={(formulaOf) => choose({ formulaOf })}
        />
      }
    />
  );
}
