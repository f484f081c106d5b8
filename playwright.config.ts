// Journeys in a real Chromium, on the built page served from a sub-folder, so that a URL that is not relative is found out.

import { defineConfig } from '@playwright/test';
import { BROWSER_ARGS, firstBrowser } from './scripts/browser.mjs';

// Chosen once: the processes that run the tests inherit it.
process.env['E2E_PORT'] ??= String(20_000 + (process.pid % 20_000));
const prefix = '/some/folder/';
const address = `http://localhost:${process.env['E2E_PORT']}${prefix}`;

const executablePath = firstBrowser();

// biome-ignore lint/style/noDefaultExport: Playwright reads the default export
export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  workers: 1,
  retries: 0,
  forbidOnly: Boolean(process.env['CI']),
  // SwiftShader on a busy machine of two cores: the first picture may take minutes.
  timeout: 600_000,
  expect: { timeout: 60_000 },
  reporter: 'list',
  use: {
    baseURL: address,
    viewport: { width: 1440, height: 900 },
    acceptDownloads: true,
    actionTimeout: 60_000,
    navigationTimeout: 60_000,
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    launchOptions: {
      args: BROWSER_ARGS,
      ...(executablePath ? { executablePath } : {}),
    },
  },
  webServer: {
    command: `node e2e/serve.mjs dist ${prefix} ${process.env['E2E_PORT']}`,
    url: address,
    reuseExistingServer: false,
    timeout: 30_000,
  },
});
