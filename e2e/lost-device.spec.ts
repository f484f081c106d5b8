// The graphics device goes away, as with a driver reset: once, and WebGPU is started again; twice, and the CPU takes over. The page
// goes on either way, also beside other tabs and in the background.

import { expect, type Page, test } from '@playwright/test';
import {
  engineWorker,
  expectStep,
  exportTrace,
  gotIt,
  key,
  live,
  loseDevice,
  openLive,
  patches,
  picture,
  predictions,
  pressPatch,
  railNames,
  settled,
  stage,
  status,
  tab,
} from './page.ts';

/** Views are asked of the engine anew, a sample is run. */
async function expectWorking(page: Page, sample: string): Promise<void> {
  await key(page, 'Layer 3, MSSA').click();
  await tab(page, 'Subspaces').click();
  await expect(stage(page).getByRole('group', { name: /^Tokens in the subspace of head / })).toBeVisible();
  await tab(page, 'Heads').click();
  await pressPatch(patches(page), 5, 5);
  await expect(stage(page).getByRole('grid', { name: 'Attention of head 1 from patch (5, 5)' })).toBeVisible();
  await page.getByRole('button', { name: sample }).click();
  await expect(picture(page)).toHaveAccessibleName(new RegExp(`^${sample}`));
  await settled(page);
  await page.keyboard.press('ArrowRight');
  await expectStep(page, 'Layer 3, ISTA');
}

test('lost once, lost twice, and a reload recovers', async ({ page }) => {
  await openLive(page);
  const before = await predictions(page);

  await test.step('once: started again', async () => {
    await loseDevice(page);
    await expect(status(page).getByRole('status')).toHaveText(
      'The GPU device was destroyed; WebGPU was started again.',
    );
    await gotIt(page);
    await live(page, /Live WebGPU on /);
    expect(await predictions(page)).toEqual(before);
    await expectWorking(page, 'Airliner');
  });

  await test.step('twice: the CPU', async () => {
    const rail = await railNames(page);
    await loseDevice(page);
    await expect(status(page).getByRole('status')).toHaveText(
      'The GPU device was destroyed a second time: the CPU engine computes, in float32 by WebAssembly, without the graphics processor.',
    );
    await gotIt(page);
    await live(page, /Live CPU, float32/);
    expect(await railNames(page)).toEqual(rail);
    await expectWorking(page, 'Sailboat');
    expect(await predictions(page)).toEqual(before);
    expect((await exportTrace(page)).engine.kind).toBe('cpu');
  });

  await test.step('a reload: WebGPU', async () => {
    await page.reload();
    await live(page, /Live WebGPU on .+ a picture$/);
    expect(await predictions(page)).toEqual(before);
  });
});

test('two tabs at the same time, one of them in the background', async ({ page, context }) => {
  await openLive(page);
  const other = await context.newPage();
  await other.bringToFront();
  await openLive(other, '#/explore?picture=automobile&step=mssa-1');
  await expect(picture(other)).toHaveAccessibleName(/^Red car/);

  // The first one lies in the background and is asked all the same.
  const behind = await engineWorker(page).evaluate(async () => (await globalThis.crateSession.remeasure(0.01)).length);
  expect(behind).toBe(6);

  await page.bringToFront();
  await expectWorking(page, 'Airliner');
  const [first, second] = [await exportTrace(page), await exportTrace(other)];
  expect(first.input.name).toBe('Airliner');
  expect(second.input.name).toBe('Red car');
  expect(first.logits).not.toEqual(second.logits);
  await expect(status(page)).toContainText('Live WebGPU');
  await expect(status(other)).toContainText('Live WebGPU');
});
