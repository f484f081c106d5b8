// A reader's own picture: opened, dropped, pasted; turned upright, first frame, over white; and always shown whole with its crop.

import { expect, type Page, test } from '@playwright/test';
import sharp from 'sharp';
import { animation, text } from '../src/inputs/testPictures.ts';
import { drop, fileOf, openFile, paste, photo, type TestFile, twoHalves } from './files.ts';
import { input, key, openLive, picture, predictions, settled, stage } from './page.ts';

let page: Page;
test.beforeAll(async ({ browser }) => {
  page = await browser.newPage();
  await openLive(page, '#/explore?step=picture');
});
test.afterAll(() => page?.close());

/** The picture is on screen, whole, in its own size; it ran; the link names it. */
async function expectShown(name: string, width: number, height: number): Promise<void> {
  await expect(picture(page)).toHaveAccessibleName(new RegExp(`^${name}, ${width} by ${height} pixels`));
  await settled(page);
  await expect(input(page).getByRole('alert')).toHaveCount(0);
  await expect
    .poll(() => picture(page).evaluate((image: HTMLImageElement) => [image.naturalWidth, image.naturalHeight]))
    .toEqual([width, height]);
  await expect
    .poll(() => new URLSearchParams(new URL(page.url()).hash.split('?')[1]).get('picture'))
    .toBe(`own:${name}`);
}

/** Mean colour of a patch of what the model sees, as the picture's stop says it. */
async function meanColour(row: number, column: number): Promise<number[]> {
  await key(page, 'Picture').click();
  const map = stage(page).getByRole('grid', { name: 'What the model sees, by patches' });
  await map.focus();
  await page.keyboard.press('Control+Home');
  for (let i = 1; i < row; i++) await page.keyboard.press('ArrowDown');
  for (let i = 1; i < column; i++) await page.keyboard.press('ArrowRight');
  const said = (await map.getByRole('gridcell').getAttribute('aria-label')) ?? '';
  await page.keyboard.press('Escape');
  expect(said).toContain(`row ${row}, column ${column}, mean colour `);
  return said
    .replace(/^.*mean colour /, '')
    .split(', ')
    .map(Number);
}

const near = (colour: readonly number[], expected: readonly number[]): boolean =>
  colour.every((value, i) => Math.abs(value - (expected[i] ?? Number.NaN)) <= 12);
const ORANGE = [240, 144, 16];
const BLUE = [32, 64, 224];

test('a photograph is opened, and the part that the model sees is said', async () => {
  const before = await predictions(page);
  await openFile(page, await photo());
  await expectShown('harbour.jpg', 900, 600);
  await expect(input(page)).toContainText('900 × 600');
  await expect(input(page)).toContainText(/crop \d+/);
  expect(await predictions(page)).not.toEqual(before);
  expect(near(await meanColour(4, 1), ORANGE)).toBe(true);
  expect(near(await meanColour(4, 8), BLUE)).toBe(true);
});

test('one is dropped, another pasted', async () => {
  await drop(page, await photo('dropped.jpg', 300, 480));
  await expectShown('dropped.jpg', 300, 480);
  await paste(page, fileOf('image.png', 'image/png', await twoHalves(64, 64).png().toBuffer()));
  await expectShown('Pasted picture', 64, 64);
});

test('of two dropped files one is opened, and that is said', async () => {
  await drop(page, await photo('first.jpg', 200, 160), await photo('second.jpg', 160, 200));
  await expectShown('first.jpg', 200, 160);
  await expect(input(page)).toContainText('2 files came at once: first.jpg is opened.');

  await test.step('on the speed page too', async () => {
    const pages = page.getByRole('navigation', { name: 'Pages' });
    await pages.getByRole('link', { name: 'Speed' }).click();
    await expect(page.getByRole('button', { name: 'Run', exact: true })).toBeEnabled();
    await drop(page, await photo('third.jpg', 200, 160), await photo('fourth.jpg', 160, 200));
    await expect(page.getByRole('main')).toContainText('2 files came at once: third.jpg is opened.');
    await pages.getByRole('link', { name: 'Explore' }).click();
    await expectShown('third.jpg', 200, 160);
  });
});

test('a photograph on its side is turned upright', async () => {
  // Orientation 6: the first row of the file is the right side of the picture, so the left half comes out on top.
  const bytes = await twoHalves(600, 400).withMetadata({ orientation: 6 }).jpeg({ quality: 92 }).toBuffer();
  await openFile(page, fileOf('sideways.jpg', 'image/jpeg', bytes));
  await expectShown('sideways.jpg', 400, 600);
  expect(near(await meanColour(1, 5), ORANGE)).toBe(true);
  expect(near(await meanColour(8, 5), BLUE)).toBe(true);
});

test('of an animation the first frame is used', async () => {
  const bytes = await animation()
    .gif({ delay: [100, 100, 100] })
    .toBuffer();
  await openFile(page, fileOf('flicker.gif', 'image/gif', bytes));
  await expectShown('flicker.gif', 24, 20);
  await expect(input(page)).toContainText('flicker.gif is animated: its first frame is used.');
  expect(near(await meanColour(4, 4), [255, 0, 0])).toBe(true);
});

test('what is transparent is seen over white', async () => {
  const clear = sharp({ create: { width: 120, height: 120, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } });
  const disc = Buffer.from('<svg width="60" height="120"><rect width="60" height="120" fill="#2040e0"/></svg>');
  const bytes = await clear
    .composite([{ input: disc, left: 60, top: 0 }])
    .png()
    .toBuffer();
  await openFile(page, fileOf('glass.png', 'image/png', bytes));
  await expectShown('glass.png', 120, 120);
  expect(near(await meanColour(4, 1), [255, 255, 255])).toBe(true);
  expect(near(await meanColour(4, 8), BLUE)).toBe(true);
});

test('a drawing without a size is drawn, and the size it was drawn at is said', async () => {
  const drawing = text(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10"><rect width="10" height="10" fill="#f09010"/><rect x="10" width="10" height="10" fill="#2040e0"/></svg>',
  );
  const file: TestFile = fileOf('flag.svg', 'image/svg+xml', drawing);
  await openFile(page, file);
  await expect(picture(page)).toHaveAccessibleName(/^flag\.svg, \d+ by \d+ pixels/);
  await settled(page);
  await expect(input(page)).toContainText(/flag\.svg .*: it is drawn at [\d,]+ × [\d,]+ px\./);
  expect(near(await meanColour(4, 1), ORANGE)).toBe(true);
  expect(near(await meanColour(4, 8), BLUE)).toBe(true);
});
