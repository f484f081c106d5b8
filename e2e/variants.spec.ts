// The other released forms, in this browser's WebGPU, from the files that PyTorch wrote: CRATE-MAE with its mask and decoder, CRATE-α with its
// codes, and a larger input. What is on screen is the engine's, and the engine's is PyTorch's.

import { expect, type Page, test } from '@playwright/test';
import { worstDifference } from '../src/model/fixtures/golden.ts';
import { loadVariant } from '../src/model/fixtures/variants.ts';
import { drop, fixture, weightsFile } from './files.ts';
import { engineWorker, exportTrace, halfSteps, input, key, live, openLive, settled, stage, tab } from './page.ts';

/** Drops the file, answers three heads wherever it is asked, and waits until it has run. */
async function openVariant(page: Page, name: string, path: string): Promise<void> {
  await drop(page, weightsFile(name, fixture(path)));
  const sheet = page.getByRole('dialog', { name, exact: true });
  await expect(sheet.getByRole('button', { name: 'Load with these' })).toBeVisible();
  for (const answer of await sheet.getByRole('button', { name: '3 heads of 16' }).all()) await answer.click();
  await sheet.getByRole('button', { name: 'Load with these' }).click();
  await sheet.getByRole('button', { name: 'Explore' }).click();
  await settled(page);
  await live(page);
}

test('CRATE-MAE: what it does not see, what it makes of it, and PyTorch’s own pixels', async ({ page }) => {
  await openLive(page);
  await openVariant(page, 'mae.pth', 'crate_mae_micro/checkpoint.pth');
  const panel = input(page).getByRole('region', { name: 'Reconstruction' });
  await expect(panel).toContainText('48 of 64 hidden');
  await expect(page.getByRole('region', { name: 'Prediction' })).toHaveCount(0);

  await test.step('the share of hidden patches is in the link and in the trace', async () => {
    await panel.getByRole('slider', { name: /hidden patches/i }).focus();
    await page.keyboard.press('Home');
    await expect(panel).toContainText('0 of 64 hidden');
    await settled(page);
    await expect.poll(() => new URL(page.url()).hash).toContain('hide=0');
    await expect.poll(async () => (await exportTrace(page)).input.hidden?.length).toBe(0);
  });

  await test.step('the decoder is the last stop', async () => {
    await halfSteps(page).getByRole('button').last().click();
    await expect(stage(page)).toContainText('Decoder');
  });

  await test.step('the engine’s reconstruction is the released code’s', async () => {
    const { images, expected, atolOf } = loadVariant('crate_mae_micro');
    const answer = await engineWorker(page).evaluate(
      async ({ image, hidden }) => {
        const run = await globalThis.crateSession.run(Float32Array.from(image), 0.01, Uint8Array.from(hidden));
        return Array.from(run.reconstruction ?? []);
      },
      { image: Array.from(images[0] ?? []), hidden: Array.from(expected('mask')) },
    );
    expect(worstDifference(answer, expected('pred'))).toBeLessThanOrEqual(atolOf('pred'));
  });
});

test('CRATE-α: non-zeros are of the codes, and PyTorch’s logits', async ({ page }) => {
  await openLive(page);
  await openVariant(page, 'alpha.pth', 'crate_alpha_micro/checkpoint.pth');
  await key(page, 'Layer 2, ISTA').click();
  await tab(page, 'Tokens').click();
  await expect(stage(page)).toContainText('192 atoms across');
  const trace = await exportTrace(page);
  expect(trace.model.config).toMatchObject({ kind: 'crate-alpha', atoms: 192 });
  for (const { nonzero } of trace.layers) {
    expect(nonzero.codes).toBeLessThan(0.9);
    expect(nonzero.output).toBeGreaterThan(0.99);
  }
  await expect(key(page, 'Layer 2, ISTA')).toHaveAccessibleName(/non-zeros of the codes/);
  const { images, expected, atolOf } = loadVariant('crate_alpha_micro');
  const logits = await engineWorker(page).evaluate(
    async (image) => Array.from((await globalThis.crateSession.run(Float32Array.from(image), 0.01)).logits),
    Array.from(images[0] ?? []),
  );
  expect(worstDifference(logits, expected('logits'))).toBeLessThanOrEqual(atolOf('logits'));
});
