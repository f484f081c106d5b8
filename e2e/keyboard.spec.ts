// The whole walk without a pointer, and the page as assistive technology finds it.

import { expect, type Page, test } from '@playwright/test';
import { expectAccessible, WIDTHS } from './axe.ts';
import { expectStep, halfSteps, header, key, open, openLive, patches, picture, radio, stage, tab } from './page.ts';

/** The focused element's role and name, or its tag. */
const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const at = document.activeElement;
    if (!at || at === document.body) return 'body';
    const name = at.getAttribute('aria-label') ?? at.textContent?.replace(/\s+/g, ' ').trim() ?? '';
    return `${at.getAttribute('role') ?? at.tagName.toLowerCase()}: ${name}`;
  });

/** Whether the focused element shows that it has the focus: an outline, a ring, or something that differs when the focus leaves. */
const showsFocus = (page: Page): Promise<boolean> =>
  page.evaluate(() => {
    const at = document.activeElement;
    if (!(at instanceof HTMLElement)) return false;
    const looks = () =>
      [at, ...at.querySelectorAll('*')]
        .slice(0, 40)
        .map((element) => {
          const { outlineStyle, outlineWidth, outlineColor, boxShadow, borderColor, backgroundColor } =
            getComputedStyle(element);
          return [outlineStyle, outlineWidth, outlineColor, boxShadow, borderColor, backgroundColor].join();
        })
        .join('|');
    const withFocus = looks();
    at.blur();
    const without = looks();
    at.focus();
    return withFocus !== without;
  });

/** Presses Tab until the focused element fits; gives all that were passed. */
async function tabTo(page: Page, wanted: RegExp, presses = 60): Promise<string[]> {
  const passed: string[] = [];
  for (let i = 0; i < presses; i++) {
    await page.keyboard.press('Tab');
    const now = await focused(page);
    passed.push(now);
    if (wanted.test(now)) return passed;
  }
  throw new Error(`Tab never came to ${wanted}; it came by ${passed.join(' → ')}`);
}

