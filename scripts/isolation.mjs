// Headers with which a browser isolates a page from others and lets its threads share memory (the CPU engine's). public/_headers says the same
// to hosts that read it.

export const ISOLATION = {
  'cross-origin-opener-policy': 'same-origin',
  // Not require-corp: whether a server is there that lets no page read its files could no longer be asked (src/worker/download.ts).
  'cross-origin-embedder-policy': 'credentialless',
};
