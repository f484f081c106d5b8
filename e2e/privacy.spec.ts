// Nothing leaves the machine: a whole visit asks only the page's own server for files, sends nothing, and needs no network once it is there.

import { expect, type Request, test } from '@playwright/test';
import { drop, fixture, photo, weightsFile } from './files.ts';
import { expectStep, exportFile, exportTrace, input, key, openLive, picture, settled, stage, tab } from './page.ts';

test('a whole visit asks nobody else, and goes on without a network', async ({ page, context, baseURL }) => {
  const requests: Request[] = [];
  // Of the page and of its workers.
  context.on('request', (request) => requests.push(request));
  let finished = 0;
  context.on('requestfinished', () => finished++);
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  await openLive(page);
  // The page fetches the rest of itself when it has come to rest.
  await page.evaluate(() => new Promise((resolve) => requestIdleCallback(resolve)));
  await expect
    .poll(async () => {
      const before = requests.length;
      await page.waitForTimeout(1500);
      return requests.length === before && finished === before;
    })
    .toBe(true);
  await context.setOffline(true);
  await key(page, 'Layer 2, ISTA').click();
  for (const name of ['Tokens', 'Subspaces', 'Dictionary', 'Operator', 'Heads']) {
    await tab(page, name).click();
    await expect(stage(page).getByText(/^(Waiting for|Recorded trace)/)).toHaveCount(0);
  }
  for (const stop of ['Picture', 'Embedding', 'Head']) {
    await key(page, stop).click();
    await expectStep(page, stop);
  }
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Red car' }).click();
  await expect(input(page).getByRole('alert')).toContainText(
    'The sample did not arrive: the network or the server is away. Try again, or open a picture.',
  );
  await drop(page, await photo('secret.jpg', 400, 300));
  await expect(picture(page)).toHaveAccessibleName(/^secret\.jpg, 400 by 300 pixels/);
  await settled(page);
  for (const form of ['_legacy.pth', '.pth', '.safetensors']) {
    await drop(page, weightsFile(`own${form}`, fixture(`crate_micro/checkpoint${form}`)));
    const sheet = page.getByRole('dialog', { name: `own${form}`, exact: true });
    await expect(sheet.getByRole('button', { name: 'Load with these' })).toBeVisible();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Put it away' }).click();
  }
  await key(page, 'Layer 6, MSSA').click();
  await page.keyboard.press('ArrowLeft');
  await expectStep(page, 'Layer 5, ISTA');
  expect((await exportTrace(page)).input.name).toBe('secret.jpg');
  const curves = await exportFile(page, /^Curves.*SVG/);
  expect(curves.text).toContain('secret.jpg');

  await context.setOffline(false);
  await page.getByRole('button', { name: 'Red car' }).click();
  await expect(picture(page)).toHaveAccessibleName(/^Red car/);
  await settled(page);

  const remote = requests.filter((request) => !/^(data|blob):/.test(request.url()));
  expect(remote.length).toBeGreaterThan(5);
  const strangers = remote.filter((request) => !request.url().startsWith(baseURL ?? 'missing'));
  expect(strangers.map((request) => request.url())).toEqual([]);
  expect(remote.filter((request) => request.method() !== 'GET').map((request) => request.url())).toEqual([]);
  expect(remote.filter((request) => request.url().includes('secret'))).toEqual([]);
  expect(faults).toEqual([]);
});
