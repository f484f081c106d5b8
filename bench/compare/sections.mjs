// The sections: who takes part, one page a contender, every one checked and counted before rounds in which all take turns.

import { countGpu } from './page/count.mjs';
import { bundleOf } from './peers.mjs';
import { MODELS, SHAPES } from './tasks.mjs';

/** A contender that does not answer for so long has failed, ms. */
const LONGEST = 10 * 60_000;
/** How long a contender computes in its turn, ms; at least once. */
const TURN = 250;
/** Without --rounds: at most so many, and no more once a contender has taken so long, ms. */
const ROUNDS = 5;
const ENOUGH = 60_000;
/** A product too short for the clock is computed several times in a row: for about so long, ms, and at most so often. */
const ROW = { ms: 50, times: 32 };

/** Who takes part; onnxruntime-web and TensorFlow.js have no log-determinant on their GPU. */
const TAKES_PART = {
  gemm: (contender) => contender !== 'ours-webgpu-measured',
  logdet: (contender) => ['ours-webgpu', 'ours-cpu', 'jax-webgpu'].includes(contender),
  cold: (contender) => contender !== 'ours-webgpu-measured',
};

const NOTHING = {
  msMin: null,
  msMedian: null,
  rounds: 0,
  maxError: null,
  dispatches: null,
  submits: null,
  readbacks: null,
  pipelines: null,
  gpuBytesLive: null,
  gpuBytesPeak: null,
};

const reasonOf = (error) =>
  String(error?.message ?? error)
    .replace(/^page\.\w+: /, '')
    .split('\n')[0]
    .slice(0, 300);

