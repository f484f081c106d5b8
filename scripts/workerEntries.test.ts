import { expect, test } from 'vitest';
import { isImporting } from './workerEntries.mjs';

const ENTRY = 'explorer.worker-BWR7I9IT.js';

test('imports of an entry are found, static and dynamic', () => {
  expect(isImporting(`import{a as e}from"./${ENTRY}";`, ENTRY)).toBe(true);
  expect(isImporting(`import './${ENTRY}';`, ENTRY)).toBe(true);
  expect(isImporting(`const x=()=>import(\`./${ENTRY}\`)`, ENTRY)).toBe(true);
});

test('a worker that is started, and another file, are not', () => {
  expect(isImporting(`new Worker(new URL(\`./${ENTRY}\`,import.meta.url))`, ENTRY)).toBe(false);
  expect(isImporting(`import{a}from"./worker~${ENTRY}";`, ENTRY)).toBe(false);
});
