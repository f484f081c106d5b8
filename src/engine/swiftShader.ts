// Finds SwiftShader, the Vulkan driver that runs on the processor, beside an installed Chromium, with the Vulkan loader that
// Chromium brings too.

import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

const ICD = 'vk_swiftshader_icd.json';

/** SwiftShader's driver file, or null. */
export function findSwiftShader(): string | null {
  const cache = process.env['PLAYWRIGHT_BROWSERS_PATH'] || join(homedir(), '.cache', 'ms-playwright');
  const playwright = existsSync(cache)
    ? readdirSync(cache)
        .filter((name) => name.startsWith('chromium'))
        .flatMap((name) => readdirSync(join(cache, name)).map((sub) => join(cache, name, sub)))
    : [];
  const chosen = process.env['CHROME_PATH'];
  const folders = [
    ...(chosen ? [dirname(chosen)] : []),
    '/usr/lib/chromium',
    '/usr/lib/chromium-browser',
    '/opt/google/chrome',
    ...playwright,
  ];
  return folders.map((folder) => join(folder, ICD)).find((file) => existsSync(file)) ?? null;
}

/** What a process must have in its environment from its start to compute on SwiftShader; empty when there is none. */
export function swiftShaderEnvironment(): Readonly<Record<string, string>> {
  const driver = findSwiftShader();
  if (!driver) return {};
  const folder = dirname(driver);
  const libraries = [process.env['LD_LIBRARY_PATH'], existsSync(join(folder, 'libvulkan.so.1')) ? folder : ''];
  return { VK_ICD_FILENAMES: driver, LD_LIBRARY_PATH: libraries.filter(Boolean).join(':') };
}
