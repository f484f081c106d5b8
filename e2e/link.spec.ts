// A lecturer's link: it brings back the view, choices and numbers; and says so when it names what no link can carry.

import { expect, type Page, test } from '@playwright/test';
import { openFile, photo } from './files.ts';
import {
  expectStep,
  exportTrace,
  header,
  input,
  key,
  openLive,
  patches,
  picture,
  predictions,
  pressPatch,
  radio,
  railNames,
  settled,
  stage,
  status,
  tab,
} from './page.ts';

/** Every choice that is on screen in the Tokens tab, and the numbers with it. */
const seen = async (page: Page) => ({
  rail: await railNames(page),
  predictions: await predictions(page),
  picture: await picture(page).getAttribute('alt'),
  tab: await page.getByRole('tab', { selected: true }).textContent(),
  checked: await page.getByRole('radio', { checked: true }).allInnerTexts(),
  eps2: await page.getByRole('slider', { name: /^ε squared/ }).getAttribute('aria-valuetext'),
  tokens: await stage(page)
    .getByText(/entries are non-zero/)
    .textContent(),
});

test('a link reproduces the view in a fresh page', async ({ page, context }) => {
  await openLive(page);
  await page.getByRole('button', { name: 'Lorry' }).click();
  await expect(picture(page)).toHaveAccessibleName(/^Lorry/);
  await settled(page);
  await key(page, 'Layer 5, ISTA').click();
  await tab(page, 'Tokens').click();
  await page.keyboard.press('Escape');
  await pressPatch(patches(page), 3, 7);
  await radio(page, 'tokens', 'raw').click();
  await radio(page, 'measured at', 'output').click();
  await radio(page, 'unit', 'bits').click();
  await radio(page, 'heads', 'per head').click();
  const slider = page.getByRole('slider', { name: /^ε squared/ });
  await slider.focus();
  const railBefore = await railNames(page);
  for (let i = 0; i < 10; i++) await page.keyboard.press('ArrowRight');
  await expect.poll(() => railNames(page)).not.toEqual(railBefore);
  await expect(page).toHaveURL(/eps2=0\.0316/);

  const address = page.url();
  // Names and numbers as on screen, counted from 1.
  expect(address).toContain('picture=truck');
  expect(address).toContain('step=ista-5');
  const trace = await exportTrace(page);
  const before = await seen(page);

  const other = await context.newPage();
  await openLive(other, new URL(address).hash);
  await expectStep(other, 'Layer 5, ISTA');
  await expect(stage(other).getByText(/entries are non-zero/)).toBeVisible();
  expect(await seen(other)).toEqual(before);
  const again = await exportTrace(other);
  expect(again.logits).toEqual(trace.logits);
  expect(again.layers).toEqual(trace.layers);
  expect(again.measure).toEqual(trace.measure);
  expect(new URL(other.url()).hash).toBe(new URL(address).hash);
});

test('Share copies the address, or shows it', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto('./#/explore?step=mssa-6&head=4');
  await header(page).getByRole('button', { name: 'Share' }).click();
  await expect(header(page).getByRole('button', { name: 'Link copied' })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(page.url());
});

test('a link to somebody’s own picture says that the picture is not in it', async ({ page, context }) => {
  await openLive(page);
  await openFile(page, await photo('holiday.jpg'));
  await expect(picture(page)).toHaveAccessibleName(/^holiday\.jpg/);
  await settled(page);
  const { hash } = new URL(page.url());
  expect(hash).toContain('own%3Aholiday.jpg');

  const other = await context.newPage();
  await openLive(other, hash);
  await expect(input(other).getByRole('alert')).toContainText(
    'This link was made with holiday.jpg, which never left its owner’s machine. Open that picture to see the same view.',
  );
  await expect(picture(other)).toBeVisible();
  await expect(status(other)).toContainText('Live');
});

test('a link with parameters that mean nothing opens the rest of it', async ({ page }) => {
  await page.goto('./#/explore?step=mssa-99&head=77&token=nine&picture=unicorn&unit=bits&eps2=-1');
  await expect(radio(page, 'unit', 'bits')).toBeChecked();
  await expectStep(page, 'Layer 6, MSSA');
  await expect(picture(page)).toHaveAccessibleName(/^Sailboat.*picked: class token$/);
  await expect(page.getByRole('button', { name: 'Head 6', exact: true })).toHaveAttribute('aria-pressed', 'true');
});
