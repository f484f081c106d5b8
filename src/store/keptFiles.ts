// The checkpoints that the browser keeps, and what the page shows of them. Where storage is off nothing is kept.

import type { AppStore } from './appStore.ts';
import type { KeptFile, Library } from './library.ts';
import { sentenceOf } from './sentence.ts';
import type { OpenedFile } from './state.ts';

export interface KeptFiles {
  /** What fails is told beside the list. */
  keep(opened: OpenedFile, title: string, blob: Blob): Promise<void>;
  /** By its hash, or where there is none by the name or address that it was opened under. */
  find(sha256: string, name: string): Promise<KeptFile | null>;
  forget(sha256: string): Promise<void>;
  /** Shows what is kept. */
  refresh(): Promise<void>;
}

export function createKeptFiles({ getState }: AppStore, library: Library): KeptFiles {
  const put = getState().resultsChanged;

  async function refresh(): Promise<void> {
    try {
      put({ kept: await library.list() });
    } catch {
      // Storage is off, which `keep` says when there is something to keep.
      put({ kept: [] });
    }
  }

  return {
    async keep({ name, sha256, given, preparation }, title, blob) {
      try {
        await library.keep({
          sha256,
          name,
          title,
          bytes: blob.size,
          openedAt: Date.now(),
          terms: { given, preparation },
          blob,
        });
        put({ keptNotice: null });
      } catch (error) {
        put({ keptNotice: sentenceOf(error) });
      }
      await refresh();
    },

    async find(sha256, name) {
      try {
        return sha256 === '' ? await library.named(name) : await library.get(sha256);
      } catch {
        return null;
      }
    },

    async forget(sha256) {
      await library.forget(sha256);
      await refresh();
    },

    refresh,
  };
}
