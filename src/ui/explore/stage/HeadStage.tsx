// The stop "head": from the last tokens to classes. Logits and probabilities, and where the class token looked in the last layer.

import { useMemo, useRef, useState } from 'react';
import { softmax } from '../../../math/softmax.ts';
import { gridSide } from '../../../model/config.ts';
import { selectPicture, selectReports } from '../../../store/selectors.ts';
import type { ModelInfo, Reports } from '../../../store/state.ts';
import { useApp } from '../../appContext.tsx';
import { Button } from '../../controls/Button.tsx';
import { bare, fixed } from '../../text/numbers.ts';
import { useWidth } from '../../useWidth.ts';
import { Awaited } from './Awaited.tsx';
import { classMaxima, patchesOf, scaleEnds } from './attention.ts';
import { HeadsLegend } from './HeadsLegend.tsx';
import { HeadTile } from './HeadTile.tsx';
import { useSaveable } from './saveContext.tsx';
import { tileLayout } from './tiles.ts';
import { usePictureRaster } from './usePicture.ts';
import './ends.css';
import './heads.css';

interface HeadStageProps {
  readonly model: ModelInfo;
}

/** Classes that are listed before "all" is asked for. */
const FIRST = 20;

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
  const classes = useMemo(() => {
    const probabilities = softmax(Float64Array.from(reports.logits));
    return reports.logits
      .map((logit, i) => ({ i, logit, label: model.labels[i] ?? String(i), probability: probabilities[i] ?? 0 }))
      .sort((a, b) => b.logit - a.logit);
  }, [reports.logits, model.labels]);

  useSaveable(
    useMemo(
      () => ({
        name: 'logits',
        table: () => ({
          columns: ['index', 'class', 'logit', 'probability'],
          rows: classes.map(({ i, label, logit, probability }) => [i, label, logit, probability]),
        }),
      }),
      [classes],
    ),
  );

  // Bars of logits start at zero, in the middle when there are negative ones.
  const lowest = Math.min(0, ...reports.logits);
  const highest = Math.max(0, ...reports.logits);
  const at = (logit: number) => (100 * (logit - lowest)) / (highest - lowest || 1);
  const shown = isAll ? classes : classes.slice(0, FIRST);
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
          {shown.map(({ i, label, logit, probability }, rank) => (
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
      {classes.length > FIRST && (
        <Button variant="edge" size="small" onClick={() => setAll(!isAll)}>
          {isAll ? `The first ${FIRST}` : `All ${classes.length} classes`}
        </Button>
      )}
    </section>
  );
}

function LastLook({ model: { config }, reports }: PartProps) {
  const frame = useRef<HTMLElement>(null);
  const width = useWidth(frame);
  const { K, L } = config;
  const grid = gridSide(config);
  const rows = reports.layers[L - 1]?.attention.cls;
  const patches = useMemo(() => rows?.map(patchesOf) ?? [], [rows]);
  const picture = usePictureRaster(useApp(selectPicture));
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
            isMask={style === 'mask'}
            width={width < 480 ? width : Math.max(side, 160)}
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
