// The built page in other browsers than the tests': Firefox (over WebDriver BiDi, with WebGPU) and WebKitGTK (over WebDriver), as far as they
// are installed. In each the page comes to life, its live numbers are those of the recorded trace as far as they are shown, every half-step
// and every tab is walked, a file of each container is dropped, and no error is told meanwhile.
//
//   node bench/browsers.mjs [--only firefox,webkit] [--shots FOLDER]
//
// Prints JSON lines; ends with 1 when one failed, with 2 when neither browser is there. FIREFOX_PATH, MINIBROWSER_PATH and
// WEBKIT_DRIVER_PATH name the programs elsewhere. WebGPU on SwiftShader where the environment names no other Vulkan driver.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'vite';
import { serve } from '../e2e/serve.mjs';
import { ROOT } from '../scripts/install.mjs';
import { installOwn } from './compare/peers.mjs';
import { openServer } from './engineModules.mjs';

const { values } = parseArgs({
  options: { only: { type: 'string', default: 'firefox,webkit' }, shots: { type: 'string' } },
});
const say = (text) => process.stderr.write(`${text}\n`);
const WAIT = 60_000; // ms

const onPath = (name) => {
  const { status, stdout } = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
};
const firstThere = (paths) => paths.find((path) => path && existsSync(path)) ?? null;
const miniBrowsers = () =>
  ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/libexec', '/usr/lib']
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => /^webkit2?gtk-/.test(name))
        .map((name) => join(folder, name, 'MiniBrowser')),
    );

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Vulkan by SwiftShader, unless the environment names a driver. */
async function withSoftware() {
  if (process.env.VK_ICD_FILENAMES || process.env.VK_DRIVER_FILES) return process.env;
  const vite = await openServer();
  const { swiftShaderEnvironment } = await vite.ssrLoadModule('/src/engine/swiftShader.ts');
  const software = swiftShaderEnvironment();
  await vite.close();
  return { ...process.env, ...software };
}

/** Each: null where it is not installed, else one that is started, with one page. */
const BROWSERS = {
  async firefox() {
    const executablePath = firstThere([process.env.FIREFOX_PATH, onPath('firefox'), onPath('firefox-esr')]);
    if (!executablePath) return null;
    const { default: puppeteer } = await import('puppeteer-core');
    const browser = await puppeteer.launch({
      browser: 'firefox',
      executablePath,
      headless: true,
      // Off by default on Linux.
      extraPrefsFirefox: { 'dom.webgpu.enabled': true, 'gfx.webgpu.ignore-blocklist': true },
      env: await withSoftware(),
    });
    const page = await browser.newPage();
    await page.setViewport({ width: 1440, height: 900 });
    return {
      version: await browser.version(),
      open: (address) => page.goto(address),
      evaluate: (run, given) => page.evaluate(run, given),
      press: (key) => page.keyboard.press(key),
      shot: async () => Buffer.from(await page.screenshot()),
      close: () => browser.close(),
    };
  },
  async webkit() {
    const program = firstThere([process.env.WEBKIT_DRIVER_PATH, onPath('WebKitWebDriver')]);
    const binary = firstThere([process.env.MINIBROWSER_PATH, ...miniBrowsers()]);
    if (!program || !binary) return null;
    const { Builder, Capabilities, Key } = await import('selenium-webdriver');
    const port = await freePort();
    // It draws on a display; one of its own where there is none.
    const isShown = process.env.DISPLAY || process.env.WAYLAND_DISPLAY;
    const [command, ...args] = isShown ? [program] : ['xvfb-run', '-a', program];
    const driver = spawn(command, [...args, `--port=${port}`], { stdio: 'ignore', detached: true });
    const capabilities = new Capabilities();
    capabilities.set('browserName', 'MiniBrowser');
    capabilities.set('webkitgtk:browserOptions', { binary, args: ['--automation'] });
    const session = await retried(() =>
      new Builder().usingServer(`http://127.0.0.1:${port}`).withCapabilities(capabilities).build(),
    );
    await session.manage().window().setRect({ width: 1440, height: 900 });
    return {
      version: `WebKitGTK ${(await session.getCapabilities()).get('browserVersion')}`,
      open: (address) => session.get(address),
      evaluate: (run, given) => session.executeScript(`return (${run})(arguments[0])`, given),
      press: (key) => session.actions().sendKeys(Key[KEYS[key]]).perform(),
      shot: async () => Buffer.from(await session.takeScreenshot(), 'base64'),
      async close() {
        await session.quit();
        process.kill(-driver.pid);
      },
    };
  },
};
const KEYS = { ArrowRight: 'ARROW_RIGHT', Escape: 'ESCAPE' };

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The driver takes a moment to listen. */
async function retried(attempt) {
  for (let left = 40; ; left--) {
    try {
      return await attempt();
    } catch (error) {
      if (left === 0) throw error;
      await sleep(250);
    }
  }
}

async function until(what, holds) {
  const end = performance.now() + WAIT;
  for (;;) {
    const found = await holds();
    if (found) return found;
    if (performance.now() > end) throw new Error(`${what}: not within ${WAIT / 1000} s`);
    await sleep(100);
  }
}

// In the page.

/** The charts' tables: caption, then rows of cells. */
const tables = () =>
  [...document.querySelectorAll('.unseen table')].map((table) => ({
    caption: table.caption?.textContent ?? '',
    rows: [...table.rows].map((row) => [...row.cells].map(({ textContent }) => textContent)),
  }));
