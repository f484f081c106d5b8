// A researcher's own checkpoint: the sheet tells what was found and asks what no file says; it is kept, linked, fetched, cancelled, renamed
// and run at another size; and whatever goes wrong, the model at hand stays.

import { createHash } from 'node:crypto';
import { expect, type Locator, type Page, test } from '@playwright/test';
import { expectAccessible, WIDTHS } from './axe.ts';
import { drop, fileOf, fixture, shippedWeights, weightsFile } from './files.ts';
import { type OtherHost, startHost } from './otherHost.ts';
import { CARD, halfSteps, header, input, live, open, openLive, predictions, settled } from './page.ts';

const micro = (form: string): Buffer => fixture(`crate_micro/checkpoint${form}`);
const identity = (): Buffer => fixture('crate_micro_identity/checkpoint.safetensors');
const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const sheet = (page: Page, name: string): Locator => page.getByRole('dialog', { name, exact: true });
const heads = (page: Page): Locator => page.getByRole('textbox', { name: 'Heads', exact: true });
const modelMenu = (page: Page): Locator => header(page).getByRole('button', { name: /^Model/ });

async function fromMenu(page: Page, item: RegExp): Promise<void> {
  await modelMenu(page).click();
  await page.getByRole('menuitem', { name: item }).click();
}

/** The three layers of crate_micro are on the rail, and it runs. */
async function expectMicro(page: Page): Promise<void> {
  await expect(halfSteps(page).getByRole('button')).toHaveCount(2 * 3 + 3);
  await settled(page);
  await live(page);
  expect(await predictions(page)).toHaveLength(5);
}

async function expectShipped(page: Page, before: readonly string[]): Promise<void> {
  await expect(modelMenu(page)).toContainText(CARD.title);
  await expect(halfSteps(page).getByRole('button')).toHaveCount(2 * 6 + 3);
  await settled(page);
  expect(await predictions(page)).toEqual(before);
}

test('the sheet asks for the heads; without an answer the model at hand stays; with one the checkpoint runs', async ({
  page,
}) => {
  await openLive(page);
  const before = await predictions(page);
  const asked = sheet(page, 'micro.pth');

  await test.step('it tells what was found', async () => {
    await drop(page, weightsFile('micro.pth', micro('.pth')));
    await expect(asked).toContainText('3 layers of width 48');
    await expect(asked).toContainText('every number is silently wrong');
    const found = asked.getByRole('region', { name: 'What was found' });
    await expect(found).toContainText('PyTorch, zip archive');
    await expect(found).toContainText('32 px, 8 × 8 patches of 4 px');
    await expect(found).toContainText(hashOf(micro('.pth')));
  });

  await test.step('and says why it cannot be loaded yet', async () => {
    await expect(heads(page)).toBeFocused();
    await expect(heads(page)).toHaveValue('');
    await expect(heads(page)).toHaveAccessibleDescription(/needs an answer/);
    const load = asked.getByRole('button', { name: 'Load with these' });
    await expect(load).toBeDisabled();
    await expect(load).toHaveAccessibleDescription('Give the number of heads first.');
    await heads(page).fill('7');
    await expect(asked.getByRole('alert')).toHaveText('7 does not divide the projection’s 48 rows; 6 and 8 do.');
    await expect(load).toHaveAccessibleDescription('Correct what is marked first.');
  });

  await test.step('Escape keeps the old model, and a notice leads back', async () => {
    await page.keyboard.press('Escape');
    await expect(asked).toHaveCount(0);
    await expectShipped(page, before);
    await expect(page.getByText('micro.pth waits for an answer before it can be loaded.')).toBeVisible();
    await page.getByRole('button', { name: 'Answer…' }).click();
    await expect(asked).toBeVisible();
  });

  await test.step('what was filled in before is still there', async () => {
    await expect(heads(page)).toHaveValue('7');
    await expect(asked.getByRole('alert')).toHaveText('7 does not divide the projection’s 48 rows; 6 and 8 do.');
  });

  await test.step('three heads of sixteen', async () => {
    await asked.getByRole('button', { name: '3 heads of 16' }).click();
    await expect(heads(page)).toHaveValue('3');
    await asked.getByRole('button', { name: 'Load with these' }).click();
    await expect(asked.getByText('CRATE loaded: 3 × 48, 3 heads (given)')).toBeVisible();
    await asked.getByRole('button', { name: 'Explore' }).click();
    await expect(asked).toHaveCount(0);
    await expectMicro(page);
    expect(await predictions(page)).not.toEqual(before);
  });
  const withThree = await predictions(page);

  await test.step('other heads give other numbers, and say so to nobody', async () => {
    await fromMenu(page, /^What was found/);
    await expect(heads(page)).toHaveValue('3');
    await heads(page).fill('6');
    await asked.getByRole('button', { name: 'Load again with these' }).click();
    await expect(asked.getByText('CRATE loaded: 3 × 48, 6 heads (given)')).toBeVisible();
    await page.keyboard.press('Escape');
    await expectMicro(page);
    expect(await predictions(page)).not.toEqual(withThree);
  });

  await test.step('the same in half precision, as safetensors', async () => {
    await drop(page, weightsFile('micro16.safetensors', micro('_fp16.safetensors')));
    const half = sheet(page, 'micro16.safetensors');
    await expect(half.getByRole('region', { name: 'What was found' })).toContainText(/F16: \d+ tensors/);
    await half.getByRole('button', { name: '3 heads of 16' }).click();
    await half.getByRole('button', { name: 'Load with these' }).click();
    await half.getByRole('button', { name: 'Explore' }).click();
    await expectMicro(page);
    // Half the digits, the same answer.
    expect((await predictions(page))[0]?.replace(/[\d.]+$/, '')).toBe(withThree[0]?.replace(/[\d.]+$/, ''));
  });

  await test.step('put away, a question leaves nothing', async () => {
    const now = await predictions(page);
    await drop(page, weightsFile('micro.pth.tar', micro('.pth.tar')));
    await expect(sheet(page, 'micro.pth.tar')).toBeVisible();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Put it away' }).click();
    await expect(page.getByRole('button', { name: 'Answer…' })).toHaveCount(0);
    await settled(page);
    expect(await predictions(page)).toEqual(now);
  });
});

