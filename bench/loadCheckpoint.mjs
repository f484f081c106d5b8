// How long a checkpoint of one's own takes from the choice of its file to a model that is ready, how much memory the browser takes at most
// meanwhile, and for how long the page could not answer. Files are made here (a CRATE-Small of 52 MB, a CRATE-Large of 310 MB), or given.
//
//   node bench/loadCheckpoint.mjs [--size small,large] [--file PATH] [--rounds 1] [--adapter swiftshader|default]
//
// Prints JSON. Of each phase (the first visit until it is live; the idle page; from the choice of the file to the model that is ready; from
// there to its first picture and a second more): `longTasksMs`, the tasks over 50 ms as the browser reports them; `gapMs`, the longest time
// between two ticks of a 1 ms timer, which frames and short tasks in a row lengthen too; `frames`, the browser's long animation frames, the
// longest first, each with the time in which nothing could be answered, the share of style and layout, and the scripts that took longest, by
// their place in src/. Memory in MiB, resident, summed over the browser's processes (Linux only).

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from '@playwright/test';
import { build } from 'vite';
import { serve } from '../e2e/serve.mjs';
import { BROWSER_ARGS, firstBrowser } from '../scripts/browser.mjs';
import { ROOT } from '../scripts/install.mjs';
import { RELEASED, writeRandomCheckpoint } from './randomCheckpoint.mjs';

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: 'small,large' },
    file: { type: 'string', multiple: true, default: [] },
    rounds: { type: 'string', default: '1' },
    adapter: { type: 'string', default: 'swiftshader' },
  },
});
const args = BROWSER_ARGS.filter((arg) => values.adapter === 'swiftshader' || !arg.startsWith('--use-webgpu-adapter'));
const LONGEST = 1_200_000; // ms

const folder = mkdtempSync(join(tmpdir(), 'crate-explorer-bench-'));
const files = [...values.file];
if (values.file.length === 0) {
  for (const size of values.size.split(',')) {
    if (!RELEASED[size]) throw new RangeError(`unknown size: ${size}`);
    const path = join(folder, `crate-${size}.safetensors`);
    writeRandomCheckpoint(path, RELEASED[size]);
    files.push(path);
  }
}

// The page as it is published, with a map from its text to src/.
const dist = join(folder, 'dist');
await build({ root: ROOT, logLevel: 'error', build: { outDir: dist, sourcemap: 'hidden' } });
const server = await serve(dist, '/some/folder/', 0);

/** Runs in the page: the longest time between two ticks, long tasks and long frames, since they were last asked for. */
function watchBlocks() {
  const nothing = () => ({ gap: 0, tasks: [], frames: [] });
  let watch = nothing();
  window.takeBlocks = () => {
    const taken = watch;
    watch = nothing();
    return taken;
  };
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) watch.tasks.push(Math.round(duration));
  }).observe({ type: 'longtask', buffered: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { startTime, duration, blockingDuration, styleAndLayoutStart, scripts } = entry;
      watch.frames.push({
        ms: Math.round(duration),
        blockingMs: Math.round(blockingDuration),
        styleAndLayoutMs: styleAndLayoutStart > 0 ? Math.round(startTime + duration - styleAndLayoutStart) : 0,
        scripts: scripts.map((script) => ({
          ms: Math.round(script.duration),
          forcedLayoutMs: Math.round(script.forcedStyleAndLayoutDuration),
          invoker: script.invoker,
          name: script.sourceFunctionName,
          url: script.sourceURL,
          at: script.sourceCharPosition,
        })),
      });
    }
  }).observe({ type: 'long-animation-frame', buffered: true });
  let last = performance.now();
  const tick = () => {
    const now = performance.now();
    watch.gap = Math.max(watch.gap, now - last);
    last = now;
    // Timers that set timers wait 4 ms; this one does not.
    scheduler.postTask(tick, { delay: 1 });
  };
  tick();
}

const maps = new Map();

/** Where a script of the page stands in src/. */
function placeOf({ url, at, name }) {
  const file = basename(url.split('?')[0]);
  if (file === '' || at < 0) return name;
  if (!maps.has(file)) {
    try {
      const path = join(dist, 'assets', file);
      maps.set(file, {
        text: readFileSync(path, 'utf8'),
        map: new SourceMap(JSON.parse(readFileSync(`${path}.map`, 'utf8'))),
      });
    } catch {
      maps.set(file, null);
    }
  }
  const known = maps.get(file);
  if (!known) return `${file} ${name}`.trim();
  const before = known.text.slice(0, at);
  const line = before.split('\n').length - 1;
  const { originalSource, originalLine } = known.map.findEntry(line, at - (before.lastIndexOf('\n') + 1));
  return originalSource
    ? `${originalSource.replace(/^(\.\.\/)+/, '').replace(/^.*(?=node_modules|src\/)/, '')}:${originalLine + 1}`
    : name;
}

