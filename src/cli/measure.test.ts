// The command line on every form of file that the page takes, and on wrong ones.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FIXTURES, loadCase, worstDifference } from '../model/fixtures/golden.ts';
import type { TraceDocument } from '../model/trace.ts';
import { main } from './measure.ts';

const MICRO = `${FIXTURES}/crate_micro`;
const IMAGE = `${MICRO}/image0.png`;
const golden = loadCase('crate_micro');
const LOGITS = golden.expected.find(({ name, sample }) => name === 'logits' && sample === 0)?.data ?? [];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'crate-explorer-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly complaint: string;
  readonly notes: readonly string[];
}

async function run(...argv: string[]): Promise<Ran> {
  let out = '';
  let complaint = '';
  const notes: string[] = [];
  const code = await main(
    argv,
    (text) => {
      out += text;
    },
    (text) => {
      complaint += text;
    },
    (text) => notes.push(text),
  );
  return { code, out, complaint, notes };
}

async function documentOf(...argv: string[]): Promise<TraceDocument> {
  const { code, out, complaint } = await run(...argv, '--json');
  expect(complaint).toBe('');
  expect(code).toBe(0);
  return JSON.parse(out) as TraceDocument;
}

describe('files', () => {
  test.each([
    'checkpoint.pth',
    'checkpoint.pth.tar',
    'checkpoint_legacy.pth',
    'checkpoint_finetune.t7',
    'checkpoint_torch2_layout.pth',
    'checkpoint.safetensors',
  ])('%s gives the released model’s logits', async (name) => {
    const { logits, model } = await documentOf('--model', `${MICRO}/${name}`, '--heads', '3', '--image', IMAGE);
    expect(worstDifference(logits, LOGITS)).toBeLessThan(1e-4);
    expect(model).toMatchObject({ name, parameters: 27754, config: golden.config });
  });

  test('CRATE-MAE: what is hidden is in the document, and there is no prediction', async () => {
    const model = `${FIXTURES}/crate_mae_micro/checkpoint.pth`;
    const heads = ['--heads', '3', '--decoder-heads', '3'];
    const document = await documentOf('--cpu', '--model', model, ...heads, '--image', IMAGE, '--hide', '0.5');
    expect(document).toMatchObject({ logits: [], top: [], model: { kind: 'crate-mae' } });
    expect(document.input.hidden).toHaveLength(32);
    const { out } = await run('--cpu', '--model', model, ...heads, '--image', IMAGE);
    expect(out).toContain('48 patches hidden; no class head');
  });

  test('CRATE-α: non-zeros are of the codes', async () => {
    const model = `${FIXTURES}/crate_alpha_micro/checkpoint.pth`;
    const { out, code } = await run('--cpu', '--model', model, '--heads', '3', '--image', IMAGE);
    expect(code).toBe(0);
    expect(out).toContain('non-zeros of the codes');
  });

  test('a larger input, and names for the classes', async () => {
    const labels = join(folder, 'names.txt');
    writeFileSync(labels, Array.from({ length: 10 }, (_, i) => `name ${i}`).join('\n'));
    const more = ['--side', '64', '--labels', labels];
    const document = await documentOf(
      '--cpu',
      '--model',
      `${MICRO}/checkpoint.pth`,
      '--heads',
      '3',
      '--image',
      IMAGE,
      ...more,
    );
    expect(document.model.config.imageSize).toBe(64);
    expect(document.layers[0]?.attention.cls[0]).toHaveLength(257);
    expect(document.top[0]?.label).toMatch(/^name \d$/);
  });

  test('what was assumed is said beside the numbers, and nothing when everything was given', async () => {
    const model = ['--cpu', '--model', `${MICRO}/checkpoint.pth`, '--heads', '3', '--image', IMAGE];
    const { notes } = await run(...model);
    expect(notes).toHaveLength(4);
    expect(notes[0]).toBe('assumed: ISTA step η = 0.1, as in the released code; no file says.');
    expect(notes[3]).toContain('ImageNet’s');
    const all = [
      '--eta',
      '0.1',
      '--lambda',
      '0.1',
      '--pool',
      'cls',
      '--mean',
      '0,0,0',
      '--std',
      '1,1,1',
      '--fit',
      'crop',
    ];
    expect((await run(...model, ...all)).notes).toEqual([]);
  });

  test('a card beside the file is read, whatever the file’s ending', async () => {
    const { heads, ...rest } = { heads: 3, eta: 0.1, lambda: 0.1, pool: 'cls', kind: 'crate' };
    const { copyFileSync } = await import('node:fs');
    copyFileSync(`${MICRO}/checkpoint.pth`, join(folder, 'model.pth'));
    writeFileSync(join(folder, 'model.json'), JSON.stringify({ heads, ...rest }));
    const { logits } = await documentOf('--cpu', '--model', join(folder, 'model.pth'), '--image', IMAGE);
    expect(worstDifference(logits, LOGITS)).toBeLessThan(1e-4);
  });
});

describe('what is wrong is one sentence and exit code 1', () => {
  test.each([
    [['--model', `${MICRO}/checkpoint.pth`], /does not say how many heads .* plausible are 3, 2, 4, 6, 1\.$/],
    [['--model', `${MICRO}/checkpoint.pth`, '--heads', '5'], /5 heads do not divide the projection's 48 rows/],
    [['--model', `${FIXTURES}/crate_mae_micro/checkpoint.pth`, '--heads', '3'], /--decoder-heads/],
    [
      ['--model', `${MICRO}/checkpoint.pth`, '--heads', '3', '--side', '33'],
      /--side takes a multiple of the patch side, 4 px/,
    ],
    [['--model', 'nowhere.pth'], /^nowhere\.pth does not exist\.$/],
    [['--model', FIXTURES], /is a folder\. Give the checkpoint file in it\.$/],
    [['--model', `${MICRO}/manifest.json`], /JSON/],
    [['--model', `${MICRO}/checkpoint.pth`, '--hide', '2'], /--hide takes a share from 0 to 1/],
  ])('%j', async (argv, sentence) => {
    const { code, complaint, out } = await run(...argv, '--image', IMAGE, '--cpu');
    expect([code, out]).toEqual([1, '']);
    expect(complaint).toMatch(sentence);
    expect(complaint.split('\n')).toHaveLength(1);
  });
});
