import { expect, test } from 'vitest';
import { readWgsl, tensorNames } from './wgslTokens.ts';

const SOURCE = `// scores: S = ZU ZUᵀ / √p
@group(0) @binding(1) var<storage, read> ZU: array<f32>;
@group(0) @binding(2) var<storage, read_write> S: array<f32>;
fn main() {
  let a = ZU[0] * 2.5e-1; // ZU here is comment
  S[0] = a / 3u;
}
`;

test('nothing is lost', () => {
  const text = readWgsl(SOURCE)
    .map((line) => line.map((token) => token.text).join(''))
    .join('\n');
  expect(`${text}\n`).toBe(SOURCE);
});

test('bound tensors are known by name, in code but not in comments', () => {
  expect([...tensorNames(SOURCE)]).toEqual(['ZU', 'S']);
  const kinds = readWgsl(SOURCE)[4]?.map(({ kind, text }) => [kind, text]);
  expect(kinds).toContainEqual(['tensor', 'ZU']);
  expect(kinds).toContainEqual(['keyword', 'let']);
  expect(kinds).toContainEqual(['number', '2.5e-1']);
  expect(kinds?.at(-1)).toEqual(['comment', '// ZU here is comment']);
  expect(readWgsl(SOURCE)[5]?.[1]).toEqual({ kind: 'tensor', text: 'S' });
});

test('attributes and whole-line comments', () => {
  expect(readWgsl(SOURCE)[0]).toEqual([{ kind: 'comment', text: '// scores: S = ZU ZUᵀ / √p' }]);
  expect(readWgsl(SOURCE)[1]?.[0]).toEqual({ kind: 'attribute', text: '@group' });
});