const predicted = () => [...document.querySelectorAll('.prediction-label')].map(({ textContent }) => textContent);
/** The status line, once a message before it has been put away. */
function status() {
  const read = [...document.querySelectorAll('footer button')].find(({ textContent }) => textContent === 'Got it');
  read?.click();
  return document.querySelector('footer [role="status"]')?.textContent ?? '';
}
const tabs = () => document.querySelectorAll('[role="tab"]').length;
function openTab(i) {
  const tab = document.querySelectorAll('[role="tab"]')[i];
  // What Radix listens to.
  tab.dispatchEvent(new MouseEvent('mousedown', { bubbles: true, button: 0 }));
  tab.focus();
  return tab.textContent;
}
const complaints = () => [...document.querySelectorAll('[role="alert"]')].map(({ textContent }) => textContent);
function drop({ name, base64 }) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([bytes], name));
  for (const type of ['dragenter', 'dragover', 'drop'])
    document.body.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer }));
}
const dialogs = () => [...document.querySelectorAll('[role="dialog"]')].map(({ textContent }) => textContent);

const { trace } = JSON.parse(readFileSync(join(ROOT, 'public/models/crate-cifar10.recorded.json'), 'utf8'));
const sum = (numbers) => numbers.reduce((total, each) => total + each, 0);

/** Whether the page shows the recorded trace's numbers, computed here: class names, R^c at the half point, R, non-zeros, layer by layer. */
async function showsRecorded(browser) {
  const shown = await browser.evaluate(tables);
  /** Numbers of the column whose table and heading begin so. */
  const column = (caption, heading) => {
    const table = shown.find((each) => each.caption.startsWith(caption));
    const at = table?.rows[0]?.findIndex((cell) => cell.startsWith(heading)) ?? -1;
    return at < 0 ? null : table.rows.slice(1).map((row) => Number(row[at]?.replace('−', '-')));
  };
  const isNear = (found, expected, within) =>
    found?.length === expected.length && found.every((value, i) => Math.abs(value - expected[i]) <= within);
  const { layers, top } = trace;
  const labels = await browser.evaluate(predicted);
  return (
    top.every(({ label }, i) => labels[i] === label) &&
    // One decimal is shown.
    isNear(
      column('Coding rate', 'half'),
      layers.map(({ Rc }) => sum(Rc.half.unit)),
      0.0501,
    ) &&
    isNear(
      column('R of all tokens', 'R'),
      layers.map(({ R }) => R.half.unit),
      0.0501,
    ) &&
    isNear(
      column('Non-zeros', 'non-zeros'),
      layers.map(({ nonzero }) => 100 * nonzero.output),
      0.0501,
    )
  );
}

const FIXTURES = join(ROOT, 'src/model/fixtures/crate_micro');
const FILES = ['checkpoint.safetensors', 'checkpoint.pth', 'checkpoint_legacy.pth', 'checkpoint_finetune.t7'];

async function walk(browser, address) {
  const facts = { files: [] };
  const begin = performance.now();
  await browser.open(address);
  facts.status = await until('the live picture', async () => {
    const text = await browser.evaluate(status);
    return /^Live .* a picture$/.test(text) ? text : null;
  });
  facts.liveMs = Math.round(performance.now() - begin);
  facts.isWebGpu = /WebGPU/.test(facts.status);
  // Parts of the page take what arrives in turn.
  facts.isAsRecorded = await until('the recorded numbers, computed here', () => showsRecorded(browser));
  for (let step = 0; step < 16; step++) {
    for (let i = 0; i < (await browser.evaluate(tabs)); i++) await browser.evaluate(openTab, i);
    await browser.press('ArrowRight');
    await sleep(150);
  }
  for (const name of FILES) {
    await browser.evaluate(drop, { name, base64: readFileSync(join(FIXTURES, name)).toString('base64') });
    // Its heads are in no file and in no table, so they are asked for.
    await until(`${name}: the sheet`, async () => {
      const texts = await browser.evaluate(dialogs);
      return texts.some((text) => text.includes(name) && /heads/i.test(text));
    });
    facts.files.push(name);
    await browser.press('Escape');
    await until(`${name}: the sheet closed`, async () => {
      const texts = await browser.evaluate(dialogs);
      return !texts.some((text) => text.includes(name));
    });
  }
  facts.complaints = await browser.evaluate(complaints);
  return facts;
}

const broken = installOwn(['puppeteer-core', 'selenium-webdriver'], say);
if (broken) {
  say(broken);
  process.exit(1);
}
await build({ root: ROOT, logLevel: 'error' });
const server = await serve(join(ROOT, 'dist'), '/some/folder/', 0);
let ran = 0;
let failed = 0;
for (const name of values.only.split(',')) {
  const open = BROWSERS[name];
  if (!open) throw new RangeError(`unknown browser: ${name}`);
  // Firefox has both engines.
  for (const engine of name === 'firefox' ? ['webgpu', 'wasm'] : ['auto']) {
    const browser = await open();
    if (!browser) {
      say(`${name} is not installed`);
      break;
    }
    ran++;
    let result;
    try {
      const facts = await walk(browser, `${server.address}?engine=${engine}`);
      const isGood = facts.complaints.length === 0 && (engine !== 'webgpu' || facts.isWebGpu);
      result = { isGood, ...facts };
    } catch (error) {
      result = { isGood: false, error: error.message, status: await browser.evaluate(status).catch(() => null) };
    }
    if (!result.isGood) failed++;
    console.log(JSON.stringify({ browser: browser.version, engine, ...result }));
    if (values.shots) {
      mkdirSync(values.shots, { recursive: true });
      writeFileSync(join(values.shots, `${name}-${engine}.png`), await browser.shot());
    }
    await browser.close();
  }
}
await server.close();
process.exit(ran === 0 ? 2 : failed > 0 ? 1 : 0);
