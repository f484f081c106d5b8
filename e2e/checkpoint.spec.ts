// A researcher's checkpoint: dropped, recognised, run. And in this browser, on its WebGPU, the released model's own tensors come out.

import { expect, test } from '@playwright/test';
import { CASES, loadCase, worstDifference } from '../src/model/fixtures/golden.ts';
import { drop, fixture, weightsFile } from './files.ts';
import {
  CARD,
  halfSteps,
  live,
  open,
  openLive,
  picture,
  predictions,
  settled,
  stage,
  startedWorker,
  tab,
  WEIGHTS,
} from './page.ts';

test('a checkpoint that tells its heads is run at once, and says what it assumed', async ({ page }) => {
  await openLive(page);
  const before = await predictions(page);

  await test.step('without an output map there is one head: it loads, says what it assumed, and runs', async () => {
    await drop(page, weightsFile('identity.safetensors', fixture('crate_micro_identity/checkpoint.safetensors')));
    const sheet = page.getByRole('dialog', { name: 'identity.safetensors' });
    await expect(sheet.getByRole('textbox', { name: 'Step η' })).toHaveValue('0.1');
    await expect(sheet.getByRole('textbox', { name: 'Step η' })).toHaveAccessibleDescription(/^from the code/);
    await sheet.getByRole('button', { name: 'Explore' }).click();
    await expect(page.getByRole('button', { name: /^Model/ })).toContainText('CRATE 2 × 32');
    await settled(page);
    await live(page);
    await expect(halfSteps(page).getByRole('button')).toHaveCount(2 * 2 + 3);
    expect((await predictions(page)).filter((line) => /^class \d /.test(line))).toHaveLength(5);
    await tab(page, 'Heads').click();
    await expect(stage(page).getByRole('grid', { name: /^Attention of head / })).toHaveCount(1);
    await expect(picture(page)).toHaveAccessibleName(/^Sailboat/);
  });

  await test.step('the shipped model comes back', async () => {
    await page.getByRole('button', { name: /^Model/ }).click();
    await page.getByRole('menuitemradio', { name: new RegExp(`^${CARD.title}`) }).click();
    await expect(halfSteps(page).getByRole('button')).toHaveCount(2 * 6 + 3);
    await settled(page);
    expect(await predictions(page)).toEqual(before);
  });
});

test.describe('the released model’s numbers, in this browser', () => {
  for (const name of CASES) {
    test(name, async ({ page }) => {
      const golden = loadCase(name);
      const { config, images, expected, metrics } = golden;
      // The page itself stays without weights, so that the engine is this test's alone.
      await page.route(WEIGHTS, () => undefined);
      await open(page);
      const worker = await startedWorker(page);
      await worker.evaluate(
        async ({ base64, given }) => {
          const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
          const { kind, notice } = await globalThis.crateSession.start('webgpu');
          if (kind !== 'webgpu') throw new Error(notice ?? 'not WebGPU');
          await globalThis.crateSession.loadModel(bytes, given);
        },
        {
          base64: fixture(`${name}/checkpoint.safetensors`).toString('base64'),
          given: { heads: config.K, eta: config.eta, lambda: config.lambda, pool: config.pool },
        },
      );
      const n = (config.imageSize / config.patchSize) ** 2 + 1;
      for (const [sample, image] of images.entries()) {
        const { logits, layers } = await worker.evaluate(async (values) => {
          const run = await globalThis.crateSession.run(Float32Array.from(values), 0.01);
          return { logits: Array.from(run.logits), layers: run.layers };
        }, Array.from(image));
        const reference = expected.find((entry) => entry.name === 'logits' && entry.sample === sample);
        expect(reference, 'expected logits').toBeDefined();
        expect(worstDifference(logits, reference?.data ?? [])).toBeLessThanOrEqual(reference?.atol ?? 0);
        expect(layers).toHaveLength(config.L);
        layers.forEach((layer, l) => {
          layer.Rc.input.unit.forEach((rate, k) => {
            const rateExpected = metrics[l]?.codingRate[sample]?.[k] ?? Number.NaN;
            expect(Math.abs(rate / rateExpected - 1), `layer ${l + 1}, head ${k + 1}`).toBeLessThan(1e-4);
          });
          const nonzeros = layer.nonzero.output * n * config.d;
          expect(Math.abs(nonzeros - (metrics[l]?.nonzeros[sample] ?? Number.NaN)), `layer ${l + 1}`).toBeLessThan(1.5);
        });
      }
    });
  }
});
