// The stage: the chosen stop of the rail, opened. A half-step has its formula and five views; picture, embedding and class head one each.

import { type ReactNode, Suspense, useRef, useState } from 'react';
import { selectModel, selectPicture } from '../../../store/selectors.ts';
import type { ModelInfo, Step, Tab } from '../../../store/state.ts';
import { useApp } from '../../appContext.tsx';
import { TabBar } from '../../controls/Tabs.tsx';
import { later } from '../../later.tsx';
import { useWidth } from '../../useWidth.ts';
import { Awaited } from './Awaited.tsx';
import { textOf } from './endText.ts';
import type { Operator } from './formulas.ts';
import { HeadsOptions } from './HeadsOptions.tsx';
import { HeadsView } from './HeadsView.tsx';
import { StageHeader, StageHeading } from './StageHeader.tsx';
import { StageTools } from './StageTools.tsx';
import { SubspacesOptions } from './SubspacesOptions.tsx';
import { type Saveable, SaveContext } from './saveContext.tsx';
import { TokensOptions } from './TokensOptions.tsx';
import './stage.css';

const SubspacesView = later(async () => (await import('./SubspacesView.tsx')).SubspacesView);
const TokensView = later(async () => (await import('./TokensView.tsx')).TokensView);
const DictionaryView = later(async () => (await import('./DictionaryView.tsx')).DictionaryView);
const OperatorView = later(async () => (await import('./OperatorView.tsx')).OperatorView);
const PictureStage = later(async () => (await import('./PictureStage.tsx')).PictureStage);
const EmbedStage = later(async () => (await import('./EmbedStage.tsx')).EmbedStage);
const DecoderStage = later(async () => (await import('./DecoderStage.tsx')).DecoderStage);
const HeadStage = later(async () => (await import('./HeadStage.tsx')).HeadStage);

const TABS: readonly { readonly value: Tab; readonly label: string }[] = [
  { value: 'heads', label: 'Heads' },
  { value: 'subspaces', label: 'Subspaces' },
  { value: 'tokens', label: 'Tokens' },
  { value: 'dictionary', label: 'Dictionary' },
  { value: 'operator', label: 'Operator' },
];

/** Below this width options are menus, px. */
const COMPACT = 600;

export function Stage() {
  const step = useApp((state) => state.step);
  const model = useApp(selectModel);
  const [saveable, setSaveable] = useState<Saveable | null>(null);
  return (
    <SaveContext value={setSaveable}>
      <section className="stage" aria-label="Stage">
        {!model ? (
          <Awaited what="the model" />
        ) : step.at === 'mssa' || step.at === 'ista' ? (
          <HalfStep
            operator={step.at}
            layer={Math.min(step.layer, model.config.L - 1)}
            model={model}
            saveable={saveable}
          />
        ) : (
          <End at={step.at} model={model} saveable={saveable} />
        )}
      </section>
    </SaveContext>
  );
}

interface HalfStepProps {
  readonly operator: Operator;
  /** From 0. */
  readonly layer: number;
  readonly model: ModelInfo;
  readonly saveable: Saveable | null;
}

function HalfStep({ operator, layer, model, saveable }: HalfStepProps) {
  const { config, sha256 } = model;
  const tab = useApp((state) => state.tab);
  const choose = useApp((state) => state.choose);
  const [isOne, setOne] = useState(false);
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame, 'stage');
  const shown = useRef<HTMLDivElement>(null);
  const isCompact = width < COMPACT;

  const options: Readonly<Record<Tab, ReactNode>> = {
    heads: <HeadsOptions K={config.K} isOne={isOne} onOne={setOne} isCompact={isCompact} />,
    subspaces: <SubspacesOptions operator={operator} config={config} isCompact={isCompact} />,
    tokens: <TokensOptions isCompact={isCompact} what={config.kind === 'crate-alpha' ? 'atoms' : 'channels'} />,
    dictionary: null,
    operator: null,
  };
  const views: Readonly<Record<Tab, ReactNode>> = {
    heads: <HeadsView operator={operator} layer={layer} config={config} isOne={isOne} />,
    subspaces: <SubspacesView operator={operator} layer={layer} config={config} />,
    tokens: <TokensView layer={layer} config={config} />,
    dictionary: <DictionaryView layer={layer} config={config} />,
    operator: <OperatorView operator={operator} layer={layer} config={config} />,
  };
  return (
    <div ref={frame}>
      <StageHeader operator={operator} layer={layer} config={config} />
      <TabBar
        className="stage-tabs"
        label="Views of this half-step"
        value={tab}
        tabs={TABS}
        onChange={(value) => choose({ tab: value })}
        trailing={
          <>
            {options[tab]}
            <StageTools saveable={saveable} shown={shown} />
          </>
        }
      >
        {/* Another model has nothing of the one before in its views. */}
        <div key={sha256} ref={shown} className="stage-view">
          <Suspense fallback={<div className="stage-loading" />}>{views[tab]}</Suspense>
        </div>
      </TabBar>
    </div>
  );
}

interface EndProps {
  readonly at: Exclude<Step['at'], 'mssa' | 'ista'>;
  readonly model: ModelInfo;
  readonly saveable: Saveable | null;
}

function End({ at, model, saveable }: EndProps) {
  const picture = useApp(selectPicture);
  const shown = useRef<HTMLDivElement>(null);
  const views: Readonly<Record<EndProps['at'], ReactNode>> = {
    picture: picture ? <PictureStage model={model} picture={picture} /> : <Awaited what="a picture" />,
    embed: <EmbedStage model={model} picture={picture} />,
    head: model.config.kind === 'crate-mae' ? <DecoderStage model={model} /> : <HeadStage model={model} />,
  };
  return (
    <>
      <StageHeading {...textOf(at, model)} control={<StageTools saveable={saveable} shown={shown} />} />
      <div key={model.sha256} ref={shown} className="stage-view stage-end">
        <Suspense fallback={<div className="stage-loading" />}>{views[at]}</Suspense>
      </div>
    </>
  );
}
