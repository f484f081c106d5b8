// What tokens are called: the class token, or a patch by its row and column from 1.

/** "class token" or "patch (5, 6)". */
export const tokenName = (token: number, grid: number): string =>
  token === 0 ? 'class token' : `patch (${Math.floor((token - 1) / grid) + 1}, ${((token - 1) % grid) + 1})`;

/** For a screen reader: "class token" or "row 5, column 6". */
export const tokenPlace = (token: number, grid: number): string =>
  token === 0 ? 'class token' : `row ${Math.floor((token - 1) / grid) + 1}, column ${((token - 1) % grid) + 1}`;

/** Patch index from 0, null for the class token and for none. */
export const patchOf = (token: number | null): number | null => (token === null || token === 0 ? null : token - 1);

/** In a sentence: "the class token" or "patch (5, 6)". */
export const theToken = (token: number, grid: number): string =>
  token === 0 ? 'the class token' : tokenName(token, grid);
