// Dictionary: the atoms that ISTA writes tokens with. How alike they are, how long, how well D is conditioned, and which this picture uses.

import { ticks } from 'd3-array';
import { useMemo, useRef, useState } from 'react';
import { atomCount, type CrateConfig } from '../../../model/config.ts';
import { useApp } from '../../appContext.tsx';
import { ColorBar } from '../../maps/ColorBar.tsx';
import { HeatMap } from '../../maps/HeatMap.tsx';
import { bare, count, fixed, percent, setting } from '../../text/numbers.ts';
import { Tex } from '../../text/Tex.tsx';
import { useWidth } from '../../useWidth.ts';
import { Awaited } from './Awaited.tsx';
import { SortedCurve } from './SortedCurve.tsx';
import { useSaveable } from './saveContext.tsx';
import { scaleEnd } from './scaleEnd.ts';
import { cellSize } from './tokenStats.ts';
import { useLingering } from './useLingering.ts';
import './dictionary.css';

interface DictionaryViewProps {
  /** From 0. */
  readonly layer: number;
  readonly config: CrateConfig;
}

const MAP = 400;

export function DictionaryView({ layer, config }: DictionaryViewProps) {
  const m = atomCount(config);
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame, 'dictionary');
  const dictionary = useApp((state) => state.views.dictionary);
  const { value: view, isStale } = useLingering(
    dictionary?.layer === layer && dictionary.norms.length === m ? dictionary : null,
  );
  const [hovered, setHovered] = useState<{ readonly row: number; readonly column: number } | null>(null);
  const [atom, setAtom] = useState<number | null>(null);
  /** Atoms that the map shows; rows and columns of it are places in `view.atoms`. */
  const size = view?.atoms.length ?? 0;
  const all = useMemo(() => Array.from({ length: size }, (_, i) => i), [size]);
  const max = useMemo(() => (view ? scaleEnd(view.gram, size) : 1), [view, size]);
  const scale = useMemo(() => ({ kind: 'seq', max, zeroIsPaper: false }) as const, [max]);

  useSaveable(
    useMemo(
      () =>
        view && {
          name: `dictionary layer ${view.layer + 1}`,
          table: () => ({
            columns: ['atom', 'length', 'share of tokens that use it', 'singular value by rank'],
            rows: Array.from(view.norms, (norm, j) => [j + 1, norm, view.usage[j] ?? null, view.singular[j] ?? null]),
          }),
        },
      [view],
    ),
  );

  if (!view || width === 0) return <div ref={frame}>{!view && <Awaited what="the dictionary" />}</div>;

  const isNarrow = width < 480;
  const side = cellSize(isNarrow ? width : Math.min(MAP, width * 0.58), size, devicePixelRatio) * size;
  const room = isNarrow ? width : Math.min(280, width - side - 24);
  const atomAt = (place: number): number => view.atoms[place] ?? 0;
  const marked = hovered ? atomAt(hovered.column) : atom;
  const isPart = size < m;
  const isMean = side * devicePixelRatio < size;
  const mark = marked === null ? null : { index: marked, label: `atom ${count(marked + 1)}` };
  const last = view.singular[view.singular.length - 1] ?? 0;
  return (
    <div ref={frame}>
      <div className={isStale ? 'dictionary stage-stale' : 'dictionary'}>
        <figure style={{ width: side }}>
          <figcaption className="view-caption">
            <b>
              <Tex>{'|D^{*}D|'}</Tex>
            </b>{' '}
            {isPart
              ? `how alike the ${count(size)} most used of ${count(m)} atoms are`
              : `how alike the ${count(m)} atoms are, each of unit length`}
          </figcaption>
          <HeatMap
            label="Absolute cosine of every pair of atoms"
            values={view.gram}
            stride={size}
            rows={all}
            columns={all}
            scale={scale}
            width={side}
            height={side}
            framed
            hovered={hovered}
            onHover={setHovered}
            onPick={(_, column) => setAtom(atomAt(column))}
            cellLabel={(row, column, value) => `atoms ${atomAt(row) + 1} and ${atomAt(column) + 1}, ${bare(value)}`}
            tip={(row, column, value) => (
              <>
                <b>
                  Atoms {atomAt(row) + 1} and {atomAt(column) + 1}
                </b>
                <span>|cos|</span>
                <span>{bare(value)}</span>
              </>
            )}
          />
          <div className="dictionary-legend">
            <ColorBar
              kind="seq"
              min={0}
              max={max}
              ticks={ticks(0, max, 4)}
              format={(value) => setting(value)}
              width={Math.min(216, side)}
              label="Absolute cosine"
            />
            <p className="tick">
              Blank would be orthogonal{isPart ? '; atoms have unit length' : ''}. The diagonal is 1; the scale ends at
              what 99.9 % of the rest stay under.
              {isMean && ' A pixel shows the mean colour of the pairs in it.'}
            </p>
          </div>
        </figure>
        <div className="dictionary-curves" style={{ width: room }}>
          <SortedCurve
            title="Singular values of the dictionary"
            note={last > 0 ? `condition ${setting((view.singular[0] ?? 0) / last)}` : 'singular'}
            values={view.singular}
            width={room}
            across="values"
            isSorted
            mark={null}
            format={(value) => fixed(value, 2)}
          />
          <SortedCurve
            title="Lengths of the atoms"
            note="longest first"
            values={view.norms}
            width={room}
            across="atoms"
            mark={mark}
            format={(value) => fixed(value, 2)}
          />
          <SortedCurve
            title="Use by this picture"
            note="share of tokens"
            values={view.usage}
            width={room}
            across="atoms"
            mark={mark}
            format={(value) => percent(value, 0)}
          />
        </div>
      </div>
    </div>
  );
}
