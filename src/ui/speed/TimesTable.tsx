// Every number behind the charts: by kernel, by half-step or each run; what is marked in a chart is marked here.

import { type Grouping, gflopsOf, groupTimes, intensity, type SpeedReport } from '../../model/speed.ts';
import { percent } from '../text/numbers.ts';
import { columnOf } from './bars.ts';
import { nameOf, placeOf, three } from './figures.ts';
import { isAlike } from './speedTable.ts';

interface TimesTableProps {
  readonly report: SpeedReport;
  readonly by: Grouping;
  /** Key of a column or of a point. */
  readonly marked: string | null;
}

export function TimesTable({ report, by, marked }: TimesTableProps) {
  const { kernels, peaks } = report;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className="speed-table" aria-label="Times of the kernels" tabIndex={0} data-own-arrows>
      <table>
        <caption className="unseen">Time of each kernel, median and quartiles, with its work and its roof</caption>
        <thead>
          <tr>
            <th scope="col">{by === 'layer' ? 'half-step' : 'does'}</th>
            <th scope="col">kernel</th>
            <th scope="col">runs</th>
            <th scope="col">ms</th>
            <th scope="col">quartiles</th>
            <th scope="col">share</th>
            <th scope="col">GFLOP/s</th>
            <th scope="col">flop/byte</th>
            <th scope="col">roof</th>
            <th scope="col">reached</th>
          </tr>
        </thead>
        <tbody>
          {groupTimes(kernels ?? [], by).map((group) => {
            const place = isAlike(group) ? placeOf(group, peaks) : null;
            const { ms } = group;
            const isMarked =
              marked !== null && (marked === columnOf(group) || marked === `${group.part} ${group.role}`);
            return (
              <tr key={group.key} data-marked={isMarked}>
                <th scope="row">
                  <span className={`speed-key speed-${group.part}`} aria-hidden="true" />
                  {nameOf(group)}
                </th>
                <td>
                  <code>{group.names.join(', ')}</code>
                </td>
                <td>{group.runs}</td>
                <td>{three(ms.median)}</td>
                <td>
                  {three(ms.low)} to {three(ms.high)}
                </td>
                <td>{percent(group.share, 1)}</td>
                <td>{three(gflopsOf(group.flops, ms.median))}</td>
                <td>{three(intensity(group))}</td>
                <td>{place?.bound ?? '–'}</td>
                <td>{place ? percent(place.ofRoof, 0) : '–'}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
