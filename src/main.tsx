// The composition root: reads the link, starts the explorer, keeps the link in step with the view.

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { DEFAULT_CHOICES } from './store/appStore.ts';
import { startExplorer } from './store/explorer.ts';
import { engineQuery } from './store/query.ts';
import type { AppState } from './store/state.ts';
import { choicesFrom, choicesOf, hashOf, pageFrom } from './store/url.ts';
import { App } from './ui/App.tsx';
import { AppStoreProvider } from './ui/appContext.tsx';
import { withTheRest } from './ui/later.tsx';

// An SVG of one's own is drawn in the page, also when the network has gone meanwhile.
withTheRest(() => import('./worker/pictures.ts'));
// So are files that are dropped then looked at, and checkpoints loaded.
withTheRest(() => import('./inputs/sniff.ts'));
withTheRest(() => import('./inputs/labels.ts'));
withTheRest(() => import('./store/ownModels.ts'));
withTheRest(() => import('./store/linkedTerms.ts'));
withTheRest(() => import('./model/imagenetLabels.ts'));
// And the letters of addresses, hashes and shaders, which the first screen has none of.
withTheRest(() => document.fonts.load('1em "Source Code Pro Variable"', 'aη'));

const root = document.getElementById('root');
if (!root) throw new Error('missing element: #root');

const query = new URLSearchParams(window.location.search);
/** `?model=ADDRESS` before the hash opens that checkpoint, unless the hash names a model itself; from then on the hash does. */
const asked = query.get('model');
const linked = choicesFrom(window.location.hash);
const page = pageFrom(window.location.hash);
const first = asked ? { modelId: asked, page, ...linked } : { page, ...linked };
const store = startExplorer({ first, ...engineQuery(window.location.search) });
// And what reads files, in the worker.
withTheRest(() => store.getState().fetchReaders());
const hashNow = (state: AppState): string => hashOf(choicesOf(state), state.page);
if (asked) {
  query.delete('model');
  const search = query.toString();
  const hash = hashNow(store.getState());
  window.history.replaceState(null, '', `${window.location.pathname}${search ? `?${search}` : ''}${hash}`);
}

// The address follows the view, one entry for all of it: the back button goes to the page before instead of undoing steps.
let written = window.location.hash;
store.subscribe(hashNow, (hash) => {
  written = hash;
  window.history.replaceState(null, '', hash);
});
// A link to another page, the back button, or a link pasted into the address bar of an open page.
window.addEventListener('hashchange', () => {
  const { hash } = window.location;
  if (hash === written) return;
  written = hash;
  const { picture, ...rest } = choicesFrom(hash);
  const { modelId, modelHash, modelTerms } = { ...DEFAULT_CHOICES, ...rest };
  const now = store.getState();
  // A view of another model begins as a visit does.
  if (modelId !== now.modelId || modelHash !== now.modelHash || modelTerms !== now.modelTerms) {
    window.location.reload();
    return;
  }
  store.getState().setTransient({ page: pageFrom(hash), isPlaying: false });
  store.getState().choose(rest);
  const isShown = now.picture.kind === 'sample' && picture?.kind === 'sample' && now.picture.id === picture.id;
  if (picture?.kind === 'sample' && !isShown) store.getState().openSample(picture.id);
});

createRoot(root).render(
  <StrictMode>
    <AppStoreProvider store={store}>
      <App />
    </AppStoreProvider>
  </StrictMode>,
);
