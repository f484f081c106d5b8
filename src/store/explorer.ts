// Brings the page to life: recorded trace first, then engine, weights and picture; from then on picks up what the reader asks for.

import { gridSide, tokenCount } from '../model/config.ts';
import { hiddenPatches } from '../model/mask.ts';
import { topPredictions } from '../model/predict.ts';
import { reconstructionPixels } from '../model/reconstruction.ts';
import type { ProductKernel } from '../model/speed.ts';
import type { RunNumbers } from '../model/trace.ts';
import { type RemoteSession, startPictureDesk, startSession } from '../worker/client.ts';
import type { PictureDesk, PreparedPicture } from '../worker/pictures.ts';
import type { EngineChoice, EngineReport } from '../worker/protocol.ts';
import { type AppStore, createAppStore, DEFAULT_CHOICES, NO_VIEWS } from './appStore.ts';
import { atRest as pageAtRest } from './atRest.ts';
import { fetchCard } from './catalogue.ts';
import { createLatest, createNewestOnly } from './latest.ts';
import { createLibrary, type Library } from './library.ts';
import { createModelDesk, fitChoices, isAddress, isShipped, type Link } from './modelDesk.ts';
import { cardInfo, howToPreprocess } from './modelFiles.ts';
import { rememberedProducts } from './productMemory.ts';
import { fetchRecorded } from './recorded.ts';
import { SAMPLES, samplePath } from './samples.ts';
import { selectModel, selectPicture, selectReports } from './selectors.ts';
import { sentenceOf } from './sentence.ts';
import { createSpeedDesk } from './speedDesk.ts';
import type { Choices, ModelInfo, PictureInfo, Reports, Transient } from './state.ts';
import { choicesOf } from './url.ts';
import { createViewFetcher, type ViewSource } from './viewFetcher.ts';

/** The sample that a name belongs to, for captions. */
const sampleTitle = (id: string): string => SAMPLES.find((sample) => sample.id === id)?.title ?? id;

const NO_WEIGHTS = 'No weights are loaded, so the picture was not run. Reload the page, or open a checkpoint.';

export interface ExplorerOptions {
  readonly first: Partial<Choices & Pick<Transient, 'page'>>;
  readonly engine: EngineChoice;
  /** The product kernel that the link asks for. */
  readonly product?: ProductKernel | 'auto';
  /** What the link asks for that there is not; it is said with the engine. */
  readonly sentence?: string;
  /** How the workers are started; tests put their own in. */
  readonly start?: { readonly session: typeof startSession; readonly desk: typeof startPictureDesk };
  /** Where checkpoints are kept; tests put their own in. */
  readonly library?: Library;
  /** When the page has nothing to draw; tests put their own in. */
  readonly atRest?: () => Promise<void>;
}

/** Where a picture comes from, so that it can be prepared again for another model. */
interface PictureSource {
  readonly blob: () => Promise<Blob>;
  readonly name: string;
}

const WORKERS = { session: startSession, desk: startPictureDesk };