test('what needs no answer loads by itself, is kept over a reload, and can be forgotten', async ({ page }) => {
  await openLive(page);

  await test.step('one head, told by the shapes', async () => {
    await drop(page, weightsFile('identity.safetensors', identity()));
    const told = sheet(page, 'identity.safetensors');
    await expect(told.getByText('CRATE loaded: 2 × 32, 1 head (from the shapes)')).toBeVisible();
    await expect(told.getByRole('group', { name: 'Heads' })).toContainText('1 of 32');
    await told.getByRole('button', { name: 'Explore' }).click();
    await expect(halfSteps(page).getByRole('button')).toHaveCount(2 * 2 + 3);
    await settled(page);
  });
  const numbers = await predictions(page);

  await test.step('a reload asks for nothing', async () => {
    await expect(page).toHaveURL(/model=identity\.safetensors&sha256=[\da-f]{64}/);
    await page.reload();
    await live(page);
    await settled(page);
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await expect(halfSteps(page).getByRole('button')).toHaveCount(2 * 2 + 3);
    expect(await predictions(page)).toEqual(numbers);
  });

  await test.step('the shipped model comes, and the kept one comes back from the menu', async () => {
    await modelMenu(page).click();
    await page.getByRole('menuitemradio', { name: new RegExp(`^${CARD.title}`) }).click();
    await expect(halfSteps(page).getByRole('button')).toHaveCount(2 * 6 + 3);
    await settled(page);
    await modelMenu(page).click();
    await page.getByRole('menuitemradio', { name: /^identity\.safetensors/ }).click();
    await expect(halfSteps(page).getByRole('button')).toHaveCount(2 * 2 + 3);
    await settled(page);
    expect(await predictions(page)).toEqual(numbers);
  });

  await test.step('forgotten, it is asked for', async () => {
    await fromMenu(page, /^Kept checkpoints/);
    const kept = page.getByRole('dialog', { name: 'Kept checkpoints' });
    await kept.getByRole('button', { name: 'Forget identity.safetensors' }).click();
    await expect(kept.getByRole('status')).toHaveText('None are kept.');
    await page.keyboard.press('Escape');
    await page.reload();
    await live(page);
    await expect(page.getByRole('alert')).toContainText(
      /This link was made with identity\.safetensors .*Open that file/,
    );
    await expect(halfSteps(page).getByRole('button')).toHaveCount(2 * 6 + 3);
  });
});