/** What is printed of a phase. */
function saidOf({ gap, tasks, frames }) {
  const longest = (list, count) => list.toSorted((a, b) => b.ms - a.ms).slice(0, count);
  return {
    gapMs: Math.round(gap),
    longTasksMs: tasks,
    frames: longest(frames, 3).map(({ scripts, ...frame }) => ({
      ...frame,
      scripts: longest(scripts, 3).map(
        (script) =>
          `${script.ms} ms${script.forcedLayoutMs > 0 ? ` (${script.forcedLayoutMs} forced layout)` : ''} ${script.invoker} ${placeOf(script)}`,
      ),
    })),
  };
}

/** Resident MiB of a process and all below it. */
function residentMiB(root) {
  const parents = new Map();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      parents.set(Number(pid), {
        parent: Number(/PPid:\s+(\d+)/.exec(status)?.[1]),
        // Anonymous memory: shared pages of the program itself would be counted once a process.
        kib: Number(/RssAnon:\s+(\d+)/.exec(status)?.[1] ?? 0) + Number(/RssShmem:\s+(\d+)/.exec(status)?.[1] ?? 0),
      });
    } catch {
      // The process ended while it was looked at.
    }
  }
  const isBelow = (pid) => {
    for (let at = pid; at > 1; at = parents.get(at)?.parent ?? 0) if (at === root) return true;
    return false;
  };
  let kib = 0;
  for (const [pid, each] of parents) if (isBelow(pid)) kib += each.kib;
  return kib / 1024;
}

async function visit(path) {
  const profile = mkdtempSync(join(folder, 'profile-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: firstBrowser(),
    args,
    viewport: { width: 1440, height: 900 },
  });
  // The context's browser is this process's youngest child that was started with the profile.
  const root = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .find((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return line.includes(profile) && !line.includes('--type=');
      } catch {
        return false;
      }
    });
  const page = await context.newPage();
  await page.addInitScript(watchBlocks);
  await page.goto(`${server.address}?engine=webgpu`);
  const status = page.locator('footer [role="status"]').first();
  const isLive = () => /^Live .* a picture/.test(document.querySelector('footer [role="status"]')?.textContent ?? '');
  await page.waitForFunction(isLive, null, { timeout: LONGEST });
  await page.waitForTimeout(4000);
  const visiting = await page.evaluate(() => window.takeBlocks());
  await page.waitForTimeout(3000);
  const idle = await page.evaluate(() => window.takeBlocks());
  const before = residentMiB(Number(root));
  let peak = before;
  const sampler = setInterval(() => {
    peak = Math.max(peak, residentMiB(Number(root)));
  }, 100);
  await page.getByRole('button', { name: /^Model/ }).click();
  const choosing = page.waitForEvent('filechooser');
  await page.getByRole('menuitem', { name: /^Open a checkpoint/ }).click();
  const chooser = await choosing;
  // The way to the chooser is not what is measured.
  await page.evaluate(() => window.takeBlocks());
  const begin = Date.now();
  await chooser.setFiles(path);
  const name = basename(path);
  await page.waitForFunction(
    ({ wanted }) => window.location.hash.includes(encodeURIComponent(wanted)),
    { wanted: name },
    { timeout: LONGEST },
  );
  const readyMs = Date.now() - begin;
  const loading = await page.evaluate(() => window.takeBlocks());
  await page.waitForFunction(isLive, null, { timeout: LONGEST });
  await page.waitForTimeout(1000);
  const running = await page.evaluate(() => window.takeBlocks());
  clearInterval(sampler);
  const said = await status.textContent();
  await context.close();
  return {
    file: name,
    megabytes: Math.round(statSync(path).size / 1e6),
    readyMs,
    visit: saidOf(visiting),
    idle: saidOf(idle),
    loading: saidOf(loading),
    firstPicture: saidOf(running),
    memoryMiB: { before: Math.round(before), peak: Math.round(peak) },
    status: said,
  };
}

const visits = [];
try {
  for (const path of files) {
    for (let round = 0; round < Number(values.rounds); round++) {
      visits.push(await visit(path));
      console.error(JSON.stringify(visits.at(-1)));
    }
  }
} finally {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
}
console.log(JSON.stringify({ visits }, null, 2));
