// A speed run as a table, and as a document.

import { type Grouping, gflopsOf, groupTimes, intensity, type SpeedReport, type TimeGroup } from '../../model/speed.ts';
import type { SpeedResult } from '../../store/state.ts';
import type { Table } from '../charts/exportCsv.ts';
import { placeOf } from './figures.ts';

/** Whether its runs do the same and so stand at one place under the roofs. */
export const isAlike = ({ role }: TimeGroup): boolean => role !== null;

export function speedTable({ kernels, peaks }: Pick<SpeedReport, 'kernels' | 'peaks'>, by: Grouping): Table {
  return {
    columns: [
      'part',
      'layer',
      'does',
      'kernel',
      'runs',
      'ms (median)',
      'ms (lower quartile)',
      'ms (upper quartile)',
      'share',
      'flops',
      'bytes',
      'GFLOP/s',
      'flop/byte',
      'bound',
      'of roof',
    ],
    rows: groupTimes(kernels ?? [], by).map((group) => {
      const place = isAlike(group) ? placeOf(group, peaks) : null;
      return [
        group.part,
        group.layer === null ? null : group.layer + 1,
        group.role,
        group.names.join(' '),
        group.runs,
        group.ms.median,
        group.ms.low,
        group.ms.high,
        group.share,
        group.flops,
        group.bytes,
        gflopsOf(group.flops, group.ms.median),
        intensity(group),
        place?.bound ?? null,
        place?.ofRoof ?? null,
      ];
    }),
  };
}

/** Layers count from 1, as in a trace. */
export function speedDocument(result: SpeedResult) {
  const { kernels, model, pictureName, at, ...rest } = result;
  return {
    schema: 'crate-explorer/speed@1',
    at,
    model,
    input: { name: pictureName },
    ...rest,
    kernels: kernels?.map(({ layer, ...kernel }) => ({ ...kernel, layer: layer === null ? null : layer + 1 })) ?? null,
  };
}
