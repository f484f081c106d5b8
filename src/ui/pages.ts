// The pages of the site, as the header, the menus and the window's title name them.

import type { Page } from '../store/state.ts';

export const PAGES: readonly { readonly page: Page; readonly name: string }[] = [
  { page: 'explore', name: 'Explore' },
  { page: 'speed', name: 'Speed' },
];
