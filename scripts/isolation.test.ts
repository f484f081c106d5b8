// One text for servers of ours and one for hosts: they say the same.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ISOLATION } from './isolation.mjs';

test('public/_headers names the headers that our servers send', () => {
  const [path, ...lines] = readFileSync(new URL('../public/_headers', import.meta.url), 'utf8')
    .trim()
    .split('\n');
  expect(path).toBe('/*');
  const headers = lines.map((line) => line.trim().split(': ')).map(([name = '', value]) => [name.toLowerCase(), value]);
  expect(Object.fromEntries(headers)).toEqual(ISOLATION);
});
