// What the two charts of a speed run draw, from its numbers.

import { quantile } from '../../math/quantile.ts';
import { groupTimes, type KernelTime, type Part, type SpeedReport } from '../../model/speed.ts';
import type { Accent } from '../charts/Curve.tsx';
import { percent } from '../text/numbers.ts';
import { byteRate, flopRate, milliseconds, nameOf, placeOf, sharePercent, three } from './figures.ts';
import type { BarColumn, BarPart } from './LayerBars.tsx';
import type { RoofPoint } from './Roofline.tsx';

export const accentOf = (part: Part): Accent => (part === 'mssa' || part === 'ista' ? part : 'ink');

/** Key of the column that a run stands in. */
export const columnOf = ({ part, layer }: Pick<KernelTime, 'part' | 'layer'>): string =>
  layer === null ? part : `layer ${layer}`;

/** A column a layer, and one each for embedding, head and decoder. */
export function barColumns(kernels: readonly KernelTime[]): readonly BarColumn[] {
  const columns = new Map<string, KernelTime[]>();
  for (const kernel of kernels) {
    const key = columnOf(kernel);
    const column = columns.get(key) ?? [];
    column.push(kernel);
    columns.set(key, column);
  }
  return [...columns].map(([key, members]): BarColumn => {
    const layer = members[0]?.layer ?? null;
    const seen = new Map<Accent, number>();
    return {
      key,
      label: layer === null ? key : String(layer + 1),
      name: layer === null ? `${key.slice(0, 1).toUpperCase()}${key.slice(1)}` : `Layer ${layer + 1}`,
      parts: members.map((member, i): BarPart => {
        const accent = accentOf(member.part);
        const shade = seen.get(accent) ?? 0;
        seen.set(accent, shade + 1);
        const name = layer === null ? member.role : nameOf({ ...member, layer: null });
        return { id: String(i), name, accent, shade, ms: quantile(member.ms, 0.5) };
      }),
    };
  });
}

/** The column of a layer, whose parts the other layers have too. */
export const layerColumn = (kernels: readonly KernelTime[]): BarColumn | undefined =>
  barColumns(kernels).find(({ key }) => key.startsWith('layer'));

/** A point for each role that takes time, the same in all layers. */
export function roofPoints({ kernels, peaks }: Pick<SpeedReport, 'kernels' | 'peaks'>): readonly RoofPoint[] {
  return groupTimes(kernels ?? [], 'kernel').flatMap((group): RoofPoint[] => {
    const place = placeOf(group, peaks);
    if (!place || !peaks || !Number.isFinite(place.gflops)) return [];
    const { x, gflops, bound, ofRoof } = place;
    return [
      {
        key: group.key,
        name: nameOf(group),
        label: `${group.part === 'mssa' || group.part === 'ista' ? (group.role ?? '') : (group.role ?? group.part)} ${sharePercent(group.share)}`,
        accent: accentOf(group.part),
        x,
        y: gflops,
        share: group.share,
        lines: [
          { name: 'time', value: `${milliseconds(group.ms.median)}, ${percent(group.share, 1)}` },
          { name: 'computes', value: flopRate(gflops) },
          { name: 'moves', value: byteRate(gflops / x) },
          { name: 'operations a byte', value: three(x) },
          { name: bound === 'compute' ? 'of the compute roof' : 'of the memory roof', value: percent(ofRoof, 0) },
        ],
      },
    ];
  });
}
