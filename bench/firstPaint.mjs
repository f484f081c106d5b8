// How long a reader waits, and for how many bytes: to the first paint, to the recorded trace's maps, to the live prediction.
// Cold: a new browser with empty caches. Warm: the same browser opens the page again. On SwiftShader unless --adapter says otherwise.
//
//   node bench/firstPaint.mjs [--rounds 5] [--adapter swiftshader|default]
//
// Prints JSON: every round, then minimum and median of each figure. Times in ms from the start of the navigation.

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from '@playwright/test';
import { build } from 'vite';
import { serve } from '../e2e/serve.mjs';
import { BROWSER_ARGS, firstBrowser } from '../scripts/browser.mjs';
import { ROOT } from '../scripts/install.mjs';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, adapter: { type: 'string', default: 'swiftshader' } },
});
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) throw new RangeError(`invalid number of rounds: ${values.rounds}`);
const args = BROWSER_ARGS.filter((arg) => values.adapter === 'swiftshader' || !arg.startsWith('--use-webgpu-adapter'));
const LIVE_TIMEOUT = 600_000; // ms

/** Runs in the page before anything else: notes when maps are drawn and when the status line names a live speed. */
function watch() {
  const seen = { maps: null, live: null };
  window.seenByBench = seen;
  const prototype = CanvasRenderingContext2D.prototype;
  for (const name of ['putImageData', 'fillRect', 'drawImage']) {
    const original = prototype[name];
    prototype[name] = function (...given) {
      if (seen.maps === null && this.canvas.isConnected && this.canvas.closest('[role="grid"]')) {
        // Drawn in this task, on screen with the next frame.
        seen.maps = performance.now();
        requestAnimationFrame(() => {
          seen.maps = performance.now();
        });
      }
      return original.apply(this, given);
    };
  }
  new MutationObserver(() => {
    if (seen.live !== null) return;
    const status = document.querySelector('footer [role="status"]')?.textContent ?? '';
    if (/^Live .* a picture/.test(status)) seen.live = performance.now();
  }).observe(document, { subtree: true, childList: true, characterData: true });
}

await build({ root: ROOT, logLevel: 'error' });
let served = [];
const server = await serve(join(ROOT, 'dist'), '/some/folder/', 0, (path, bytes) =>
  served.push({ path, bytes, at: Date.now() }),
);

/** Opens the page once in a browser context; figures of that visit. */
async function visit(context) {
  served = [];
  const page = await context.newPage();
  await page.addInitScript(watch);
  await page.goto(`${server.address}?engine=webgpu`);
  await page.waitForFunction(() => window.seenByBench.live !== null, null, { timeout: LIVE_TIMEOUT });
  const { maps, live, paint, origin, status } = await page.evaluate(() => ({
    ...window.seenByBench,
    paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null,
    origin: performance.timeOrigin,
    status: document.querySelector('footer [role="status"]')?.textContent ?? '',
  }));
  await page.close();
  const bytesBy = (ms) => served.filter(({ at }) => at <= origin + ms).reduce((sum, { bytes }) => sum + bytes, 0);
  return {
    firstContentfulPaintMs: Math.round(paint),
    mapsDrawnMs: Math.round(maps),
    livePredictionMs: Math.round(live),
    bytesByFirstPaint: bytesBy(paint),
    bytesByMaps: bytesBy(maps),
    bytesByLive: bytesBy(live),
    status,
  };
}

const visits = { cold: [], warm: [] };
for (let round = 0; round < rounds; round++) {
  const browser = await chromium.launch({ executablePath: firstBrowser(), args });
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  visits.cold.push(await visit(context));
  visits.warm.push(await visit(context));
  await browser.close();
}
await server.close();

function summary(list) {
  const figures = Object.keys(list[0]).filter((name) => name !== 'status');
  return Object.fromEntries(
    figures.map((name) => {
      const sorted = list.map((each) => each[name]).sort((a, b) => a - b);
      const middle = (sorted.length - 1) / 2;
      return [name, { min: sorted[0], median: (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2 }];
    }),
  );
}

console.log(
  JSON.stringify({ rounds, visits, summary: { cold: summary(visits.cold), warm: summary(visits.warm) } }, null, 2),
);