test('the whole walk by keyboard alone', async ({ page }) => {
  await openLive(page);

  await test.step('Tab reaches header, rail, picture, tabs, maps and objective, and each shows it', async () => {
    const stops: readonly RegExp[] = [
      /^button: To the stage/,
      /^button: Model/,
      /^button: Half-step back/,
      /^button: Layer 3, MSSA/,
      /^grid: Patches/,
      /^tab: Heads/,
      /^grid: Attention of head 1/,
      /^radio: unit/,
      /^slider: ε squared/,
    ];
    for (const stop of stops) {
      await tabTo(page, stop);
      expect(await showsFocus(page), `${stop} shows its focus`).toBe(true);
    }
  });

  await test.step('the rail: arrows step and carry the focus', async () => {
    await key(page, 'Layer 3, MSSA').focus();
    await page.keyboard.press('ArrowRight');
    await expectStep(page, 'Layer 3, ISTA');
    await expect(key(page, 'Layer 3, ISTA')).toBeFocused();
    await page.keyboard.press('ArrowUp');
    await expectStep(page, 'Layer 2, ISTA');
    await page.keyboard.press('ArrowLeft');
    await expectStep(page, 'Layer 2, MSSA');
  });

  await test.step('digits pick heads, alt and arrows patches', async () => {
    await page.keyboard.press('4');
    await expect(page.getByRole('button', { name: 'Head 4', exact: true })).toHaveAttribute('aria-pressed', 'true');
    await page.keyboard.press('9');
    await expect(page.getByRole('button', { name: 'Head 4', exact: true })).toHaveAttribute('aria-pressed', 'true');
    await page.keyboard.press('Alt+ArrowDown');
    await expect(picture(page)).toHaveAccessibleName(/picked: row 1, column 1$/);
    await page.keyboard.press('Alt+ArrowDown');
    await page.keyboard.press('Alt+ArrowRight');
    await expect(picture(page)).toHaveAccessibleName(/picked: row 2, column 2$/);
  });

  await test.step('the patches of the picture: arrows point, Enter picks', async () => {
    await patches(page).focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await expect(picture(page)).toHaveAccessibleName(/picked: row 3, column 3$/);
    await expectStep(page, 'Layer 2, MSSA');
  });

  await test.step('tabs by arrows', async () => {
    await tab(page, 'Heads').focus();
    await page.keyboard.press('ArrowRight');
    await expect(tab(page, 'Subspaces')).toHaveAttribute('aria-selected', 'true');
    await expectStep(page, 'Layer 2, MSSA');
    await page.keyboard.press('ArrowLeft');
    await expect(tab(page, 'Heads')).toHaveAttribute('aria-selected', 'true');
  });

  await test.step('a map: arrows walk it, Enter picks', async () => {
    const map = stage(page).getByRole('grid', { name: /^Attention of head 2/ });
    await map.focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await expect(picture(page)).toHaveAccessibleName(/picked: row 3, column 4$/);
    await page.keyboard.press('Escape');
  });

  await test.step('choices of the objective by arrows', async () => {
    await radio(page, 'tokens', 'unit').focus();
    await page.keyboard.press('ArrowRight');
    await expect(radio(page, 'tokens', 'raw')).toBeChecked();
    await page.keyboard.press('ArrowLeft');
    await expect(radio(page, 'tokens', 'unit')).toBeChecked();
    await expectStep(page, 'Layer 2, MSSA');
  });

  await test.step('space plays and pauses, ? lists the keys, Escape closes', async () => {
    await halfSteps(page)
      .getByRole('button', { name: /^Layer 2, MSSA/ })
      .focus();
    await page.keyboard.press('Space');
    await expect(page.getByRole('button', { name: 'Pause' })).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(page.getByRole('button', { name: 'Play' })).toBeVisible();
    const before = await halfSteps(page).locator('[aria-current="step"]').getAttribute('aria-label');
    await page.keyboard.press('?');
    const keys = page.getByRole('dialog', { name: 'Keys' });
    await expect(keys).toBeVisible();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Escape');
    await expect(keys).toHaveCount(0);
    // Behind an open dialog no key steps.
    await expect(halfSteps(page).getByRole('button', { name: before ?? '' })).toHaveAttribute('aria-current', 'step');
  });
});

test('axe finds nothing serious, light and dark, wide and narrow', async ({ page }) => {
  await openLive(page);
  for (const size of WIDTHS) {
    await page.setViewportSize(size);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await expect(page.locator('html')).toHaveAttribute('data-theme', colorScheme);
      await test.step(`${size.width} px, ${colorScheme}`, () => expectAccessible(page));
    }
  }
});

test('axe finds nothing serious in any view', async ({ page }) => {
  await openLive(page, '#/explore?step=ista-3');
  for (const name of ['Tokens', 'Subspaces', 'Dictionary', 'Operator']) {
    await tab(page, name).click();
    await expect(stage(page).getByText(/^(Waiting for|Recorded trace)/)).toHaveCount(0);
    await test.step(name, () => expectAccessible(page));
  }
  for (const stop of ['Picture', 'Embedding', 'Head']) {
    await key(page, stop).click();
    await test.step(stop, () => expectAccessible(page));
  }
  await page.keyboard.press('?');
  await test.step('the list of keys', () => expectAccessible(page));
});

test('a line of a menu that cannot be chosen is reached and read, and does nothing', async ({ page }) => {
  // Without weights and recorded trace there is nothing to save.
  await page.route('**/models/**', (route) => route.abort());
  await open(page);
  await header(page).getByRole('button', { name: 'Export' }).press('ArrowDown');
  const trace = page.getByRole('menuitem', { name: /^Trace/ });
  await expect(trace).toBeDisabled();
  await expect(async () => {
    await page.keyboard.press('ArrowDown');
    await expect(trace).toBeFocused({ timeout: 100 });
  }).toPass();
  let saved = 0;
  page.on('download', () => {
    saved++;
  });
  await page.keyboard.press('Enter');
  await expect(trace).toBeFocused();
  expect(saved).toBe(0);
});
