// node scripts/record.mjs [MODEL] [SAMPLE]: records the trace that the page shows first (public/models/MODEL.recorded*).
// Needs a Vulkan driver, or Chromium's SwiftShader by VK_ICD_FILENAMES and LD_LIBRARY_PATH (npm run record sets them).

import { spawnSync } from 'node:child_process';
import { withModule } from './vite.mjs';

if (!process.env.VK_ICD_FILENAMES) {
  const software = await withModule('/src/engine/swiftShader.ts', (module) => module.swiftShaderEnvironment());
  if (software.VK_ICD_FILENAMES) {
    const again = spawnSync(process.execPath, process.argv.slice(1), {
      stdio: 'inherit',
      env: { ...process.env, ...software },
    });
    process.exit(again.status ?? 1);
  }
}
const [model = 'crate-cifar10', sample = 'ship'] = process.argv.slice(2);
const sizes = await withModule('/src/cli/record.ts', ({ record }) => record('public', model, sample));
console.log(sizes);
process.exit(0);
