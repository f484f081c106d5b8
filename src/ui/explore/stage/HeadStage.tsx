// The stop "head": from the last tokens to classes. Logits and probabilities, and where the class token looked in the last layer.

import { useMemo, useRef, useState } from 'react';
import { softmax } from '../../../math/softmax.ts';
import { gridSide } from '../../../model/config.ts';
import { selectReports } from '../../../store/selectors.ts';
import type { ModelInfo, Reports } from '../../../store/state.ts';
import { useApp } from '../../appContext.tsx';
import { Button } from '../../controls/Button.tsx';
import { bare, count, fixed } from '../../text/numbers.ts';
import { useWidth } from '../../useWidth.ts';
import { Awaited } from './Awaited.tsx';
import { classMaxima, patchesOf, scaleEnds } from './attention.ts';
import { HeadsLegend, legendWidth } from './HeadsLegend.tsx';
import { HeadTile } from './HeadTile.tsx';
import { classLabel, largest } from './largest.ts';
import { useSaveable } from './saveContext.tsx';
import { tileLayout } from './tiles.ts';
import { useSeenRaster } from './usePicture.ts';
import './ends.css';
import './heads.css';

interface HeadStageProps {
  readonly model: ModelInfo;
}

/** Classes that are listed before "all" is asked for, and the most that a list may hold: the rest is in the CSV. */
const FIRST = 20;
const MOST_LISTED = 1000;

export function HeadStage({ model }: HeadStageProps) {
  const reports = useApp(selectReports);
  return (
    <div className="head-stage">
      {reports && reports.layers.length === model.config.L && reports.logits.length === model.config.classes ? (
        <>
          <Classes model={model} reports={reports} />
          <LastLook model={model} reports={reports} />
        </>
      ) : (
        <Awaited what="the prediction" />
      )}
    </div>
  );
}

interface PartProps {
  readonly model: ModelInfo;
  readonly reports: Reports;
}

function Classes({ model, reports }: PartProps) {
  const [isAll, setAll] = useState(false);
  const { logits } = reports;
  const probabilities = useMemo(() => softmax(Float64Array.from(logits)), [logits]);
  const isShort = logits.length <= MOST_LISTED;
  const classes = useMemo(
    () =>
      largest(logits, isAll && isShort ? logits.length : FIRST).map((i) => ({
        i,
        logit: logits[i] ?? 0,
        label: classLabel(model.labels[i] ?? '', i),
        probability: probabilities[i] ?? 0,
      })),
    [logits, probabilities, model.labels, isAll, isShort],
  );

  useSaveable(
    useMemo(
      () => ({
        name: 'logits',
        table: () => ({
          columns: ['index', 'class', 'logit', 'probability'],
          rows: largest(logits, logits.length).map((i) => [
            i,
            model.labels[i] ?? String(i),
            logits[i] ?? null,
            probabilities[i] ?? null,
          ]),
        }),
      }),
      [logits, probabilities, model.labels],
    ),
  );

  // Bars of logits start at zero, in the middle when there are negative ones.
  const [lowest, highest] = useMemo(
    () => logits.reduce(([low, high], logit) => [Math.min(low, logit), Math.max(high, logit)], [0, 0]),
    [logits],
  ) as [number, number];
  const at = (logit: number) => (100 * (logit - lowest)) / (highest - lowest || 1);
  return (
    <section aria-label="Classes">
      <table className="classes">
        <thead>
          <tr className="tick">
            <th scope="col">class</th>
            <th scope="col">logit</th>
            <th scope="col">
              <span className="unseen">logit as a number</span>
            </th>
            <th scope="col" className="is-number">
              probability
            </th>
          </tr>
        </thead>
        <tbody>
          {classes.map(({ i, label, logit, probability }, rank) => (
            <tr key={i} className={rank === 0 ? 'is-top' : undefined}>
              <th scope="row">{label}</th>
              <td className="classes-bar" aria-hidden="true">
                <span className="classes-zero" style={{ left: `${at(0)}%` }} />
                <span
                  className={logit < 0 ? 'is-negative' : undefined}
                  style={{ left: `${Math.min(at(0), at(logit))}%`, width: `${Math.abs(at(logit) - at(0))}%` }}
                />
              </td>
              <td className="is-number">{fixed(logit, 2)}</td>
              <td className="is-number">{bare(probability)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {logits.length > FIRST && isShort && (
        <Button variant="edge" size="small" onClick={() => setAll(!isAll)}>
          {isAll ? `The first ${FIRST}` : `All ${count(logits.length)} classes`}
        </Button>
      )}
      {!isShort && (
        <p className="tick">
          The first {FIRST} of {count(logits.length)} classes; Save has all of them as CSV.
        </p>
      )}
    </section>
  );
}

function LastLook({ model: { config }, reports }: PartProps) {
  const frame = useRef<HTMLElement>(null);
  const width = useWidth(frame, 'head stage');
  const { K, L } = config;
  const grid = gridSide(config);
  const rows = reports.layers[L - 1]?.attention.cls;
  const patches = useMemo(() => rows?.map(patchesOf) ?? [], [rows]);
  const { picture, hidden } = useSeenRaster(grid);
  const hovered = useApp((state) => state.hoverToken);
  const head = useApp((state) => state.head);
  const scope = useApp((state) => state.mapScope);
  const style = useApp((state) => state.mapStyle);
  const { hover, pickToken, pickHead, choose } = useActions();
  const ends = rows ? (scaleEnds(rows, 0, scope, classMaxima(reports.layers)) ?? []) : [];
  const { columns, side, gap } = tileLayout(width, K, grid, 160);
  return (
    <section ref={frame} className="last-look" aria-label="Attention of the class token in the last layer">
      <h3>Where the class token looked in layer {L}</h3>
      {rows && width > 0 && (
        <>
          <div className="heads-tiles" style={{ gridTemplateColumns: `repeat(${columns}, ${side}px)`, columnGap: gap }}>
            {rows.map((row, k) => (
              <HeadTile
                // biome-ignore lint/suspicious/noArrayIndexKey: a head is its number
                key={k}
                head={k}
                row={row}
                patches={patches[k] ?? []}
                token={0}
                hovered={hovered}
                grid={grid}
                side={side}
                max={ends[k] ?? 0}
                style={style}
                picture={picture}
                hidden={hidden}
                isChosen={k === head}
                change={null}
                operator="mssa"
                onHover={hover}
                onPick={pickToken}
                onPickHead={() => pickHead(k)}
              />
            ))}
          </div>
          <HeadsLegend
            rows={rows}
            token={0}
            hovered={hovered}
            head={head}
            grid={grid}
            layer={L - 1}
            max={ends[scope === 'map' ? head : 0] ?? 0}
            scope={scope}
            awaitsAll={false}
            style={style}
            hidden={hidden}
            width={legendWidth(width, side, K)}
            isNarrow={width < 480}
            onScope={(mapScope) => choose({ mapScope })}
          />
        </>
      )}
    </section>
  );
}

function useActions() {
  return {
    hover: useApp((state) => state.hover),
    pickToken: useApp((state) => state.pickToken),
    pickHead: useApp((state) => state.pickHead),
    choose: useApp((state) => state.choose),
  };
}
