// A reader's first seconds: something true is on screen before the weights have come, it can be walked, and then the live engine takes over.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, type Page, type Route, test } from '@playwright/test';
import type { RecordedDocument } from '../src/store/recorded.ts';
import { bare, fixed, percent } from '../src/ui/text/numbers.ts';
import {
  expectStep,
  key,
  live,
  middleOf,
  open,
  patches,
  picture,
  predictions,
  pressPatch,
  radio,
  railNames,
  stage,
  status,
  WEIGHTS,
} from './page.ts';

const { trace } = JSON.parse(
  readFileSync(fileURLToPath(new URL('../public/models/crate-cifar10.recorded.json', import.meta.url)), 'utf8'),
) as RecordedDocument;
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

test('the recorded trace stands in until the weights arrive, then the live engine takes over', async ({ page }) => {
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route(WEIGHTS, async (route) => {
    await held;
    await route.continue();
  });
  await open(page);

  await test.step('the numbers on screen are the recorded ones', async () => {
    await expect(page.getByRole('region', { name: 'Prediction' }).getByRole('listitem')).toHaveCount(5);
    expect(await predictions(page)).toEqual(trace.top.map(({ label, probability }) => `${label} ${bare(probability)}`));
    const names = await railNames(page);
    expect(names).toHaveLength(2 * trace.layers.length + 3);
    trace.layers.forEach(({ index, Rc, nonzero }) => {
      const rates = `${fixed(sum(Rc.input.unit))} to ${fixed(sum(Rc.half.unit))} nats`;
      expect(names).toContainEqual(expect.stringMatching(`^Layer ${index}, MSSA: coding rate ${rates}, `));
      expect(names).toContainEqual(
        expect.stringMatching(new RegExp(`^Layer ${index}, ISTA: .*${percent(nonzero.output)}`)),
      );
    });
  });

  await test.step('the status line says so, and what waits', async () => {
    // WebGPU may be up already; without weights nothing is live.
    await expect(status(page)).toContainText(/Recorded|Live/);
    await expect(page.getByRole('button', { name: /^Model/ })).toContainText('crate-cifar10');
  });

  await test.step('maps are drawn', async () => {
    await expect.poll(() => isDrawn(page)).toBe(true);
  });

  await test.step('stepping works', async () => {
    await page.getByRole('button', { name: 'Half-step on' }).click();
    await expectStep(page, 'Layer 3, ISTA');
    await expect(stage(page).getByRole('grid', { name: 'Tokens after ISTA' })).toBeVisible();
    await key(page, 'Layer 2, MSSA').click();
    await page.getByRole('tab', { name: 'Heads' }).click();
    await expectStep(page, 'Layer 2, MSSA');
  });

  await test.step('pointing at a patch and picking it works', async () => {
    await patches(page).hover({ position: await middleOf(patches(page), 4, 5) });
    const map = stage(page).getByRole('grid', { name: /^Attention of head 1 / });
    await expect(map.getByRole('gridcell')).toHaveAccessibleName(/^row 4, column 5, attention /);
    await pressPatch(patches(page), 4, 5);
    await expect(radio(page, 'Token', 'patch')).toBeChecked();
    await expect(stage(page).getByRole('grid', { name: 'Attention of head 1 from patch (4, 5)' })).toBeVisible();
  });

  await test.step('the live engine takes over and the view stays', async () => {
    release();
    await live(page, /Live WebGPU on .+, f32, [\d.,]+\s(ms|s) a picture$/);
    await expectStep(page, 'Layer 2, MSSA');
    const [first] = trace.top;
    expect((await predictions(page))[0]).toBe(`${first?.label} ${bare(first?.probability ?? 0)}`);
    await expect(stage(page).getByRole('grid', { name: 'Attention of head 1 from patch (4, 5)' })).toBeVisible();
  });
});

for (const [what, answer, says] of [
  [
    'refused',
    (route: Route) => route.fulfill({ status: 503, body: '' }),
    'models/crate-cifar10.safetensors answered 503.',
  ],
  ['lost', (route: Route) => route.abort(), 'the network or the server of models/crate-cifar10.safetensors is away.'],
] as const) {
  test(`weights that are ${what} are said so, and the recorded trace stays`, async ({ page }) => {
    await page.route(WEIGHTS, answer);
    await open(page);
    const alert = page.getByRole('alert');
    await expect(alert).toContainText(`The weights did not arrive: ${says} Reload the page to try again.`);
    await expect(page.getByRole('region', { name: 'Prediction' }).getByRole('listitem')).toHaveCount(5);
    await page.getByRole('button', { name: 'Half-step on' }).click();
    await expectStep(page, 'Layer 3, ISTA');
    await expect(stage(page).getByRole('grid', { name: 'Tokens after ISTA' })).toBeVisible();

    await page.getByRole('button', { name: 'Airliner' }).click();
    await expect(status(page).getByRole('alert')).toHaveText(
      'No weights are loaded, so the picture was not run. Reload the page, or open a checkpoint.',
    );
    await expect(picture(page)).toHaveAccessibleName(/^Airliner/);
  });
}

/** Whether the map of head 1 holds more than one colour. */
async function isDrawn(page: Page): Promise<boolean> {
  const map = page.getByRole('grid', { name: /^Attention of head 1 / });
  if ((await map.count()) === 0) return false;
  return map.evaluate((grid) => {
    const canvas = grid.querySelector('canvas');
    const pixels = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
    const colours = new Set<number>();
    for (let i = 0; i < pixels.length; i += 4)
      colours.add(((pixels[i] ?? 0) << 16) | ((pixels[i + 1] ?? 0) << 8) | (pixels[i + 2] ?? 0));
    return colours.size > 8;
  });
}
