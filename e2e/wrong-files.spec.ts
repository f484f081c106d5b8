// What is no picture, or no CRATE: each is told in a sentence with cause and remedy, and what was on screen stays and still works.

import { expect, type Page, test } from '@playwright/test';
import { WRONG_FILES } from '../src/checkpoint/wrongFiles.ts';
import { text } from '../src/inputs/testPictures.ts';
import {
  drop,
  edited,
  fileOf,
  fixture,
  hugePng,
  openFile,
  photo,
  shippedWeights,
  type TestFile,
  weightsFile,
} from './files.ts';
import {
  CARD,
  expectStep,
  input,
  key,
  measuresOf,
  openLive,
  picture,
  predictions,
  railNames,
  settled,
} from './page.ts';

let page: Page;
let before: { rail: (string | null)[]; predictions: string[] };

test.beforeAll(async ({ browser }) => {
  page = await browser.newPage();
  await openLive(page);
  before = { rail: await railNames(page), predictions: await predictions(page) };
});
test.afterAll(() => page?.close());

/** Everything is as before the file came, and the page is alive. */
async function expectUnharmed(): Promise<void> {
  await expect(picture(page)).toHaveAccessibleName(/^Sailboat, 640 by 480 pixels/);
  expect(await railNames(page)).toEqual(before.rail);
  expect(await predictions(page)).toEqual(before.predictions);
  await key(page, 'Layer 2, MSSA').click();
  await page.keyboard.press('ArrowRight');
  await expectStep(page, 'Layer 2, ISTA');
  expect(await measuresOf(page, 0.01)).toHaveLength(6);
}

const PICTURES: readonly { readonly what: string; readonly file: () => Promise<TestFile>; readonly says: string }[] = [
  {
    what: 'text that calls itself a picture',
    file: async () => fileOf('notes.png', 'image/png', text('Buy milk.\nCall the harbour master.\n')),
    says: 'notes.png is not a picture: it ',
  },
  {
    what: 'an empty file',
    file: async () => fileOf('nothing.jpg', 'image/jpeg', new Uint8Array(0)),
    says: 'nothing.jpg is empty (0 bytes). Save or download it again, or open another picture.',
  },
  {
    what: 'half a photograph',
    file: async () => {
      const whole = await photo('half.jpg');
      return { ...whole, buffer: whole.buffer.subarray(0, Math.floor(whole.buffer.length / 2)) };
    },
    says: 'half.jpg is cut off: the JPEG ends before its end marker (EOI), so part of the picture is missing. Download or copy it again.',
  },
  {
    what: 'a picture too large to hold',
    file: async () => hugePng('poster.png', 12_000, 12_000),
    says: 'poster.png is too large: 12,000 × 12,000 px (144 megapixels), and the limit is 64 megapixels and 12,000 px a side. Open a smaller copy.',
  },
  {
    what: 'a single pixel',
    file: async () => hugePng('dot.png', 1, 1),
    says: 'dot.png is too small: 1 × 1 px, and at least 8 × 8 px are needed. Open a larger picture.',
  },
];

for (const { what, file, says } of PICTURES) {
  test(`${what} is told, and the last picture stays`, async () => {
    await openFile(page, await file());
    await expect(input(page).getByRole('alert')).toContainText(says);
    await expectUnharmed();
    await input(page).getByRole('button', { name: 'Dismiss' }).click();
    await expect(input(page).getByRole('alert')).toHaveCount(0);
  });
}

/** A small checkpoint that tells everything, its heads too. */
const oneHead = (): Buffer => fixture('crate_micro_identity/checkpoint.safetensors');
const FIRST = 'transformer.layers.0.0.fn.qkv.weight';

