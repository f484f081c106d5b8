// Which model the engine holds and how it gets there: shipped weights, a file, an address, a kept checkpoint. The model at hand stays until
// the next one is ready; only the newest request counts.

import { proxy } from 'comlink';
import { type GivenConstants, missingConstants } from '../model/findings.ts';
import { topPredictions } from '../model/predict.ts';
import type { RemoteSession } from '../worker/client.ts';
import type { AppStore } from './appStore.ts';
import { SHIPPED_MODELS } from './catalogue.ts';
import { createLatest, type Ticket } from './latest.ts';
import type { KeptFile, Library } from './library.ts';
import { fetchShipped, shippedInfo } from './modelFiles.ts';
import { selectModel, selectReports } from './selectors.ts';
import type { LoadPhase, ModelInfo, OpenedFile, Terms } from './state.ts';

const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const isAbort = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError';

export const isAddress = (modelId: string): boolean => /^https?:\/\//i.test(modelId);

export interface ModelDeskParts {
  readonly store: AppStore;
  readonly session: RemoteSession;
  readonly library: Library;
  /** Resolves when the engine has been started. */
  readonly started: Promise<unknown>;
  /** Nothing on screen belongs to the model at hand any more. */
  forgetNumbers(): void;
  /** The engine holds another model, or the same at another input size: the picture is to be prepared and run again. */
  modelChanged(info: ModelInfo): Promise<void>;
}

export interface ModelDesk {
  /** The model that the engine holds; another one may be on its way, or may have been refused. */
  held(): ModelInfo | null;
  /** Milliseconds that its weights took. */
  loadMs(): number;
  /** `sentence`: what there is to say instead of its being ready, such as that it stands in for a link's file. */
  openShipped(id: string, sentence?: string): Promise<void>;
  openFile(file: File): Promise<void>;
  openAddress(address: string): Promise<void>;
  openKept(sha256: string): Promise<void>;
  /** A kept checkpoint by its hash, or by the name or address that it was opened under. */
  findKept(sha256: string, name: string): Promise<KeptFile | null>;
  openKeptFile(kept: KeptFile): Promise<void>;
  forgetKept(sha256: string): Promise<void>;
  take(terms: Terms): Promise<void>;
  cancel(): void;
  openLabels(file: File): Promise<void>;
  /** Brings the engine to the chosen input size. */
  fitSide(): Promise<void>;
  refreshKept(): Promise<void>;
  /** A link's file: when one of that hash is opened, the link's view comes back. */
  awaitLinked(hash: string, restore: () => void): void;
}