test('a link with a hash asks for that very file and then brings its view back', async ({ page }) => {
  const bytes = micro('.safetensors');
  await openLive(page, `#/explore?model=micro.safetensors&sha256=${hashOf(bytes)}&step=ista-2&unit=bits`);
  await expect(page.getByRole('alert')).toContainText(hashOf(bytes).slice(0, 12));
  await drop(page, weightsFile('renamed.safetensors', bytes));
  const asked = sheet(page, 'renamed.safetensors');
  await asked.getByRole('button', { name: '3 heads of 16' }).click();
  await asked.getByRole('button', { name: 'Load with these' }).click();
  await asked.getByRole('button', { name: 'Explore' }).click();
  await expectMicro(page);
  await expect(halfSteps(page).getByRole('button', { name: /^Layer 2, ISTA/ })).toHaveAttribute('aria-current', 'step');
});

test('names for the classes: a file of them, dropped or opened; a wrong one is told', async ({ page }) => {
  await openLive(page);
  await drop(page, weightsFile('identity.safetensors', identity()));
  await page.getByRole('button', { name: 'Explore' }).click();
  await expect(halfSteps(page).getByRole('button')).toHaveCount(2 * 2 + 3);
  await settled(page);
  expect((await predictions(page)).filter((line) => /^class [0-4] /.test(line)).length).toBe(5);
  const names = ['oak', 'elm', 'ash', 'fir', 'yew'];

  await test.step('dropped', async () => {
    await drop(page, fileOf('trees.txt', 'text/plain', Buffer.from(names.join('\n'))));
    await expect
      .poll(async () => (await predictions(page)).filter((line) => /^(oak|elm|ash|fir|yew) /.test(line)).length)
      .toBe(5);
  });

  await test.step('the sheet tells where they are from, and takes them back', async () => {
    await fromMenu(page, /^What was found/);
    const told = sheet(page, 'identity.safetensors');
    await expect(told.getByRole('group', { name: 'Label names' })).toContainText('trees.txt');
    await told.getByRole('button', { name: 'Use numbers' }).click();
    await told.getByRole('button', { name: 'Load again with these' }).click();
    await told.getByRole('button', { name: 'Explore' }).click();
    await settled(page);
    expect((await predictions(page)).filter((line) => /^class [0-4] /.test(line)).length).toBe(5);
  });

  await test.step('opened from the sheet, as JSON', async () => {
    await fromMenu(page, /^What was found/);
    const choosing = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Open names…' }).click();
    await (await choosing).setFiles(fileOf('trees.json', 'application/json', Buffer.from(JSON.stringify(names))));
    await expect(page.getByRole('group', { name: 'Label names' })).toContainText('trees.json');
    await page.keyboard.press('Escape');
    await expect
      .poll(async () => (await predictions(page)).filter((line) => /^(oak|elm|ash|fir|yew) /.test(line)).length)
      .toBe(5);
  });

  await test.step('four names for five classes', async () => {
    await drop(page, fileOf('four.txt', 'text/plain', Buffer.from('a\nb\nc\nd')));
    await expect(page.getByRole('alert')).toContainText('four.txt names 4 classes, the model has 5.');
    expect((await predictions(page)).filter((line) => /^(oak|elm|ash|fir|yew) /.test(line)).length).toBe(5);
  });
});

test('axe finds nothing serious in the sheet and the dialogs beside it, light and dark, wide and narrow', async ({
  page,
}) => {
  await openLive(page);
  await drop(page, weightsFile('micro.pth', micro('.pth')));
  const asked = sheet(page, 'micro.pth');
  await heads(page).fill('7');
  await asked.getByRole('combobox', { name: 'Normalisation' }).selectOption('other numbers');
  for (const size of WIDTHS) {
    await page.setViewportSize(size);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await expect(page.locator('html')).toHaveAttribute('data-theme', colorScheme);
      await test.step(`${size.width} px, ${colorScheme}`, () => expectAccessible(page));
    }
  }
  await page.setViewportSize(WIDTHS[0]);
  await heads(page).fill('3');
  await page.keyboard.press('Enter');
  await asked.getByRole('button', { name: 'Explore' }).click();
  await expectMicro(page);
  for (const item of [/^Kept checkpoints/, /^From an address/]) {
    await fromMenu(page, item);
    await expect(page.getByRole('dialog')).toBeVisible();
    await test.step(String(item), () => expectAccessible(page));
    await page.keyboard.press('Escape');
  }
});