const CHECKPOINTS: readonly {
  readonly what: string;
  readonly name: string;
  readonly bytes: () => Buffer;
  readonly says: RegExp;
}[] = [
  {
    what: 'a file of weights that was cut short',
    name: 'cut.safetensors',
    bytes: () => shippedWeights().subarray(0, 700_000),
    says: /The file is cut short: it has 700000 bytes, but tensor .+ ends at byte \d+\. Download or copy it again\./,
  },
  {
    what: 'a checkpoint of another architecture',
    name: 'vit.safetensors',
    bytes: () =>
      edited(shippedWeights(), (header) => {
        for (const [name, entry] of Object.entries(header)) {
          delete header[name];
          header[name.replace(/^transformer\.layers\.(\d+)\.0\.fn\.qkv/, 'blocks.$1.attn.qkv')] = entry;
        }
      }),
    says: /This is a checkpoint of ViT.*; only CRATE models are read/,
  },
  {
    what: 'a tensor of a wrong shape',
    name: 'bent.safetensors',
    bytes: () =>
      edited(oneHead(), (header) => {
        const entry = header['transformer.layers.1.1.fn.weight'];
        if (entry) entry.shape = [16, 64];
      }),
    says: /Tensor transformer\.layers\.1\.1\.fn\.weight is 16 × 64, but the other sizes of this CRATE make it 32 × 32\./,
  },
  {
    what: 'a NaN among the weights',
    name: 'diverged.safetensors',
    bytes: () =>
      edited(oneHead(), (header, data) => {
        const entry = header[FIRST];
        if (!entry) throw new Error(`${FIRST} is missing`);
        // All bits set: a NaN.
        data.fill(0xff, entry.data_offsets[0], entry.data_offsets[0] + 4);
      }),
    says: new RegExp(`Tensor ${FIRST.replaceAll('.', '\\.')} holds NaN at entry 0, so every output would be NaN\\.`),
  },
  {
    what: 'a web page saved as weights',
    name: 'model.safetensors',
    bytes: () => Buffer.from('<!DOCTYPE html><html><head><title>Sign in</title></head><body></body></html>'),
    says: /This is a web page, not weights/,
  },
];

for (const { what, name, bytes, says } of CHECKPOINTS) {
  test(`${what} is told, and the last model stays`, async () => {
    await drop(page, weightsFile(name, bytes()));
    const alert = page.getByRole('alert').filter({ hasText: says });
    await expect(alert).toBeVisible();
    await expect(alert).toContainText(`${CARD.title} stays.`);
    await expectUnharmed();
    await alert.getByRole('button', { name: 'Dismiss' }).click();
    await expect(alert).toHaveCount(0);
  });
}

/** Told by first bytes that are no letters, which a browser decodes otherwise than Node; a pickle and shapes with nothing behind them. */
const LISTED = [
  'model.h5',
  'single.npy',
  'model.pth.gz',
  'os-system.pth',
  'nested-again.pkl',
  'colliding-keys.pth',
  'crate-inner.pth',
  'crate-layers.pth',
];

for (const { name, what, bytes, sentence } of WRONG_FILES.filter((file) => LISTED.includes(file.name))) {
  test(`${name}, ${what}, is told, and the last model stays`, async () => {
    await drop(page, weightsFile(name, bytes()));
    // Beside the sentence the alert says what stays: a pattern of the whole sentence is one of a part of it.
    const says = typeof sentence === 'string' ? sentence : new RegExp(sentence.source.replace(/^\^|\$$/g, ''));
    const alert = page.getByRole('alert').filter({ hasText: says });
    await expect(alert).toBeVisible();
    await expect(alert).toContainText(`${CARD.title} stays.`);
    await expectUnharmed();
    await alert.getByRole('button', { name: 'Dismiss' }).click();
    await expect(alert).toHaveCount(0);
  });
}

test('after all of them a good picture still runs', async () => {
  await drop(page, await photo('good.jpg', 320, 200));
  await expect(picture(page)).toHaveAccessibleName(/^good\.jpg, 320 by 200 pixels/);
  await settled(page);
  expect(await predictions(page)).not.toEqual(before.predictions);
});
