// Rows as a Markdown table, and where they were measured.

import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os';

export const machine = () => ({
  processor: cpus()[0]?.model.trim() ?? 'unknown',
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  system: `${platform()} ${release()} ${arch()}`,
  node: process.versions.node,
  /** Processes that wanted to run in the last minute of the bench; its own are among them. */
  load: Number(loadavg()[0].toFixed(1)),
});

const TITLES = {
  A: 'A: CRATE 6 × 192, 65 tokens',
  shipped: 'shipped: crate-cifar10',
  B: 'B: CRATE-S at 224 px, 197 tokens',
  gemm: 'gemm: one product',
  logdet: 'logdet: R^c of twelve heads 197 × 48',
  cold: 'cold: first inference of A in a new browser',
};

const ms = (value) =>
  value === null ? '—' : value < 9.95 ? value.toFixed(2) : value < 99.5 ? value.toFixed(1) : value.toFixed(0);
const whole = (value) => (value === null ? '—' : String(value));
const megabytes = (value) => (value === null ? '—' : (value / 1e6).toFixed(1));
const error = (value) =>
  value === null || value === undefined || !Number.isFinite(value) ? '—' : value.toExponential(0);

const table = (head, rows) =>
  [
    `| ${head.join(' | ')} |`,
    `|${head.map(() => '---').join('|')}|`,
    ...rows.map((row) => `| ${row.join(' | ')} |`),
  ].join('\n');

/** Times of the fastest of a section are bold. */
function sectionTable(rows) {
  const best = Math.min(...rows.filter((row) => !row.error && row.msMin !== null).map(({ msMin }) => msMin));
  const isCounted = rows.some(({ dispatches }) => dispatches !== null);
  const counts = ({ dispatches, submits, readbacks, pipelines, gpuBytesLive, gpuBytesPeak }) =>
    isCounted
      ? [
          whole(dispatches),
          whole(submits),
          whole(readbacks),
          whole(pipelines),
          megabytes(gpuBytesLive),
          megabytes(gpuBytesPeak),
        ]
      : [];
  const head = ['', 'ms, min', 'median', 'rounds', 'error'];
  if (isCounted) head.push('dispatches', 'submits', 'read-backs', 'pipelines', 'GPU MB', 'peak');
  return table(
    head,
    rows.map((row) => [
      row.error
        ? `${row.contender}: ${row.error.replaceAll('|', '/')}`
        : `${row.contender}${row.note ? ` (${row.note})` : ''}`,
      row.msMin === best ? `**${ms(row.msMin)}**` : ms(row.msMin),
      ms(row.msMedian),
      whole(row.rounds),
      error(row.maxError),
      ...counts(row),
    ]),
  );
}

/** GFLOP/s: a row a contender, a column a shape. */
function gemmTable(rows) {
  const shapes = [...new Set(rows.map(({ shape }) => shape))];
  const contenders = [...new Set(rows.map(({ contender }) => contender))];
  const of = (contender, shape) => rows.find((row) => row.contender === contender && row.shape === shape);
  const best = Object.fromEntries(
    shapes.map((shape) => [shape, Math.max(...contenders.map((each) => of(each, shape)?.gflops ?? 0))]),
  );
  const cell = (row, shape) => {
    if (!row || row.error || row.gflops === null) return row?.error ? row.error.replaceAll('|', '/') : '—';
    const text = row.gflops < 9.95 ? row.gflops.toFixed(2) : row.gflops.toFixed(1);
    return row.gflops === best[shape] ? `**${text}**` : text;
  };
  return table(
    ['GFLOP/s', ...shapes],
    contenders.map((contender) => [contender, ...shapes.map((shape) => cell(of(contender, shape), shape))]),
  );
}

export function markdown({ date, machine: where, browser, adapter, versions, rows }) {
  const sections = [...new Set(rows.map(({ section }) => section))];
  const said = Object.entries(versions)
    .filter(([, version]) => version)
    .map(([name, version]) => `${name} ${version}`);
  const tables = sections.map((section) => {
    const own = rows.filter((row) => row.section === section);
    return `**${TITLES[section]}**\n\n${section === 'gemm' ? gemmTable(own) : sectionTable(own)}`;
  });
  const place = `${where.processor}, ${where.cores} cores, load ${where.load}; ${browser}, adapter ${adapter}`;
  return `${date.slice(0, 10)}, ${place}; ${said.join(', ')}.\n\n${tables.join('\n\n')}`;
}

const MARKS = ['<!-- bench -->', '<!-- /bench -->'];

/** The document with the table between its marks. */
export function withTable(text, body) {
  const [begin, end] = MARKS.map((mark) => text.indexOf(mark));
  if (begin < 0 || end < begin) throw new Error(`README.md lacks the lines ${MARKS.join(' and ')}`);
  return `${text.slice(0, begin + MARKS[0].length)}\n${body}\n${text.slice(end)}`;
}
