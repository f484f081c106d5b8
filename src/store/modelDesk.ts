// Which model the engine holds and how it gets there: shipped weights, a file, an address, a kept checkpoint. The model at hand stays until
// the next one is ready; only the newest request counts.

import { proxy } from 'comlink';
import { type GivenConstants, missingConstants } from '../model/findings.ts';
import { topPredictions } from '../model/predict.ts';
import type { RemoteSession } from '../worker/client.ts';
import type { AppStore } from './appStore.ts';
import { SHIPPED_MODELS } from './catalogue.ts';
import { createKeptFiles } from './keptFiles.ts';
import { createLatest, type Ticket } from './latest.ts';
import type { KeptFile, Library } from './library.ts';
import type { LinkedTerms } from './linkedTerms.ts';
import { fetchShipped, shippedInfo } from './modelFiles.ts';
import { selectModel, selectReports } from './selectors.ts';
import { sentenceOf } from './sentence.ts';
import type { LoadPhase, ModelInfo, OpenedFile, Preparation, Terms } from './state.ts';

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
  /** Resolves when the page has nothing to draw. */
  atRest(): Promise<void>;
}

export interface ModelDesk {
  /** The model that the engine holds; another one may be on its way, or may have been refused. */
  held(): ModelInfo | null;
  /** Milliseconds that its weights took. */
  loadMs(): number;
  /** `sentence`: what there is to say instead of its being ready, such as that it stands in for a link's file. */
  openShipped(id: string, sentence?: string): Promise<void>;
  openFile(file: File): Promise<void>;
  openAddress(address: string, link?: Link): Promise<void>;
  openKept(sha256: string): Promise<void>;
  /** A kept checkpoint by its hash, or by the name or address that it was opened under. */
  findKept(sha256: string, name: string): Promise<KeptFile | null>;
  /** With a link's terms in place of those that it was kept with. */
  openKeptFile(kept: KeptFile, link?: Link): Promise<void>;
  forgetKept(sha256: string): Promise<void>;
  take(terms: Terms): Promise<void>;
  cancel(): void;
  openLabels(file: File): Promise<void>;
  /** Brings the engine to the chosen input size. */
  fitSide(): Promise<void>;
  refreshKept(): Promise<void>;
  /** A link's file: when one of that hash is opened, the link's terms count and its view comes back. */
  awaitLinked(link: Link, restore: () => void): void;
}

/** What a link says of a checkpoint of one's own. */
export interface Link {
  /** File name or address. */
  readonly name: string;
  /** SHA-256, or '' when the link does not tell. */
  readonly hash: string;
  readonly terms: LinkedTerms;
}

/** What is known of a file's terms before it is opened; the rest is as usual. */
interface KnownTerms {
  readonly given: GivenConstants;
  readonly preparation: Partial<Preparation>;
}

const begins = (sha256: string): string => sha256.slice(0, 12);