export function startExplorer({
  first,
  engine,
  product = 'auto',
  sentence: linkSentence = '',
  start = WORKERS,
  library = createLibrary(),
  atRest = pageAtRest,
}: ExplorerOptions): AppStore {
  const ticketForPicture = createLatest();
  const newestRun = createNewestOnly();
  const newestMeasure = createNewestOnly();
  const desk: PictureDesk = start.desk();

  const store = createAppStore(
    {
      openPicture: (file, name) => choosePicture({ kind: 'own', name }, { blob: async () => file, name }),
      openSample: (id) => choosePicture({ kind: 'sample', id }, sampleSource(id)),
      openModel: (file) => void models.openFile(file),
      openModelAddress: (address) => void models.openAddress(address),
      takeModel: (terms) => void models.take(terms),
      cancelModel: () => models.cancel(),
      openKept: (sha256) => void models.openKept(sha256),
      forgetKept: (sha256) => void models.forgetKept(sha256),
      openLabels: (file) => void models.openLabels(file),
      openFile: (file) => void openFile(file),
      openShippedModel: (id) => void models.openShipped(id),
      runSpeed: () => void speed.run(),
      stopSpeed: () => speed.stop(),
      measureProduct: () => void speed.measureProduct(),
      fetchReaders: () => session.fetchReaders(),
    },
    first,
  );
  const { getState } = store;
  const put = getState().resultsChanged;
  const views = createViewFetcher(store, atRest);
  let picture: { source: PictureSource; prepared: PreparedPicture | null } | null = null;
  let engineNow: EngineReport | null = null;

  const { session } = start.session(engineChanged, (sentence) => put({ engine: { status: 'failed', sentence } }));

  function engineChanged(report: EngineReport): void {
    engineNow = report;
    put({ engine: { status: 'live', ...report } });
    // Another engine has other limits.
    if (models.held()) void session.inputSizes().then((sizes) => put({ sizes }));
  }

  /** With what the link asked for and cannot have. */
  function engineStarted(report: EngineReport): void {
    const isInVain = report.kind === 'cpu' && product !== 'auto';
    const inVain = `“product=${product}” in the address has no effect: the CPU engine has no product kernels to choose from.`;
    const sentences = [report.notice, linkSentence, isInVain ? inVain : null].filter(Boolean);
    engineChanged({ ...report, notice: sentences.join(' ') || null });
  }

  function sampleSource(id: string): PictureSource {
    return {
      name: sampleTitle(id),
      blob: async () => {
        const response = await fetch(samplePath(id)).catch((cause: unknown) => {
          throw new Error(
            'The sample did not arrive: the network or the server is away. Try again, or open a picture.',
            {
              cause,
            },
          );
        });
        if (!response.ok) throw new Error(`The sample did not arrive: ${samplePath(id)} answered ${response.status}.`);
        return response.blob();
      },
    };
  }

  function choosePicture(choice: Choices['picture'], source: PictureSource): void {
    void openPicture(source, () => getState().choose({ picture: choice }));
  }

  /** Prepares a picture for the model at hand; the last good one stays when it fails. */
  async function openPicture(source: PictureSource, chosen: () => void): Promise<void> {
    const ticket = ticketForPicture();
    const last = selectPicture(getState());
    put({ pictureState: { status: 'loading', last } });
    const model = selectModel(getState());
    if (!model) {
      // Weights first: what the model sees depends on them. openFirstPicture runs when they are there.
      picture = { source, prepared: null };
      chosen();
      return;
    }
    try {
      const prepared = await desk.prepare(await source.blob(), source.name, howToPreprocess(model));
      if (!ticket.isCurrent()) return;
      picture = { source, prepared };
      chosen();
      // Picture and numbers change together: the old picture stays until the new one has been computed.
      if (!models.held()) {
        put({ pictureState: { status: 'ready', info: pictureInfo(prepared, model) } });
        forgetNumbers();
        if (getState().model.status !== 'loading')
          put({ run: { status: 'failed', sentence: NO_WEIGHTS, reports: null } });
      }
      await run();
    } catch (error) {
      if (ticket.isCurrent()) put({ pictureState: { status: 'failed', sentence: sentenceOf(error), last } });
    }
  }

  /** Nothing on screen belongs to the picture and the model at hand. */
  function forgetNumbers(): void {
    views.use(null);
    put({ run: { status: 'running', reports: null }, views: NO_VIEWS });
  }

  /** The same object for the same picture, so that what is drawn of it stays. */
  function pictureInfo({ seen, ...prepared }: PreparedPicture, model: ModelInfo): PictureInfo {
    const { name, url, width, height, crop, notice } = prepared;
    const side = model.config.imageSize;
    const now = selectPicture(getState());
    if (now?.seen === seen && now.url === url && now.side === side) return now;
    return { name, url, width, height, crop, seen, notice, side };
  }

  /** Which patches CRATE-MAE shall not see; null for other models. */
  const hiddenNow = ({ config }: ModelInfo): Uint8Array | null =>
    config.decoder ? hiddenPatches(gridSide(config) ** 2, getState().hide, getState().maskSeed) : null;

  /** Runs the picture at hand; of several asked for while one runs only the newest is run. */
  async function run(): Promise<void> {
    const prepared = picture?.prepared;
    const model = models.held();
    // Prepared for another input size: the right one is on its way.
    if (!prepared || !model || !engineNow || prepared.side !== model.config.imageSize) return;
    const last = selectReports(getState());
    const shown = { status: 'ready', info: pictureInfo(prepared, model) } as const;
    put({ run: { status: 'running', reports: last } });
    try {
      const { eps2 } = getState();
      const hidden = hiddenNow(model);
      const numbers = await newestRun(() => session.run(prepared.tensor, eps2, hidden ?? undefined));
      if (!numbers || picture?.prepared !== prepared || models.held() !== model) return;
      put({
        pictureState: shown,
        run: { status: 'done', reports: reportsOf(numbers, prepared, model, eps2, hidden) },
        views: NO_VIEWS,
      });
      views.use(liveSource(session, model));
      if (getState().eps2 !== eps2) await remeasure();
    } catch (error) {
      if (picture?.prepared !== prepared || models.held() !== model) return;
      views.use(null);
      put({
        pictureState: shown,
        run: { status: 'failed', sentence: sentenceOf(error), reports: null },
        views: NO_VIEWS,
      });
    }
  }

  function reportsOf(
    numbers: RunNumbers,
    { name, tensor }: PreparedPicture,
    model: ModelInfo,
    eps2: number,
    hidden: Uint8Array | null,
  ): Reports {
    const { logits, layers, reconstruction, ms } = numbers;
    return {
      live: true,
      pictureName: name,
      modelId: model.id,
      eps2,
      logits: Array.from(logits),
      top: topPredictions(logits, model.labels, 5),
      layers,
      reconstruction:
        reconstruction && hidden
          ? { pixels: reconstructionPixels(model.config, { ...model, reconstruction, image: tensor }), hidden }
          : null,
      ms,
      loadMs: models.loadMs(),
      engine: { kind: engineNow?.kind ?? 'cpu', adapter: engineNow?.adapter ?? '' },
    };
  }

  async function remeasure(): Promise<void> {
    const reports = selectReports(getState());
    const { eps2 } = getState();
    if (!reports?.live || reports.eps2 === eps2) return;
    try {
      const layers = await newestMeasure(() => session.remeasure(eps2));
      const now = getState().run;
      if (!layers || now.status !== 'done' || now.reports !== reports) return;
      put({ run: { status: 'done', reports: { ...now.reports, eps2, layers } } });
      if (getState().eps2 !== eps2) await remeasure();
    } catch (error) {
      put({ run: { status: 'failed', sentence: sentenceOf(error), reports: selectReports(getState()) } });
    }
  }

  /** Another model sees the picture in its own way: size, mean, crop. */
  async function prepareAgain(model: ModelInfo): Promise<void> {
    const source = picture?.source;
    if (!source) return;
    const ticket = ticketForPicture();
    try {
      const prepared = await desk.prepare(await source.blob(), source.name, howToPreprocess(model));
      // Prepared for a model that has gone meanwhile, it is not the picture of the one that is here.
      if (!ticket.isCurrent() || models.held() !== model) return;
      picture = { source, prepared };
      put({ pictureState: { status: 'ready', info: pictureInfo(prepared, model) } });
      await run();
    } catch (error) {
      if (!ticket.isCurrent()) return;
      const sentence = sentenceOf(error);
      put({
        pictureState: { status: 'failed', sentence, last: selectPicture(getState()) },
        // The numbers were forgotten with the model before; none are on their way.
        run: { status: 'failed', sentence, reports: null },
      });
    }
  }

  async function openFile(file: File): Promise<void> {
    const { HEAD_BYTES, looksLikeWeights } = await import('../inputs/sniff.ts');
    const head = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
    if (looksLikeWeights(head, file.name)) return getState().openModel(file);
    const { looksLikeLabels } = await import('../inputs/labels.ts');
    if (looksLikeLabels(head, file.name)) getState().openLabels(file);
    else getState().openPicture(file, file.name);
  }

  const isRecorded = (): boolean => selectReports(getState())?.live === false;

  /** Puts the recorded trace on screen, unless something live came first. */
  async function showRecorded(modelId: string): Promise<void> {
    const found = await fetchRecorded(modelId);
    if (!found || selectReports(getState())) return;
    const { trace, sample } = found.document;
    // Its kernels are compiled while its weights, in f16, are on their way.
    void started.then(
      () => session.warm(trace.model.config, true),
      () => undefined,
    );
    const choice = getState().picture;
    if (choice.kind === 'sample' && choice.id !== sample) return;
    const card = await fetchCard(modelId);
    if (selectReports(getState())) return;
    const info: ModelInfo = {
      ...cardInfo(modelId, card.title, card, trace.model.config),
      parameters: trace.model.parameters,
      sha256: trace.model.sha256,
      assumptions: [],
      weightBytes: 4 * trace.model.parameters,
    };
    const now = getState().model;
    // Weights that were refused sooner than this arrived leave the recorded trace to be walked.
    if (now.status === 'loading' || now.status === 'failed') put({ model: { ...now, last: now.last ?? info } });
    put({
      run: {
        status: 'idle',
        reports: {
          live: false,
          pictureName: trace.input.name,
          modelId,
          eps2: trace.measure.eps2,
          logits: trace.logits,
          top: trace.top,
          layers: trace.layers,
          reconstruction: null,
          ms: trace.engine.ms.forward,
          loadMs: trace.engine.ms.load,
          engine: { kind: trace.engine.kind, adapter: trace.engine.adapter },
        },
      },
    });
    fitChoices(store, info);
    views.use(found);
    // The picture itself needs no engine.
    const { blob, name } = sampleSource(sample);
    const prepared = await desk.prepare(await blob(), name, howToPreprocess(info));
    if (!isRecorded() || picture?.prepared) return;
    put({ pictureState: { status: 'ready', info: pictureInfo(prepared, info) } });
  }

  const speed = createSpeedDesk(store, session);

  const started = session
    .start(engine, { product, remembered: rememberedProducts() })
    .then(engineStarted, (error: unknown) => {
      put({ engine: { status: 'failed', sentence: sentenceOf(error) } });
      throw error;
    });

  const models = createModelDesk({
    store,
    session,
    library,
    started,
    forgetNumbers,
    modelChanged: prepareAgain,
    atRest,
  });

  async function begin(): Promise<void> {
    const { picture: choice, modelId, modelHash, side } = getState();
    const sample = choice.kind === 'sample' ? choice.id : (DEFAULT_CHOICES.picture as { id: string }).id;
    picture = { source: sampleSource(sample), prepared: null };
    // Whatever is opened first goes into the list of kept checkpoints by itself.
    void models.refreshKept();
    if (isShipped(modelId)) {
      // A recorded trace that does not arrive is no loss: the live one follows.
      if (side === 0) void showRecorded(modelId).catch(() => undefined);
      await models.openShipped(modelId);
    } else await openLinked(modelId, modelHash);
    const { pictureState } = getState();
    if (choice.kind === 'own' && pictureState.status === 'ready') {
      const sentence = `This link was made with ${choice.name}, which never left its owner’s machine. Open that picture to see the same view.`;
      put({ pictureState: { status: 'failed', sentence, last: pictureState.info } });
    }
  }

  /** A link to a checkpoint of one's own: kept here, or to be fetched, or to be asked for. */
  async function openLinked(modelId: string, hash: string): Promise<void> {
    const { modelId: _, modelHash: __, picture: ___, ...view } = choicesOf(getState());
    const { termsFrom } = await import('./linkedTerms.ts');
    const link: Link = { name: modelId, hash, terms: termsFrom(view.modelTerms) };
    const kept = await models.findKept(hash, modelId);
    if (kept) await models.openKeptFile(kept, link);
    else if (isAddress(modelId)) await models.openAddress(modelId, link);
    const { model } = getState();
    // There it is; or it asks; or somebody opened something else meanwhile.
    if (models.held() || model.status === 'asking' || model.status === 'loading') return;
    // What a link chose that the shipped model does not have comes back with its file.
    if (hash !== '') models.awaitLinked(link, () => getState().choose(view));
    getState().choose({ side: 0 });
    const named = hash === '' ? modelId : `${modelId} (SHA-256 ${hash.slice(0, 12)}…)`;
    const sentence =
      model.status === 'failed'
        ? model.sentence
        : `This link was made with ${named}, which is not part of the page. Open that file to see the same view.`;
    await models.openShipped(DEFAULT_CHOICES.modelId, sentence);
  }

  store.subscribe(selectPicture, (now, before) => {
    if (before && before.url !== now?.url) setTimeout(() => void desk.release(before.url), LINGER_MS);
  });
  store.subscribe(
    (state) => state.eps2,
    () => void remeasure(),
  );
  store.subscribe(
    (state) => state.side,
    () => void models.fitSide(),
  );
  store.subscribe(
    (state) => `${state.hide} ${state.maskSeed}`,
    () => {
      if (models.held()?.config.decoder) void run();
    },
  );
  void begin();
  return store;
}

/** How long parts of the page may still show the picture before the one at hand, since they take what arrives in turn, ms. */
export const LINGER_MS = 5000;

/** Most bytes of a layer's K × n × n that are read back at once; beyond, a token's rows are. */
const WHOLE_ATTENTION = 64 * 2 ** 20;

/** The live session as a source of views. */
function liveSource(session: RemoteSession, { config }: ModelInfo): ViewSource {
  const isWhole = 4 * config.K * tokenCount(config) ** 2 <= WHOLE_ATTENTION;
  return {
    attention: (layer) => session.attention(layer),
    ...(isWhole ? {} : { attentionRow: (layer: number, token: number) => session.attentionRow(layer, token) }),
    attentionMax: (token) => session.attentionMax(token),
    subspace: (layer, head, place) => session.subspace(layer, head, place),
    tokens: (layer) => session.tokens(layer),
    stepEffect: (layer) => session.stepEffect(layer),
    embedded: () => session.tensor('tokens', 0),
    incoherence: (layer) => session.incoherence(layer),
    dictionary: (layer) => session.dictionary(layer),
  };
}