test('another input size: more tokens, other numbers, the same size in the link, and back', async ({ page }) => {
  await openLive(page);
  const before = await predictions(page);
  const size = input(page).getByRole('button', { name: /^Input \d/ });
  await expect(size).toHaveText(/32 px, 65 tokens/);
  await expect(size).toHaveAccessibleDescription(/interpolated \(bicubic\)/);
  await size.click();
  await page.getByRole('menuitemradio', { name: /^64 px, 257 tokens/ }).click();
  await expect(size).toHaveText(/64 px, 257 tokens/);
  await settled(page);
  await live(page);
  await expect(input(page).getByText('Positions are interpolated (bicubic) from 8 × 8.')).toBeVisible();
  expect(await predictions(page)).not.toEqual(before);
  await expect(page).toHaveURL(/side=64/);
  await size.click();
  await page.getByRole('menuitemradio', { name: /^32 px, 65 tokens, as trained/ }).click();
  await expect(size).toHaveText(/32 px, 65 tokens/);
  await settled(page);
  expect(await predictions(page)).toEqual(before);
  await expect(page).not.toHaveURL(/side=/);
});

test.describe('from an address', () => {
  let host: OtherHost;
  test.beforeAll(async () => {
    host = await startHost({
      '/identity.safetensors': { bytes: identity() },
      '/closed.safetensors': { bytes: identity(), isOpen: false },
      '/endless.safetensors': { bytes: shippedWeights(), isEndless: true },
    });
  });
  test.afterAll(() => host.close());

  async function ask(page: Page, address: string): Promise<void> {
    await fromMenu(page, /^From an address/);
    await page.getByRole('textbox', { name: 'Address' }).fill(address);
    await page.keyboard.press('Enter');
  }

  test('it is fetched, a load can be cancelled, and each refusal has its sentence', async ({ page }) => {
    await openLive(page);
    const before = await predictions(page);

    await test.step('no address at all is told at the field', async () => {
      await ask(page, 'crate_small.pth');
      await expect(page.getByRole('dialog').getByRole('alert')).toContainText('https://');
      await page.keyboard.press('Escape');
    });

    await test.step('cancelled on the way, what was there stays', async () => {
      await ask(page, `${host.address}/endless.safetensors`);
      const bar = header(page).getByRole('progressbar', { name: 'Model loading' });
      await expect(bar).toHaveAttribute('aria-valuetext', /^Downloading: 0\.[1-9] of 1\.4\sMB$/);
      await header(page).getByRole('button', { name: 'Cancel the load' }).click();
      await expect(bar).toHaveCount(0);
      await expectShipped(page, before);
    });

    await test.step('a file that is not there', async () => {
      await ask(page, `${host.address}/missing.safetensors`);
      const alert = page.getByRole('alert').filter({ hasText: /answered 404/ });
      await expect(alert).toContainText(`${CARD.title} stays.`);
      await alert.getByRole('button', { name: 'Dismiss' }).click();
    });

    await test.step('a server that lets no other page read', async () => {
      await ask(page, `${host.address}/closed.safetensors`);
      await expect(page.getByRole('alert')).toContainText('does not allow other pages to read its files (CORS)');
      await expectShipped(page, before);
    });

    await test.step('one that does', async () => {
      await ask(page, `${host.address}/identity.safetensors`);
      const told = sheet(page, 'identity.safetensors');
      await expect(told.getByText(/^CRATE loaded: 2 × 32/)).toBeVisible();
      await expect(told.getByRole('region', { name: 'What was found' })).toContainText(`${host.address}/identity`);
      await page.keyboard.press('Escape');
      await expect(halfSteps(page).getByRole('button')).toHaveCount(2 * 2 + 3);
      await settled(page);
    });
  });

  test('a link names the address: fetched for the next reader, whose sheet opens', async ({ page }) => {
    const address = `${host.address}/identity.safetensors`;
    await open(page, `#/explore?model=${encodeURIComponent(address)}`);
    await expect(sheet(page, 'identity.safetensors')).toBeVisible();
    await page.keyboard.press('Escape');
    await live(page);
    await expect(halfSteps(page).getByRole('button')).toHaveCount(2 * 2 + 3);
    expect(host.asked).toContain('/identity.safetensors');
  });

  test('a link whose address is refused opens with the shipped model and says why', async ({ page }) => {
    await openLive(page, `#/explore?model=${encodeURIComponent(`${host.address}/gone.safetensors`)}`);
    await expect(page.getByRole('alert')).toContainText('answered 404');
    await expect(modelMenu(page)).toContainText(CARD.title);
  });
});
