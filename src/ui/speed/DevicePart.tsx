// What computes: the adapter as it names itself, the features and limits that matter here.

import type { DeviceFacts, SpeedReport } from '../../model/speed.ts';
import { useApp } from '../appContext.tsx';
import { binary, byteRate, flopRate, isByEngine } from './figures.ts';

type Row = readonly [name: string, value: string];

const LIMIT_NAMES: readonly (readonly [string, string, (value: number) => string])[] = [
  ['maxStorageBufferBindingSize', 'largest binding', binary],
  ['maxBufferSize', 'largest buffer', binary],
  ['maxComputeWorkgroupStorageSize', 'workgroup memory', binary],
  ['maxComputeInvocationsPerWorkgroup', 'invocations a group', (value) => value.toLocaleString('en-US')],
];

const has = ({ features }: DeviceFacts, name: string): boolean => features.includes(name);

const deviceRows = (device: DeviceFacts): readonly Row[] => [
  ['vendor', device.vendor || 'not told'],
  ['architecture', device.architecture || 'not told'],
  ...(device.description ? ([['description', device.description]] satisfies Row[]) : []),
  ['made of', device.isSoftware ? 'software: a program on the processor' : 'hardware'],
  ['own clock', has(device, 'timestamp-query') ? 'yes (timestamp-query)' : 'no (timestamp-query is missing)'],
  ['half floats', has(device, 'shader-f16') ? 'used (shader-f16)' : 'not used'],
  ['subgroups', has(device, 'subgroups') ? 'used' : 'not used'],
  ...LIMIT_NAMES.flatMap(([key, name, text]): Row[] => {
    const value = device.limits[key];
    return value === undefined ? [] : [[name, text(value)]];
  }),
];

const peakRows = ({ peaks }: SpeedReport): readonly Row[] =>
  peaks
    ? [
        ['computes at most', flopRate(peaks.gflops)],
        ['reads at most', `${byteRate(peaks.gbytes)}, of ${binary(peaks.bytes)}`],
      ]
    : [];

export function DevicePart({ report }: { readonly report: SpeedReport | null }) {
  const engine = useApp((state) => state.engine);
  const product = useApp((state) => state.product);
  const kind = engine.status === 'live' ? engine.kind : null;
  const adapter = engine.status === 'live' ? engine.adapter : 'not started yet';
  const rows: readonly Row[] = [
    ['engine', kind === 'webgpu' ? 'WebGPU' : kind === 'cpu' ? 'CPU' : 'not started yet'],
    [kind === 'cpu' ? 'computes by' : 'adapter', adapter],
    ...(product ? deviceRows(product.device) : []),
    ...(report && engine.status === 'live' && isByEngine(report, engine, product) ? peakRows(report) : []),
  ];
  return (
    <dl className="speed-rows">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
