// The WebGPU engine against a reference case that is too large for the suite: errors of logits, tensors, rates and non-zeros.
//
//   node bench/goldenGpu.mjs [--golden ../shared/golden] [--case crate_small] [--pictures crate_tiny] [--halves auto|always|never]
//
// Makes the case's checkpoint with its own make_checkpoint.mjs (52 MB, in a temporary folder) and checks its sha256. Runs on the adapter
// that Dawn finds; SwiftShader: npm's scripts set VK_ICD_FILENAMES, here src/engine/swiftShader.ts does, in a second process.
// Prints JSON. Exit code 1 when an error is over its tolerance.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { onSoftware, openServer } from './engineModules.mjs';

const { values } = parseArgs({
  options: {
    golden: { type: 'string', default: '../shared/golden' },
    case: { type: 'string', default: 'crate_small' },
    pictures: { type: 'string', default: 'crate_tiny' },
    halves: { type: 'string', default: 'auto' },
  },
});
await onSoftware();

const golden = resolve(values.golden);
const from = join(golden, values.case);
const root = mkdtempSync(join(tmpdir(), 'golden-'));
const folder = join(root, values.case);
let isWithin = true;
const server = await openServer();
try {
  mkdirSync(folder);
  for (const file of ['manifest.json', 'metrics.json', 'expected.safetensors'])
    symlinkSync(join(from, file), join(folder, file));
  symlinkSync(join(golden, values.pictures, 'input.safetensors'), join(folder, 'input.safetensors'));
  const checkpoint = join(folder, 'checkpoint.safetensors');
  spawnSync(process.execPath, [join(from, 'make_checkpoint.mjs'), checkpoint], { stdio: 'ignore' });
  const { generator } = JSON.parse(readFileSync(join(from, 'manifest.json'), 'utf8'));
  const hash = createHash('sha256').update(readFileSync(checkpoint)).digest('hex');
  if (!generator.size_and_sha256_of_generated_safetensors.endsWith(hash))
    throw new Error(`${checkpoint}: sha256 ${hash}`);

  const { loadCase, engineTensorOf, worstDifference } = await server.ssrLoadModule('/src/model/fixtures/golden.ts');
  const { createGpuEngine } = await server.ssrLoadModule('/src/engine/gpuEngine.ts');
  const { openNodeGpu } = await server.ssrLoadModule('/src/engine/nodeGpu.ts');
  const loaded = loadCase(values.case, 'checkpoint.safetensors', root);
  const { config, weights, images, expected, expectedFile, atolOf, metrics } = loaded;
  const engine = createGpuEngine(await openNodeGpu(), { halves: values.halves });
  let begin = performance.now();
  await engine.load(config, weights);
  const loadMs = performance.now() - begin;
  const n = (config.imageSize / config.patchSize) ** 2 + 1;
  const pictures = [];
  let compared = 0;
  for (const [sample, image] of images.entries()) {
    begin = performance.now();
    const { logits, layers } = await engine.run(image, 0.01);
    const runMs = performance.now() - begin;
    const logitsExpected = expected.find((entry) => entry.name === 'logits' && entry.sample === sample);
    // Of tensors the file holds the class token's row, of attention its rows.
    let worst = { name: '', ofTolerance: 0, error: 0 };
    for (const part of expectedFile.values()) {
      const name = part.name.replace(/\.rows$/, '');
      const where = part.name.endsWith('.rows') && sample < part.shape[0] ? engineTensorOf(name) : null;
      if (!where) continue;
      const length = part.f32().length / part.shape[0];
      const data = part.f32().subarray(sample * length, (sample + 1) * length);
      const row =
        where.tensor === 'A' ? await engine.attentionRow(where.layer, 0) : await engine.read(where.tensor, where.layer);
      const error = worstDifference(row.subarray(0, length), data);
      compared++;
      if (error / atolOf(name) > worst.ofTolerance) worst = { name, ofTolerance: error / atolOf(name), error };
    }
    const rates = layers.flatMap((layer, l) =>
      layer.Rc.input.unit.map((rate, k) => Math.abs(rate / metrics[l].codingRate[sample][k] - 1)),
    );
    const nonzerosOff = layers.map((layer, l) =>
      Math.round(Math.abs(layer.nonzero.output * n * config.d - metrics[l].nonzeros[sample])),
    );
    const logitsError = logitsExpected ? worstDifference(logits, logitsExpected.data) : null;
    pictures.push({
      runMs: Math.round(runMs),
      logitsError,
      logitsTolerance: logitsExpected?.atol ?? null,
      rowsCompared: compared,
      worstRow: worst,
      worstRateRelative: Math.max(...rates),
      nonzerosOff: nonzerosOff.join(' '),
    });
    if ((logitsError ?? 0) > (logitsExpected?.atol ?? 0) || worst.ofTolerance > 1) isWithin = false;
  }
  const report = {
    case: values.case,
    adapter: engine.adapter,
    weightsAs: engine.weightsAs,
    loadMs: Math.round(loadMs),
  };
  process.stdout.write(`${JSON.stringify({ ...report, pictures }, null, 1)}\n`);
  engine.dispose();
} finally {
  await server.close();
  rmSync(root, { recursive: true });
}
process.exit(isWithin ? 0 : 1);
