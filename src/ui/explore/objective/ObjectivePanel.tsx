// The objective beside the stage: verdicts, how the rate is measured, its curves over the layers, and where theory is not met.

import { useMemo, useRef } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { tokenCount } from '../../../model/config.ts';
import { type Departure, departureText, diagnose, verdicts } from '../../../store/diagnosis.ts';
import { countsCodes, selectModel, selectReports } from '../../../store/selectors.ts';
import { useApp } from '../../appContext.tsx';
import type { Figure } from '../../charts/exportSvg.ts';
import { IconButton } from '../../controls/Button.tsx';
import { withTheRest } from '../../later.tsx';
import { setting } from '../../text/numbers.ts';
import { useWidth } from '../../useWidth.ts';
import { useOfferCurves } from '../curvesOnScreen.ts';
import { Panel } from '../Panel.tsx';
import { chartTable, fittingCohort, type Measure, RATE_SYMBOL } from './chartData.ts';
import { Departures } from './Departures.tsx';
import { ExportMenu } from './ExportMenu.tsx';
import { HelpPopover } from './HelpPopover.tsx';
import { MeasureControls } from './MeasureControls.tsx';
import { type ChartRefs, RateCharts } from './RateCharts.tsx';
import { Verdicts } from './Verdicts.tsx';
import './objective.css';

const svgExport = withTheRest(() => import('../../charts/exportSvg.ts'));