export function createModelDesk({
  store,
  session,
  library,
  started,
  forgetNumbers,
  modelChanged,
}: ModelDeskParts): ModelDesk {
  const { getState } = store;
  const put = getState().resultsChanged;
  const nextTicket = createLatest();
  let held: ModelInfo | null = null;
  let loadMs = 0;
  /** The file that the session opened last, and the bytes of those that the sheet may load again. */
  let inSession: string | null = null;
  const blobs = new Map<string, Blob>();
  /** The file that is asked about: it is asked about again when loading it with the answer does not come to an end. */
  let question: OpenedFile | null = null;
  let linked: { readonly hash: string; readonly restore: () => void } | null = null;

  const lastModel = (): ModelInfo | null => held ?? selectModel(getState());

  function loading(ticket: Ticket, name: string, phase: LoadPhase, opened: OpenedFile | null = null) {
    const last = selectModel(getState());
    const tell = (bytes: number, totalBytes: number) => {
      if (ticket.isCurrent()) put({ model: { status: 'loading', name, phase, bytes, totalBytes, opened, last } });
    };
    tell(0, 0);
    return tell;
  }

  /** Nothing is on its way any more: the model at hand, or the question that is still open. */
  function settle(sentence: string | null = null): void {
    const last = lastModel();
    if (question) put({ model: { status: 'asking', opened: question, sentence, last } });
    else if (sentence) put({ model: { status: 'failed', sentence, last } });
    else put({ model: last ? { status: 'ready', info: last } : { status: 'none' } });
  }

  function failed(ticket: Ticket, error: unknown): void {
    if (ticket.isCurrent()) settle(isAbort(error) ? null : sentenceOf(error));
  }

  /** The engine holds it from here on, also when a newer request is already on its way. */
  async function adopt(info: ModelInfo, ticket: Ticket, sentence?: string): Promise<void> {
    // Numbers of another model would be drawn with this one's sizes.
    const before = selectModel(getState());
    if (before?.sha256 !== info.sha256 || held !== null) forgetNumbers();
    const isSame = held?.sha256 === info.sha256;
    const isFirst = held === null;
    held = info;
    if (!isSame && !isFirst) getState().choose({ side: 0 });
    show(info, ticket, sentence);
    getState().choose({ modelId: info.id, modelHash: info.opened ? info.sha256 : '' });
    if (linked && linked.hash === info.sha256) {
      linked.restore();
      linked = null;
    }
    fitChoices(store, info);
    const sizes = await session.inputSizes();
    if (held !== info) return;
    put({ sizes, sizeNotice: null });
    const { side } = getState();
    if (side !== 0 && side !== info.config.imageSize) await fitSide();
    else await modelChanged(info);
  }

  function show(info: ModelInfo, ticket: Ticket, sentence?: string): void {
    const now = getState().model;
    if (now.status === 'loading' && !ticket.isCurrent()) put({ model: { ...now, last: info } });
    else put({ model: sentence ? { status: 'failed', sentence, last: info } : { status: 'ready', info } });
  }

  async function openShipped(id: string, sentence?: string): Promise<void> {
    session.cancel();
    question = null;
    const ticket = nextTicket();
    try {
      const file = await fetchShipped(id, loading(ticket, id, 'download'), ticket.signal);
      await started;
      if (!ticket.isCurrent()) return;
      const { heads, eta, lambda, pool } = file.card;
      const answer = await session.loadModel(file.bytes, { heads, eta, lambda, pool });
      inSession = answer.sha256;
      loadMs = answer.ms;
      await adopt(shippedInfo(file, answer), ticket, sentence);
    } catch (error) {
      failed(ticket, error);
    }
  }

  /** Understands a file of one's own, asks for what it does not say, else loads it. */
  async function openOwn(
    name: string,
    fetchFile: (ticket: Ticket) => Promise<Blob>,
    known: Terms | null,
    expectedHash = '',
  ): Promise<void> {
    question = null;
    const ticket = nextTicket();
    try {
      const tell = loading(ticket, name, 'read');
      const blob = await fetchFile(ticket);
      await started;
      if (!ticket.isCurrent()) return;
      tell(0, blob.size);
      const given: GivenConstants = known?.given ?? {};
      const { sha256, findings } = await session.openFile(blob, name, given, proxy(tell));
      inSession = sha256;
      if (!ticket.isCurrent()) return;
      const { defaultPreparation } = await import('./ownModels.ts');
      const preparation = known?.preparation ?? (await defaultPreparation(findings));
      if (!ticket.isCurrent()) return;
      // Of the files opened before only the one in use can be loaded again.
      for (const hash of blobs.keys()) if (hash !== held?.sha256) blobs.delete(hash);
      blobs.set(sha256, blob);
      const opened: OpenedFile = { name, sha256, findings, given, preparation };
      if (missingConstants(findings).length > 0) {
        question = opened;
        settle();
        getState().setTransient({ dialog: 'checkpoint' });
        return;
      }
      if (!known) getState().setTransient({ dialog: 'checkpoint' });
      await load(opened, ticket, expectedHash);
    } catch (error) {
      failed(ticket, error);
    }
  }

  async function load(opened: OpenedFile, ticket: Ticket, expectedHash = ''): Promise<void> {
    const tell = loading(ticket, opened.name, 'load', opened);
    const answer = await session.loadOpened(opened.given, proxy(tell));
    loadMs = answer.ms;
    const { ownModelInfo } = await import('./ownModels.ts');
    const info = ownModelInfo(opened, answer);
    const isOther = expectedHash !== '' && expectedHash !== info.sha256;
    const remark = `The link was made with another file of this name: its SHA-256 begins ${expectedHash.slice(0, 12)}, this one's ${info.sha256.slice(0, 12)}.`;
    question = null;
    await adopt(isOther ? { ...info, assumptions: [remark, ...info.assumptions] } : info, ticket);
    await keep(info);
  }

  async function keep({ opened, title }: ModelInfo): Promise<void> {
    const blob = opened && blobs.get(opened.sha256);
    if (!opened || !blob) return;
    const { name, sha256, given, preparation } = opened;
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
    await refreshKept();
  }

  async function refreshKept(): Promise<void> {
    try {
      put({ kept: await library.list() });
    } catch {
      // Storage is off: nothing is kept, which `keep` says when there is something to keep.
      put({ kept: [] });
    }
  }

  const findKept = async (sha256: string, name: string): Promise<KeptFile | null> => {
    try {
      return (sha256 !== '' ? await library.get(sha256) : null) ?? (sha256 === '' ? await library.named(name) : null);
    } catch {
      // Storage is off: nothing is kept.
      return null;
    }
  };

  const openKeptFile = (kept: KeptFile) => openOwn(kept.name, async () => kept.blob, kept.terms);

  /** Loads what the sheet shows on other terms; without another constant only pictures and names change. */
  async function take(terms: Terms): Promise<void> {
    const { model } = getState();
    const opened = model.status === 'asking' ? model.opened : (selectModel(getState())?.opened ?? null);
    if (!opened) return;
    const next: OpenedFile = { ...opened, ...terms };
    const { preparedBy, sameConstants } = await import('./ownModels.ts');
    if (held?.sha256 === opened.sha256 && model.status !== 'asking' && sameConstants(opened.given, terms.given)) {
      const info: ModelInfo = { ...held, ...preparedBy(terms.preparation, held.config.classes), opened: next };
      held = info;
      put({ model: { status: 'ready', info } });
      await keep(info);
      await modelChanged(info);
      return;
    }
    const blob = blobs.get(opened.sha256);
    const ticket = nextTicket();
    try {
      if (inSession !== opened.sha256) {
        if (!blob) throw new Error(`${opened.name} is no longer at hand. Open it again.`);
        await session.openFile(blob, opened.name, terms.given);
        inSession = opened.sha256;
      }
      await load(next, ticket);
    } catch (error) {
      failed(ticket, error);
    }
  }

  async function openLabels(file: File): Promise<void> {
    const info = held;
    const asked = question;
    const classes = asked?.findings.sizes.classes ?? info?.config.classes ?? 0;
    try {
      if (classes === 0) throw new Error('This model has no class head, so there are no classes to name.');
      const { parseLabels } = await import('../inputs/labels.ts');
      const labels = parseLabels(new Uint8Array(await file.arrayBuffer()), file.name, classes);
      put({ labelsNotice: null });
      const named = { labels, labelsFrom: file.name };
      if (asked) {
        if (question !== asked) return;
        question = { ...asked, preparation: { ...asked.preparation, ...named } };
        settle();
        return;
      }
      if (!info || held !== info) return;
      const opened = info.opened && { ...info.opened, preparation: { ...info.opened.preparation, ...named } };
      held = { ...info, labels, opened };
      put({ model: { status: 'ready', info: held } });
      nameAgain(labels);
      await keep(held);
    } catch (error) {
      put({ labelsNotice: sentenceOf(error) });
    }
  }

  /** The predictions on screen under other names. */
  function nameAgain(labels: readonly string[]): void {
    const { run } = getState();
    const reports = selectReports(getState());
    if (!reports) return;
    const renamed = { ...reports, top: topPredictions(Float32Array.from(reports.logits), labels, reports.top.length) };
    put({ run: { ...run, reports: renamed } as typeof run });
  }

  async function fitSide(): Promise<void> {
    const info = held;
    const { side: chosen, sizes } = getState();
    if (!info) return;
    const side = chosen === 0 ? info.trainedSide : chosen;
    if (side === info.config.imageSize) return;
    const option = sizes.find((each) => each.side === side);
    try {
      if (!option) throw new Error(`${info.title} cannot be run at ${side} px: no such size is offered.`);
      if (option.refusal) throw new Error(option.refusal);
      const config = await session.resize(side);
      if (held !== info) return;
      const resized: ModelInfo = { ...info, config };
      held = resized;
      const now = getState().model;
      forgetNumbers();
      put({
        sizeNotice: null,
        model:
          now.status === 'loading' || now.status === 'asking'
            ? { ...now, last: resized }
            : { status: 'ready', info: resized },
      });
      fitChoices(store, resized);
      await modelChanged(resized);
    } catch (error) {
      if (held !== info) return;
      put({ sizeNotice: sentenceOf(error) });
      getState().choose({ side: info.config.imageSize === info.trainedSide ? 0 : info.config.imageSize });
      // A link's size that does not go: the picture is still to be run at the size that does.
      if (!selectReports(getState())?.live) await modelChanged(info);
    }
  }

  return {
    held: () => held,
    loadMs: () => loadMs,
    openShipped,
    openFile: (file) => openOwn(file.name, async () => file, null),
    openAddress: (address) =>
      openOwn(
        address,
        async (ticket) => {
          await started;
          return session.download(address, proxy(loading(ticket, address, 'download')));
        },
        null,
        getState().modelId === address ? getState().modelHash : '',
      ),
    async openKept(sha256) {
      const kept = await findKept(sha256, '');
      if (kept) return openKeptFile(kept);
      put({
        model: {
          status: 'failed',
          sentence: 'This checkpoint is no longer kept. Open the file again.',
          last: lastModel(),
        },
      });
      await refreshKept();
    },
    findKept,
    openKeptFile,
    async forgetKept(sha256) {
      await library.forget(sha256);
      await refreshKept();
    },
    take,
    cancel() {
      nextTicket();
      void session.cancel();
      // Cancelled while it asks, the question itself is put away.
      if (getState().model.status === 'asking') question = null;
      settle();
    },
    openLabels,
    fitSide,
    refreshKept,
    awaitLinked(hash, restore) {
      linked = { hash, restore };
    },
  };
}

/** A link, or another model's view, may choose what this model does not have. */
export function fitChoices(store: AppStore, { config: { L, K, imageSize, patchSize } }: ModelInfo): void {
  const { head, token, step, choose } = store.getState();
  const n = (imageSize / patchSize) ** 2 + 1;
  if (head >= K) choose({ head: K - 1 });
  if (token >= n) choose({ token: 0 });
  if ('layer' in step && step.layer >= L) choose({ step: { ...step, layer: L - 1 } });
}

export const isShipped = (id: string): boolean => SHIPPED_MODELS.includes(id);
