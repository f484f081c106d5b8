import { expect, test } from 'vitest';
import { shortName } from './shortName.ts';

test.each([
  ['crate_small.pth', 'crate_small.pth'],
  ['https://huggingface.co/someone/crate/resolve/main/crate%20small.pth?download=true', 'crate small.pth'],
  ['http://localhost:8000/models/', 'models'],
  ['https://host/100%25.pth', '100%.pth'],
  ['https://host/%E0%A4%A.pth', '%E0%A4%A.pth'],
])('%s is called %s', (name, short) => expect(shortName(name)).toBe(short));