export function ObjectivePanel() {
  const reports = useApp(selectReports);
  const model = useApp(selectModel);
  const run = useApp((state) => state.run);
  const step = useApp((state) => state.step);
  const head = useApp((state) => state.head);
  const isMaximised = useApp((state) => state.maximised === 'objective');
  const measure: Measure = useApp(
    useShallow((state) => ({
      normalisation: state.normalisation,
      place: state.place,
      rateUnit: state.rateUnit,
      perHead: state.perHead,
    })),
  );
  const { choose, stepTo, pickHead, setTransient } = useApp(
    useShallow((state) => ({
      choose: state.choose,
      stepTo: state.stepTo,
      pickHead: state.pickHead,
      setTransient: state.setTransient,
    })),
  );
  const charts = useRef<HTMLDivElement>(null);
  const width = useWidth(charts, 'charts', 'in steps');
  const refs: ChartRefs = {
    rate: useRef<SVGSVGElement>(null),
    nonzero: useRef<SVGSVGElement>(null),
    R: useRef<SVGSVGElement>(null),
    deltaR: useRef<SVGSVGElement>(null),
  };
  const layers = reports?.layers ?? null;
  const departures = useMemo(() => (layers ? diagnose(layers) : []), [layers]);
  const { normalisation, place, rateUnit, perHead } = measure;
  // The data set was measured at the trained size; another one has other rates.
  const known = model && model.config.imageSize === model.trainedSide ? (model.card?.cohort ?? null) : null;
  const cohort = layers ? fittingCohort(known, layers.length, null) : null;
  const ofCodes = layers !== null && countsCodes(layers);
  const rateCohort = layers && reports ? fittingCohort(cohort, layers.length, reports.eps2) : null;
  const cursor = step.at === 'mssa' || step.at === 'ista' ? { layer: step.layer, operator: step.at } : null;
  const goTo = (layer: number) => stepTo({ at: step.at === 'ista' ? 'ista' : 'mssa', layer });
  const show = (departure: Departure) => {
    choose({
      normalisation: departure.normalisation ?? normalisation,
      place: departure.place ?? (departure.claim === 'step' ? 'half' : place),
      ...(departure.claim === 'nonzero' ? {} : { perHead: false }),
    });
    stepTo({ at: departure.operator, layer: departure.first - 1 });
    const chart = departure.claim === 'nonzero' ? refs.nonzero : refs.rate;
    chart.current?.scrollIntoView({ block: 'nearest' });
  };

  const modelName = reports?.modelId ?? '';
  const K = layers?.[0]?.Rc[place][normalisation].length ?? 0;
  const caption = reports
    ? [
        `${model?.title ?? modelName}; picture: ${reports.pictureName}`,
        `ε² = ${setting(reports.eps2)}, tokens ${normalisation}${rateCohort && !perHead ? '; grey: test set, mean ± s.d.' : ''}`,
      ]
    : [];
  const figures = (): readonly (readonly Figure[])[] => {
    const figure = (svg: SVGSVGElement | null, title: string): readonly Figure[] => (svg ? [{ svg, title }] : []);
    const symbol = RATE_SYMBOL[place].plain(K);
    return [
      figure(
        refs.rate.current,
        perHead ? `${symbol.replace(`[${K}]`, 'k')}  each head, ${rateUnit}` : `${symbol}  coding rate, ${rateUnit}`,
      ),
      figure(refs.nonzero.current, `Non-zeros of ${ofCodes ? 'the codes z_{2}' : 'Z^{ℓ+1}'}  per cent`),
      [
        ...figure(refs.R.current, `R  all tokens, ${rateUnit}`),
        ...figure(refs.deltaR.current, `ΔR = R − R^{c}, ${rateUnit}`),
      ],
    ];
  };
  const subject = {
    model: modelName,
    picture: reports?.pictureName ?? '',
    measure: `Rc ${place} ${normalisation}${perHead ? ' heads' : ''} ${rateUnit}`,
  };
  useOfferCurves({
    draw: async () => (await svgExport()).exportSvg(figures(), caption),
    subject,
  });
  const table = () => chartTable(layers ?? [], measure, reports?.eps2 ?? Number.NaN, rateCohort, cohort);
  const document = () => {
    const { columns, rows } = table();
    return {
      schema: 'crate-explorer/chart@1',
      model: { id: modelName, title: model?.title ?? null, sha256: model?.sha256 ?? null },
      input: { name: reports?.pictureName ?? null },
      measure: { eps2: reports?.eps2 ?? null, unit: rateUnit, normalisation, place, perHead },
      layers: rows.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i] ?? null]))),
      againstTheory: departures.map((departure) => departureText(departure, rateUnit)),
    };
  };

  return (
    <Panel className="objective" label="Objective" of="run">
      <header className="objective-head">
        <h2>Objective</h2>
        <span className="objective-tools">
          <HelpPopover
            sizes={
              model && reports
                ? { K: model.config.K, p: model.config.p, n: tokenCount(model.config), eps2: reports.eps2 }
                : null
            }
            ofCodes={ofCodes}
          />
          <IconButton
            icon={isMaximised ? 'min' : 'max'}
            label={isMaximised ? 'Back to three columns' : 'Fill the window'}
            size="small"
            aria-pressed={isMaximised}
            onClick={() => setTransient({ maximised: isMaximised ? 'none' : 'objective' })}
          />
          <ExportMenu
            subject={subject}
            figures={figures}
            caption={caption}
            table={table}
            document={document}
            disabled={!layers}
          />
        </span>
      </header>
      {layers ? <Verdicts verdicts={verdicts(layers, normalisation, place)} /> : null}
      <MeasureControls />
      <div className="objective-charts" ref={charts}>
        {layers && width > 0 ? (
          <RateCharts
            layers={layers}
            measure={measure}
            rateCohort={rateCohort}
            cohort={cohort}
            cursor={cursor}
            head={head}
            width={width}
            refs={refs}
            onPickLayer={goTo}
            onPickHead={pickHead}
          />
        ) : layers ? null : (
          <p className="label objective-empty">
            {run.status === 'failed' ? run.sentence : 'The curves appear when the first picture has run.'}
          </p>
        )}
      </div>
      {layers && width > 0 ? (
        <Departures
          departures={departures}
          normalisation={normalisation}
          place={place}
          unit={rateUnit}
          few={width < 300 ? 1 : width < 760 ? 3 : 8}
          onShow={show}
        />
      ) : null}
    </Panel>
  );
}