export function createModelDesk({
  store,
  session,
  library,
  started,
  forgetNumbers,
  modelChanged,
  atRest,
}: ModelDeskParts): ModelDesk {
  const { getState } = store;
  const put = getState().resultsChanged;
  const nextTicket = createLatest();
  let held: ModelInfo | null = null;
  let loadMs = 0;
  /** The file that the session opened last, and the bytes of those that the sheet may load again. */
  let inSession: string | null = null;
  const blobs = new Map<string, Blob>();
  const keptFiles = createKeptFiles(store, library);
  /** The file that is asked about: it is asked about again when loading it with the answer does not come to an end. */
  let question: OpenedFile | null = null;
  let linked: { readonly link: Link; readonly restore: () => void } | null = null;
  /** A list of class names that came while a model was on its way: it is that model's. */
  let namesToCome: File | null = null;

  const lastModel = (): ModelInfo | null => held ?? selectModel(getState());

  function loading(ticket: Ticket, name: string, phase: LoadPhase, opened: OpenedFile | null = null) {
    // The model at hand may come meanwhile: that of the recorded trace.
    const now = (bytes: number, totalBytes: number) =>
      put({ model: { status: 'loading', name, phase, bytes, totalBytes, opened, last: selectModel(getState()) } });
    if (ticket.isCurrent()) now(0, 0);
    return (bytes: number, totalBytes: number) => {
      // A message may come after what it tells of has ended.
      const { model } = getState();
      if (ticket.isCurrent() && model.status === 'loading' && model.phase === phase) now(bytes, totalBytes);
    };
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

  /** The engine holds it from here on, also when a newer request is already on its way. `terms`: of its link. */
  async function adopt(
    info: ModelInfo,
    ticket: Ticket,
    { sentence, terms = '' }: { sentence?: string | undefined; terms?: string } = {},
  ) {
    // Numbers of another model would be drawn with this one's sizes.
    const before = selectModel(getState());
    if (before?.sha256 !== info.sha256 || held !== null) forgetNumbers();
    const isSame = held?.sha256 === info.sha256;
    const isFirst = held === null;
    held = info;
    // Sizes of the model before do not count for this one.
    if (!isSame) put({ sizes: [], sizeNotice: null, labelsNotice: null });
    if (!isSame && !isFirst) getState().choose({ side: 0 });
    prune();
    show(info, ticket, sentence);
    getState().choose({ modelId: info.id, modelHash: info.opened ? info.sha256 : '', modelTerms: terms });
    if (linked?.link.hash === info.sha256) {
      linked.restore();
      linked = null;
    }
    fitChoices(store, info);
    const sizes = await session.inputSizes();
    if (held.sha256 !== info.sha256) return;
    put({ sizes });
    const now = held;
    const { side } = getState();
    if (side !== 0 && side !== now.config.imageSize) await fitSide();
    else await modelChanged(now);
    if (namesToCome && held === now) {
      const names = namesToCome;
      namesToCome = null;
      await openLabels(names);
    }
  }

  function show(info: ModelInfo, ticket: Ticket, sentence?: string): void {
    const now = getState().model;
    const isBusy = now.status === 'loading' || now.status === 'asking';
    if (isBusy && !ticket.isCurrent()) put({ model: { ...now, last: info } });
    else put({ model: sentence ? { status: 'failed', sentence, last: info } : { status: 'ready', info } });
  }

  /** The model at hand is described anew; what is on its way, asked or said stays. */
  function describeAnew(info: ModelInfo): void {
    held = info;
    const now = getState().model;
    if (now.status === 'ready' || now.status === 'none') put({ model: { status: 'ready', info } });
    else put({ model: { ...now, last: info } });
  }

  /** Lets go of files that nothing can load again: all but the one at hand and the one that is asked about. */
  function prune(): void {
    for (const hash of blobs.keys()) if (hash !== held?.sha256 && hash !== question?.sha256) blobs.delete(hash);
  }

  async function openShipped(id: string, sentence?: string): Promise<void> {
    void session.cancel();
    void session.closeFile();
    inSession = null;
    question = null;
    namesToCome = null;
    const ticket = nextTicket();
    try {
      const file = await fetchShipped(id, loading(ticket, id, 'download'), ticket.signal);
      await started;
      if (!ticket.isCurrent()) return;
      const { heads, eta, lambda, pool } = file.card;
      const answer = await session.loadModel(file.bytes, { heads, eta, lambda, pool });
      loadMs = answer.ms;
      await adopt(shippedInfo(file, answer), ticket, { sentence });
    } catch (error) {
      failed(ticket, error);
    }
  }

  /** Understands a file of one's own, asks for what it does not say, else loads it. */
  async function openOwn(
    name: string,
    fetchFile: (ticket: Ticket) => Promise<Blob>,
    known: KnownTerms | null,
    link: Link | null = null,
  ): Promise<void> {
    void session.cancel();
    question = null;
    namesToCome = null;
    put({ linkNotice: null });
    const ticket = nextTicket();
    try {
      loading(ticket, name, 'read');
      const blob = await fetchFile(ticket);
      await started;
      if (!ticket.isCurrent()) return;
      // After a download this is the next phase.
      const tell = loading(ticket, name, 'read');
      tell(0, blob.size);
      const given = known?.given ?? link?.terms.given ?? {};
      const { sha256, findings } = await session.openFile(blob, name, given, proxy(tell));
      inSession = sha256;
      if (!ticket.isCurrent()) return;
      if (!known && !link && linked?.link.hash === sha256) {
        // The file that a link waits for: once more, on the link's terms.
        await openOwn(name, async () => blob, null, linked.link);
        return;
      }
      const { defaultPreparation } = await import('./ownModels.ts');
      const usual = await defaultPreparation(findings);
      if (!ticket.isCurrent()) return;
      const preparation = { ...usual, ...(known?.preparation ?? link?.terms.preparation) };
      blobs.set(sha256, blob);
      const opened: OpenedFile = { name, sha256, findings, given, preparation };
      tellOfLink(opened, link ?? (linked?.link.name === name ? linked.link : null));
      if (missingConstants(findings).length > 0) {
        question = opened;
        settle();
        getState().setTransient({ dialog: 'checkpoint' });
        return;
      }
      if (!known) getState().setTransient({ dialog: 'checkpoint' });
      await load(opened, ticket);
    } catch (error) {
      failed(ticket, error);
    }
  }

  /** Says what a link's view had that this one has not. */
  function tellOfLink({ sha256, preparation }: OpenedFile, link: Link | null): void {
    if (!link) return;
    if (link.hash !== '' && link.hash !== sha256) {
      const linkNotice = `The link was made with another file of this name: its SHA-256 begins ${begins(link.hash)}, this one's ${begins(sha256)}.`;
      put({ linkNotice });
    } else if (link.terms.labelsFrom !== '' && preparation.labelsFrom !== link.terms.labelsFrom) {
      put({
        linkNotice: `The link was made with the class names of ${link.terms.labelsFrom}, which it does not carry. Drop that list to see them.`,
      });
    }
  }

  async function load(opened: OpenedFile, ticket: Ticket): Promise<void> {
    const tell = loading(ticket, opened.name, 'load', opened);
    const answer = await session.loadOpened(opened.sha256, opened.given, proxy(tell));
    loadMs = answer.ms;
    const { ownModelInfo } = await import('./ownModels.ts');
    const info = ownModelInfo(opened, answer);
    if (question?.sha256 === opened.sha256) question = null;
    const terms = await linkTermsOf(info);
    // Copying the file takes its time from whatever else there is to do: while the engine computes, the page has nothing to draw.
    const keepIt = async () => {
      await atRest();
      if (held?.sha256 === info.sha256) await keepHeld(held);
    };
    await Promise.all([adopt(info, ticket, { terms }), keepIt()]);
  }

  async function keepHeld({ opened, title }: ModelInfo): Promise<void> {
    const blob = opened && blobs.get(opened.sha256);
    if (blob) await keptFiles.keep(opened, title, blob);
  }

  /** What the link says of the terms of the model at hand. */
  async function linkTermsOf({ opened }: ModelInfo): Promise<string> {
    if (!opened) return '';
    const [{ defaultPreparation }, { termsText }] = await Promise.all([
      import('./ownModels.ts'),
      import('./linkedTerms.ts'),
    ]);
    return termsText(opened, await defaultPreparation(opened.findings));
  }

  function openKeptFile(kept: KeptFile, link?: Link): Promise<void> {
    const { preparation } = kept.terms;
    if (!link || link.hash === '') return openOwn(kept.name, async () => kept.blob, kept.terms);
    // The link's terms, but names that it cannot carry and that are kept.
    const { labels, labelsFrom } = preparation;
    const names = link.terms.labelsFrom !== '' && labels ? { labels, labelsFrom } : {};
    const decided = { given: link.terms.given, preparation: { ...names, ...link.terms.preparation } };
    return openOwn(kept.name, async () => kept.blob, decided, link);
  }

  /** Loads what the sheet shows on other terms; without another constant only pictures and names change. */
  async function take(terms: Terms): Promise<void> {
    const { model } = getState();
    const opened = model.status === 'asking' ? model.opened : (selectModel(getState())?.opened ?? null);
    if (!opened) return;
    const next: OpenedFile = { ...opened, ...terms };
    const { preparedBy, sameConstants } = await import('./ownModels.ts');
    if (held?.sha256 === opened.sha256 && model.status !== 'asking' && sameConstants(opened.given, terms.given)) {
      const info: ModelInfo = { ...held, ...preparedBy(terms.preparation, held.config.classes), opened: next };
      describeAnew(info);
      getState().choose({ modelTerms: await linkTermsOf(info) });
      await modelChanged(info);
      if (held === info) await keepHeld(info);
      return;
    }
    void session.cancel();
    const blob = blobs.get(opened.sha256);
    const ticket = nextTicket();
    try {
      if (inSession !== opened.sha256) {
        if (!blob) throw new Error(`${opened.name} is no longer at hand. Open it again.`);
        const tell = loading(ticket, opened.name, 'read', opened);
        await session.openFile(blob, opened.name, terms.given, proxy(tell));
        inSession = opened.sha256;
      }
      await load(next, ticket);
    } catch (error) {
      failed(ticket, error);
    }
  }

  async function openLabels(file: File): Promise<void> {
    if (getState().model.status === 'loading') {
      // It is meant for what is on its way.
      namesToCome = file;
      return;
    }
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
      const renamed = { ...info, labels, opened };
      describeAnew(renamed);
      nameAgain(labels);
      getState().choose({ modelTerms: await linkTermsOf(renamed) });
      if (held === renamed) await keepHeld(renamed);
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
    // Without sizes the model has only just come: it looks at the choice itself when it knows them.
    if (!info || sizes.length === 0) return;
    const side = chosen === 0 ? info.trainedSide : chosen;
    if (side === info.config.imageSize) return;
    const option = sizes.find((each) => each.side === side);
    try {
      if (!option) throw new Error(`${info.title} cannot be run at ${side} px: no such size is offered.`);
      if (option.refusal) throw new Error(option.refusal);
      const config = await session.resize(side);
      if (held !== info) return;
      const resized: ModelInfo = { ...info, config };
      forgetNumbers();
      put({ sizeNotice: null });
      describeAnew(resized);
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
    openAddress: (address, link) =>
      openOwn(
        address,
        async (ticket) => {
          await started;
          return session.download(address, proxy(loading(ticket, address, 'download')));
        },
        null,
        link ?? null,
      ),
    async openKept(sha256) {
      const kept = await keptFiles.find(sha256, '');
      if (kept) return openKeptFile(kept);
      put({
        model: {
          status: 'failed',
          sentence: 'This checkpoint is no longer kept. Open the file again.',
          last: lastModel(),
        },
      });
      await keptFiles.refresh();
    },
    findKept: keptFiles.find,
    openKeptFile,
    forgetKept: keptFiles.forget,
    take,
    cancel() {
      nextTicket();
      void session.cancel();
      // Cancelled while it asks, the question itself is put away.
      if (getState().model.status === 'asking') question = null;
      namesToCome = null;
      prune();
      settle();
    },
    openLabels,
    fitSide,
    refreshKept: keptFiles.refresh,
    awaitLinked(link, restore) {
      linked = { link, restore };
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
