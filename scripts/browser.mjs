// A Chromium with WebGPU for the journeys: the one that CHROME_PATH names, an installed one, Playwright's own, or one that gets installed.

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './install.mjs';

/** WebGPU on SwiftShader, everywhere the same adapter; and a browser that calls nobody by itself. */
export const BROWSER_ARGS = [
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
  // SwiftShader takes seconds to compile what zeroes workgroup memory by the Vulkan extension; Dawn's own way takes a fraction.
  '--disable-dawn-features=use_vulkan_zero_initialize_workgroup_memory_extension',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
];

const { env, platform } = process;

const INSTALLED = {
  linux: () => [
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome-stable',
    '/usr/bin/google-chrome',
    '/opt/google/chrome/chrome',
    '/snap/bin/chromium',
  ],
  darwin: () =>
    ['/Applications', join(homedir(), 'Applications')].flatMap((folder) => [
      join(folder, 'Google Chrome.app/Contents/MacOS/Google Chrome'),
      join(folder, 'Chromium.app/Contents/MacOS/Chromium'),
    ]),
  win32: () =>
    [env.PROGRAMFILES, env['PROGRAMFILES(X86)'], env.LOCALAPPDATA]
      .filter(Boolean)
      .flatMap((folder) => [
        join(folder, 'Google/Chrome/Application/chrome.exe'),
        join(folder, 'Chromium/Application/chrome.exe'),
      ]),
};

const PLAYWRIGHT_CACHE = {
  linux: () => join(homedir(), '.cache/ms-playwright'),
  darwin: () => join(homedir(), 'Library/Caches/ms-playwright'),
  win32: () => join(env.LOCALAPPDATA ?? homedir(), 'ms-playwright'),
};

/** Below `chromium-NUMBER/`, by system and age. */
const PLAYWRIGHT_PLACES = [
  'chrome-linux/chrome',
  'chrome-linux64/chrome',
  'chrome-linux-arm64/chrome',
  'chrome-mac/Chromium.app/Contents/MacOS/Chromium',
  'chrome-mac-x64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
  'chrome-mac-arm64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
  'chrome-win/chrome.exe',
  'chrome-win64/chrome.exe',
];

function playwrightBrowsers() {
  const cache = env.PLAYWRIGHT_BROWSERS_PATH || PLAYWRIGHT_CACHE[platform]?.();
  if (!cache || !existsSync(cache)) return [];
  return readdirSync(cache)
    .filter((name) => /^chromium-\d+$/.test(name))
    .sort((a, b) => Number(b.slice(9)) - Number(a.slice(9)))
    .flatMap((name) => PLAYWRIGHT_PLACES.map((place) => join(cache, name, place)));
}

/** Browsers that are there, the wanted first. A CHROME_PATH that names none is a mistake to be told, not to be passed over. */
export function installedBrowsers() {
  if (env.CHROME_PATH) {
    if (!existsSync(env.CHROME_PATH)) throw new Error(`CHROME_PATH names ${env.CHROME_PATH}, which does not exist.`);
    return [env.CHROME_PATH];
  }
  return [...(INSTALLED[platform]?.() ?? []), ...playwrightBrowsers()].filter((path) => existsSync(path));
}

/** The browser of the journeys, without looking whether it has WebGPU; undefined when there is none. */
export const firstBrowser = () => installedBrowsers()[0];

/** Null when the browser starts and gives a WebGPU adapter, else why not. */
async function whyUseless(executablePath) {
  const { chromium } = await import('@playwright/test');
  let browser;
  try {
    browser = await chromium.launch({ executablePath, args: BROWSER_ARGS, timeout: 60_000 });
    const page = await browser.newPage();
    // WebGPU wants a secure context; the answer comes from here, not from a server.
    await page.route('**', (route) =>
      route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>-</title>' }),
    );
    await page.goto('https://localhost/');
    const hasAdapter = await page.evaluate(async () => Boolean(await navigator.gpu?.requestAdapter()));
    return hasAdapter ? null : 'it has no WebGPU adapter';
  } catch (error) {
    return String(error?.message ?? error).split('\n')[0];
  } finally {
    await browser?.close();
  }
}

function run(command, ...args) {
  console.log(`> ${command} ${args.join(' ')}`);
  return spawnSync(command, args, { cwd: ROOT, stdio: 'inherit', shell: platform === 'win32' }).status === 0;
}

const isDebianRoot = () => existsSync('/etc/debian_version') && process.getuid?.() === 0;

const INSTALLERS = [
  () => run('npx', 'playwright', 'install', 'chromium'),
  () =>
    isDebianRoot() &&
    run('apt-get', 'update') &&
    run('apt-get', 'install', '-y', '--no-install-recommends', 'chromium'),
];

/** A browser that was seen to have WebGPU. @throws Error with a sentence when none can be had */
export async function requireBrowser() {
  const reasons = new Map();
  const firstUseful = async () => {
    for (const path of installedBrowsers()) {
      if (reasons.has(path)) continue;
      const why = await whyUseless(path);
      if (why === null) return path;
      reasons.set(path, why);
    }
    return null;
  };
  let found = await firstUseful();
  for (const install of env.CHROME_PATH ? [] : INSTALLERS) {
    if (found) break;
    if (install()) found = await firstUseful();
  }
  if (found) return found;
  const tried = [...reasons].map(([path, why]) => `${path}: ${why}`).join('; ');
  throw new Error(
    `No Chromium with WebGPU was found${tried ? ` (${tried})` : ''} and none could be installed. Install Chrome or Chromium 113 or later, or set CHROME_PATH to one.`,
  );
}