function inTime(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took more than ${LONGEST / 60_000} minutes`)), LONGEST);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
};

const summary = (times) => ({ msMin: Math.min(...times), msMedian: median(times), rounds: times.length });

/** Starts at another one every round, so that nobody always follows the same neighbour. */
const turned = (list, round) => list.map((_, i) => list[(i + round) % list.length]);

export async function runSections({ sections, contenders, rounds, browser, launch, address, tasks, broken, say }) {
  const rows = [];
  const query = (contender, kind, task) =>
    `${address}/?${new URLSearchParams({ contender, bundle: bundleOf(contender), kind, task })}`;
  const partOf = (section) => contenders.filter(TAKES_PART[section] ?? (() => true));
  const isEnough = (times, spent) =>
    rounds === undefined ? times.length >= ROUNDS || spent > ENOUGH : times.length >= rounds;

  /** Opens, checks and counts one contender; throws when it fails or is wrong. */
  async function openContender(context, { contender, kind, task }) {
    if (broken[contender]) throw new Error(broken[contender]);
    const page = await context.newPage();
    const crash = new Promise((_, reject) => page.once('crash', () => reject(new Error('its page crashed'))));
    crash.catch(() => undefined);
    /** Calls window.bench.NAME(…) in the page. */
    const call = (name, ...given) =>
      inTime(
        Promise.race([page.evaluate(([method, all]) => window.bench[method](...all), [name, given]), crash]),
        `${contender}: ${name}`,
      );
    try {
      await page.addInitScript(countGpu);
      await page.goto(query(contender, kind, task));
      await page.waitForFunction(() => window.bench);
      const prepared = await call('prepare');
      const facts = { maxError: prepared.maxError, measuresError: prepared.measuresError, note: prepared.note };
      if (prepared.wrong) throw Object.assign(new Error(prepared.wrong), { facts });
      const counted = await call('count');
      return {
        page,
        call,
        facts: { ...facts, ...(contender.endsWith('webgpu') || contender.startsWith('ours-webgpu') ? counted : {}) },
      };
    } catch (error) {
      await page.close();
      throw error;
    }
  }

  /** One task: everybody opened and checked, then rounds. `more(row)`: fields of a row beside the usual. */
  async function compare(section, kind, task, more = () => ({})) {
    const context = await browser.newContext();
    const label = section === task ? section : `${section} ${task}`;
    const runs = [];
    for (const contender of partOf(section)) {
      say(`${label}: ${contender} loads and is checked`);
      const run = { contender, times: [], spent: 0, repeats: 1, error: null, facts: {} };
      runs.push(run);
      try {
        Object.assign(run, await openContender(context, { contender, kind, task }));
        if (kind === 'product') {
          const ms = await run.call('time', 0);
          run.repeats = Math.max(1, Math.min(ROW.times, Math.ceil(ROW.ms / ms)));
        }
      } catch (error) {
        run.error = reasonOf(error);
        run.facts = error?.facts ?? {};
        say(`${label}: ${contender}: ${run.error}`);
      }
    }
    const waiting = () => runs.filter(({ error, times, spent }) => !error && !isEnough(times, spent));
    for (let round = 0; waiting().length > 0; round++) {
      for (const run of turned(waiting(), round)) {
        const begin = performance.now();
        try {
          run.times.push(await run.call('time', TURN, run.repeats));
          say(`${label}: round ${round + 1}: ${run.contender} ${run.times.at(-1).toFixed(1)} ms`);
        } catch (error) {
          run.error = reasonOf(error);
          say(`${label}: ${run.contender}: ${run.error}`);
        }
        run.spent += performance.now() - begin;
      }
    }
    for (const { contender, times, facts, error } of runs) {
      const row = { section, contender, ...NOTHING, ...facts, ...(times.length > 0 ? summary(times) : {}) };
      rows.push({ ...row, ...more(row), ...(error ? { error } : {}) });
    }
    await context.close();
    tasks.drop(task);
  }

  /** A contender's first inference in a browser that was started for it and has no caches. */
  async function coldVisit(contender, task) {
    if (broken[contender]) throw new Error(broken[contender]);
    const own = await launch();
    try {
      const page = await own.newPage();
      await page.goto(`${query(contender, 'model', task)}&cold`);
      await page.waitForFunction(() => window.bench);
      const result = await inTime(
        page.evaluate(() => window.bench.cold),
        `${contender}: the first inference`,
      );
      return result;
    } finally {
      await own.close();
    }
  }

  async function cold() {
    // Made beforehand: a visit waits for its bytes, not for the making of them.
    await Promise.all(['A.task', 'A.input', 'A.onnx'].map((file) => tasks.files(file)));
    const runs = partOf('cold').map((contender) => ({ contender, times: [], spent: 0, error: null, facts: {} }));
    const waiting = () => runs.filter(({ error, times, spent }) => !error && !isEnough(times, spent));
    for (let round = 0; waiting().length > 0; round++) {
      for (const run of turned(waiting(), round)) {
        const begin = performance.now();
        try {
          const { ms, maxError, note, wrong } = await coldVisit(run.contender, 'A');
          run.facts = { maxError, note };
          if (wrong) throw new Error(wrong);
          run.times.push(ms);
          say(`cold: round ${round + 1}: ${run.contender} ${ms.toFixed(0)} ms`);
        } catch (error) {
          run.error = reasonOf(error);
          say(`cold: ${run.contender}: ${run.error}`);
        }
        run.spent += performance.now() - begin;
      }
    }
    for (const { contender, times, facts, error } of runs) {
      rows.push({
        section: 'cold',
        contender,
        ...NOTHING,
        ...facts,
        ...(times.length > 0 ? summary(times) : {}),
        ...(error ? { error } : {}),
      });
    }
  }

  for (const section of sections) {
    if (MODELS.includes(section)) await compare(section, 'model', section);
    else if (section === 'logdet') await compare('logdet', 'logdet', 'logdet');
    else if (section === 'cold') await cold();
    else {
      for (const { name, rows: m, depth, cols } of SHAPES) {
        const speed = ({ msMin }) => (msMin === null ? null : (2 * m * depth * cols) / msMin / 1e6);
        await compare('gemm', 'product', name, (row) => ({ shape: name, gflops: speed(row) }));
      }
    }
  }
  return { rows, browserVersion: browser.version(), adapter: await adapterOf(browser, address) };
}

async function adapterOf(browser, address) {
  const page = await browser.newPage();
  await page.goto(`${address}/?contender=-`);
  await page.waitForFunction(() => window.bench);
  const adapter = await page.evaluate(() => window.bench.adapter());
  await page.close();
  return adapter;
}
