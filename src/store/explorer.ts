// Brings the page to life: recorded trace first, then engine, weights and picture; from then on picks up what the reader asks for.

import type { HowToPreprocess } from '../inputs/preprocess.ts';
import { topPredictions } from '../model/predict.ts';
import type { RunNumbers } from '../model/trace.ts';
import { type RemoteSession, startPictureDesk, startSession } from '../worker/client.ts';
import type { PictureDesk, PreparedPicture } from '../worker/pictures.ts';
import type { EngineChoice, EngineReport } from '../worker/session.ts';
import { type AppStore, createAppStore, DEFAULT_CHOICES, NO_VIEWS } from './appStore.ts';
import { fetchCard, SHIPPED_MODELS } from './catalogue.ts';
import { createLatest, createNewestOnly } from './latest.ts';
import { fetchShipped, howToPreprocess, type ModelFile, modelInfo, readModelFile } from './modelFiles.ts';
import { fetchRecorded } from './recorded.ts';
import { SAMPLES, samplePath } from './samples.ts';
import { selectModel, selectPicture, selectReports } from './selectors.ts';
import type { Choices, ModelInfo, PictureInfo, Reports } from './state.ts';
import { createViewFetcher, type ViewSource } from './viewFetcher.ts';

const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The sample that a name belongs to, for captions. */
const sampleTitle = (id: string): string => SAMPLES.find((sample) => sample.id === id)?.title ?? id;

const NO_WEIGHTS = 'No weights are loaded, so the picture was not run. Reload the page, or open a checkpoint.';

export interface ExplorerOptions {
  readonly first: Partial<Choices>;
  readonly engine: EngineChoice;
  /** How the workers are started; tests put their own in. */
  readonly start?: { readonly session: typeof startSession; readonly desk: typeof startPictureDesk };
}

/** Where a picture comes from, so that it can be prepared again for another model. */
interface PictureSource {
  readonly blob: () => Promise<Blob>;
  readonly name: string;
}

const WORKERS = { session: startSession, desk: startPictureDesk };

