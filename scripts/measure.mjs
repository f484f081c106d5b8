// npm run --silent measure -- --model FILE --image FILE… [--json] [--cpu] …: the engine in Node; --help lists the options.
// Where there is no Vulkan driver, or none answers, it runs on SwiftShader, which must be known when a process starts.

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { withModule } from './vite.mjs';

const RETRIED = 'CRATE_EXPLORER_SOFTWARE';

const DRIVER_FOLDERS = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d', '/usr/local/share/vulkan/icd.d'];
const hasDriver =
  process.platform !== 'linux' ||
  process.env.VK_ICD_FILENAMES ||
  process.env.VK_DRIVER_FILES ||
  DRIVER_FOLDERS.some((folder) => existsSync(folder) && readdirSync(folder).length > 0);

/** Runs this script again on SwiftShader; null when there is none or this is already that run. */
async function again() {
  if (process.env[RETRIED]) return null;
  const software = await withModule('/src/engine/swiftShader.ts', (module) => module.swiftShaderEnvironment());
  if (!software.VK_ICD_FILENAMES) return null;
  const { status } = spawnSync(process.execPath, process.argv.slice(1), {
    stdio: 'inherit',
    env: { ...process.env, ...software, [RETRIED]: '1' },
  });
  return status ?? 1;
}

if (!hasDriver && !process.argv.includes('--cpu')) {
  const status = await again();
  if (status !== null) process.exit(status);
}

const { code, retry } = await withModule('/src/cli/measure.ts', async ({ main, NO_ADAPTER }) => {
  let complaint = '';
  const exit = await main(
    process.argv.slice(2),
    (text) => process.stdout.write(`${text}\n`),
    (text) => {
      complaint = text;
    },
    (text) => process.stderr.write(`${text}\n`),
  );
  const isRetry = exit === NO_ADAPTER && !process.env[RETRIED] && hasDriver;
  if (complaint && !isRetry) process.stderr.write(`${complaint}\n`);
  return { code: exit === 0 ? 0 : 1, retry: isRetry ? complaint : null };
});

if (retry) {
  const status = await again();
  if (status !== null) process.exit(status);
  process.stderr.write(`${retry}\n`);
}
process.exit(code);