export function startExplorer({ first, engine, start = WORKERS }: ExplorerOptions): AppStore {
  const ticketForModel = createLatest();
  const ticketForPicture = createLatest();
  const newestRun = createNewestOnly();
  const newestMeasure = createNewestOnly();
  const desk: PictureDesk = start.desk();

  const store = createAppStore(
    {
      openPicture: (file, name) => choosePicture({ kind: 'own', name }, { blob: async () => file, name }),
      openSample: (id) => choosePicture({ kind: 'sample', id }, sampleSource(id)),
      openModel: (file) => void loadModel(file.name, (progress) => readModelFile(file, progress)),
      openFile: (file) => void openFile(file),
      openShippedModel: (id) => void loadShipped(id),
    },
    first,
  );
  const { getState } = store;
  const put = getState().resultsChanged;
  const views = createViewFetcher(store);
  let picture: { source: PictureSource; prepared: PreparedPicture | null } | null = null;
  /** The model that the engine holds; another one may be on its way, or may have been refused. */
  let loaded: ModelInfo | null = null;
  let loadMs = 0;
  let engineNow: EngineReport | null = null;

  const { session } = start.session(engineChanged, (sentence) => put({ engine: { status: 'failed', sentence } }));

  function engineChanged(report: EngineReport): void {
    engineNow = report;
    put({ engine: { status: 'live', ...report } });
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
      if (!loaded) {
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

  /** A link, or another model's view, may choose what this model does not have. */
  function fitChoices({ L, K, imageSize, patchSize }: ModelInfo['config']): void {
    const { head, token, step, choose } = getState();
    const n = (imageSize / patchSize) ** 2 + 1;
    if (head >= K) choose({ head: K - 1 });
    if (token >= n) choose({ token: 0 });
    if ('layer' in step && step.layer >= L) choose({ step: { ...step, layer: L - 1 } });
  }

  function pictureInfo(prepared: PreparedPicture, model: ModelInfo): PictureInfo {
    const { name, url, width, height, crop, seen, notice } = prepared;
    return { name, url, width, height, crop, seen, notice, side: model.config.imageSize };
  }

  /** Runs the picture at hand; of several asked for while one runs only the newest is run. */
  async function run(): Promise<void> {
    const prepared = picture?.prepared;
    const model = loaded;
    if (!prepared || !model || !engineNow) return;
    const last = selectReports(getState());
    const shown = { status: 'ready', info: pictureInfo(prepared, model) } as const;
    put({ run: { status: 'running', reports: last } });
    try {
      const { eps2 } = getState();
      const numbers = await newestRun(() => session.run(prepared.tensor, eps2));
      if (!numbers || picture?.prepared !== prepared || loaded !== model) return;
      put({
        pictureState: shown,
        run: { status: 'done', reports: reportsOf(numbers, prepared.name, model, eps2) },
        views: NO_VIEWS,
      });
      views.use(liveSource(session));
      if (getState().eps2 !== eps2) await remeasure();
    } catch (error) {
      if (picture?.prepared !== prepared || loaded !== model) return;
      views.use(null);
      put({
        pictureState: shown,
        run: { status: 'failed', sentence: sentenceOf(error), reports: null },
        views: NO_VIEWS,
      });
    }
  }

  function reportsOf(numbers: RunNumbers, pictureName: string, model: ModelInfo, eps2: number): Reports {
    const { logits, layers, ms } = numbers;
    return {
      live: true,
      pictureName,
      modelId: model.id,
      eps2,
      logits: Array.from(logits),
      top: topPredictions(logits, model.labels, 5),
      layers,
      ms,
      loadMs,
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

  /** Takes a model up; a bad file changes nothing but the sentence under the picker. */
  async function loadModel(
    name: string,
    fetchFile: (progress: (bytes: number, totalBytes: number) => void, signal: AbortSignal) => Promise<ModelFile>,
  ): Promise<void> {
    const ticket = ticketForModel();
    const last = selectModel(getState());
    put({ model: { status: 'loading', name, bytes: 0, totalBytes: 0, last } });
    try {
      const file = await fetchFile((bytes, totalBytes) => {
        if (ticket.isCurrent()) put({ model: { status: 'loading', name, bytes, totalBytes, last } });
      }, ticket.signal);
      await started;
      if (!ticket.isCurrent()) return;
      const { card } = file;
      const given = card ? { heads: card.heads, eta: card.eta, lambda: card.lambda, pool: card.pool } : {};
      const answer = await session.loadModel(file.bytes, given);
      // From here on the engine holds this model, also when a newer one is already on its way.
      loadMs = answer.ms;
      const info = modelInfo(file, answer);
      // Numbers of another model would be drawn with this one's sizes.
      if (selectModel(getState())?.sha256 !== info.sha256) forgetNumbers();
      loaded = info;
      const now = getState().model;
      put({
        model: ticket.isCurrent() || now.status !== 'loading' ? { status: 'ready', info } : { ...now, last: info },
      });
      getState().choose({ modelId: info.id });
      fitChoices(info.config);
      await prepareAgain(info);
    } catch (error) {
      if (!ticket.isCurrent()) return;
      put({ model: { status: 'failed', sentence: sentenceOf(error), last: loaded ?? last } });
    }
  }

  const loadShipped = (id: string) => loadModel(id, (progress, signal) => fetchShipped(id, progress, signal));

  /** Another model sees the picture in its own way: size, mean, crop. */
  async function prepareAgain(model: ModelInfo): Promise<void> {
    const source = picture?.source;
    if (!source) return;
    const ticket = ticketForPicture();
    try {
      const how: HowToPreprocess = howToPreprocess(model);
      const prepared = await desk.prepare(await source.blob(), source.name, how);
      if (!ticket.isCurrent()) return;
      picture = { source, prepared };
      put({ pictureState: { status: 'ready', info: pictureInfo(prepared, model) } });
      await run();
    } catch (error) {
      if (!ticket.isCurrent()) return;
      put({ pictureState: { status: 'failed', sentence: sentenceOf(error), last: selectPicture(getState()) } });
    }
  }

  async function openFile(file: File): Promise<void> {
    const { HEAD_BYTES, looksLikeWeights } = await import('../inputs/sniff.ts');
    const head = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
    if (looksLikeWeights(head, file.name)) getState().openModel(file);
    else getState().openPicture(file, file.name);
  }

  const isRecorded = (): boolean => selectReports(getState())?.live === false;

  /** Puts the recorded trace on screen, unless something live came first. */
  async function showRecorded(modelId: string): Promise<void> {
    const found = await fetchRecorded(modelId);
    if (!found || selectReports(getState())) return;
    const { trace, sample } = found.document;
    const choice = getState().picture;
    if (choice.kind === 'sample' && choice.id !== sample) return;
    const card = await fetchCard(modelId);
    if (selectReports(getState())) return;
    const info: ModelInfo = {
      id: modelId,
      title: card.title,
      config: trace.model.config,
      parameters: trace.model.parameters,
      sha256: trace.model.sha256,
      labels: card.labels,
      mean: card.preprocessing.mean,
      std: card.preprocessing.std,
      fit: card.preprocessing.fit,
      card,
      assumptions: [],
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
          ms: trace.engine.ms.forward,
          loadMs: trace.engine.ms.load,
          engine: { kind: trace.engine.kind, adapter: trace.engine.adapter },
        },
      },
    });
    fitChoices(info.config);
    views.use(found);
    // The picture itself needs no engine.
    const { blob, name } = sampleSource(sample);
    const prepared = await desk.prepare(await blob(), name, howToPreprocess(info));
    if (!isRecorded() || picture?.prepared) return;
    put({ pictureState: { status: 'ready', info: pictureInfo(prepared, info) } });
  }

  const started = session.start(engine).then(engineChanged, (error: unknown) => {
    put({ engine: { status: 'failed', sentence: sentenceOf(error) } });
    throw error;
  });

  async function begin(): Promise<void> {
    const { picture: choice, modelId } = getState();
    const isShipped = SHIPPED_MODELS.includes(modelId);
    const id = isShipped ? modelId : DEFAULT_CHOICES.modelId;
    const sample = choice.kind === 'sample' ? choice.id : (DEFAULT_CHOICES.picture as { id: string }).id;
    picture = { source: sampleSource(sample), prepared: null };
    // A recorded trace that does not arrive is no loss: the live one follows.
    void showRecorded(id).catch(() => undefined);
    await loadShipped(id);
    const { model, pictureState } = getState();
    if (!isShipped && model.status === 'ready') {
      const sentence = `This link was made with ${modelId}, which is not part of the page. Open that file to see the same view.`;
      put({ model: { status: 'failed', sentence, last: model.info } });
    }
    if (choice.kind === 'own' && pictureState.status === 'ready') {
      const sentence = `This link was made with ${choice.name}, which never left its owner’s machine. Open that picture to see the same view.`;
      put({ pictureState: { status: 'failed', sentence, last: pictureState.info } });
    }
  }

  // Nothing shows the picture before this one any more.
  store.subscribe(selectPicture, (now, before) => {
    if (before && before.url !== now?.url) void desk.release(before.url);
  });
  store.subscribe(
    (state) => state.eps2,
    () => void remeasure(),
  );
  void begin();
  return store;
}

/** The live session as a source of views. */
function liveSource(session: RemoteSession): ViewSource {
  return {
    attention: (layer) => session.attention(layer),
    attentionMax: (token) => session.attentionMax(token),
    subspace: (layer, head, place) => session.subspace(layer, head, place),
    tokens: (layer) => session.tokens(layer),
    stepEffect: (layer) => session.stepEffect(layer),
    embedded: () => session.tensor('tokens', 0),
    incoherence: (layer) => session.incoherence(layer),
    dictionary: (layer) => session.dictionary(layer),
  };
}
