// What the page may ask of the worker, and what it answers.

import type { SpeedPhase } from '../engine/speed.ts';
import type { CrateConfig } from '../model/config.ts';
import type { Findings, GivenConstants } from '../model/findings.ts';
import type { ProductKernel, ProductReport, ProductSpeeds, SpeedReport } from '../model/speed.ts';
import type { LayerTrace, Place, RunNumbers, TensorName } from '../model/trace.ts';
import type { DictionaryView, IncoherenceView, StepView, SubspaceView, TokensView } from '../model/views.ts';

export interface EngineReport {
  readonly kind: 'webgpu' | 'cpu';
  readonly adapter: string;
  /** One sentence when there is something to say: why it is the CPU, that the device was lost. */
  readonly notice: string | null;
  /** The browser gave no WebGPU: how to turn it on is worth saying. */
  readonly isWithoutWebGpu?: boolean;
}

/** A file that was opened and understood; nothing of it is loaded yet. */
export interface OpenedCheckpoint {
  readonly sha256: string;
  readonly findings: Findings;
}

export interface LoadedModel {
  readonly config: CrateConfig;
  readonly findings: Findings;
  readonly sha256: string;
  readonly assumptions: readonly string[];
  /** What the weights take in the engine's memory, as f32. */
  readonly weightBytes: number;
  /** From the call to an engine that is ready. */
  readonly ms: number;
}

/** An input size that the loaded model could be run at. */
export interface InputSize {
  /** px. */
  readonly side: number;
  /** n. */
  readonly tokens: number;
  /** Memory that a picture takes beside the weights. */
  readonly bytes: number;
  /** Why it cannot be run on this engine, one sentence; null: it can. */
  readonly refusal: string | null;
}

/** Bytes so far, and bytes in all (0 while unknown). */
export type Progress = (bytes: number, totalBytes: number) => void;

/**
 * 'auto': WebGPU, but where it is itself computed by the processor, or missing, the fast CPU engine. 'webgpu': WebGPU wherever it is; 'wasm': the
 * fast CPU engine; 'cpu': the definitions in float64.
 */
export type EngineChoice = 'auto' | 'webgpu' | 'wasm' | 'cpu';

/** How WebGPU multiplies, and what is known of it from other visits. */
export interface ProductTerms {
  readonly product: ProductKernel | 'auto';
  /** Measured speeds by the key that `onProductMeasured` gave them. */
  readonly remembered: Readonly<Record<string, ProductSpeeds>>;
}

/** Share of a speed run that is done, in [0, 1], and what is under way. */
export type SpeedProgress = (done: number, what: SpeedPhase) => void;

/** What the page and the tests may ask. Errors are EngineError or CheckpointError; their messages are sentences for people. */
export interface Session {
  start(choice: EngineChoice, terms?: ProductTerms): Promise<EngineReport>;
  /**
   * Lets WebGPU compile its kernels for a model of these sizes, whose weights (f16 if `halves`) are still on their way. Nothing on a software
   * adapter, which would take the processor from the page.
   */
  warm(config: CrateConfig, halves: boolean): Promise<void>;
  /**
   * Fetches a file; `cancel` stops it.
   * @throws DownloadError with the cause
   */
  download(address: string, progress: Progress): Promise<Blob>;
  /** Fetches what reads files, so that opening one needs no network from then on. */
  fetchReaders(): Promise<void>;
  /**
   * Reads names and shapes of a file and its SHA-256; `progress` hears of the latter. The model at hand is not touched.
   * @throws CheckpointError
   */
  openFile(
    file: Blob | Uint8Array<ArrayBuffer>,
    name: string,
    given: GivenConstants,
    progress?: Progress,
  ): Promise<OpenedCheckpoint>;
  /**
   * Loads the file opened last, also once more with other constants; `sha256` says which it is meant to be. The old model stays in place
   * until the new one is ready; a bad file changes nothing. `progress` hears bytes read and taken up.
   * @throws EngineError 'not-loaded' when another file was opened meanwhile
   */
  loadOpened(sha256: string, given: GivenConstants, progress?: Progress): Promise<LoadedModel>;
  /** Opens and loads in one, without touching the file opened last. */
  loadModel(bytes: Uint8Array<ArrayBuffer>, given: GivenConstants, progress?: Progress): Promise<LoadedModel>;
  /** Stops every download, reading and loading under way; each ends with an AbortError and the model at hand stays. */
  cancel(): void;
  /** Lets go of the file opened last. */
  closeFile(): void;
  /** Input sizes that the model at hand could be run at, the trained one first. */
  inputSizes(): Promise<readonly InputSize[]>;
  /** The model at hand at another input size, its positions interpolated. The picture has to be run again. */
  resize(side: number): Promise<CrateConfig>;
  /** `hidden`: an entry a patch, 1 where CRATE-MAE shall see the mask token. */
  run(image: Float32Array, eps2: number, hidden?: Uint8Array): Promise<RunNumbers>;
  remeasure(eps2: number): Promise<readonly LayerTrace[]>;
  attention(layer: number): Promise<Float32Array>;
  /** The token's row of every A_k, K × n: where K × n × n would be too much. */
  attentionRow(layer: number, token: number): Promise<Float32Array>;
  /** Largest entry of the token's row over all heads, the token itself left out, for each layer. */
  attentionMax(token: number): Promise<readonly number[]>;
  subspace(layer: number, head: number, place: Place): Promise<SubspaceView>;
  tokens(layer: number): Promise<TokensView>;
  stepEffect(layer: number): Promise<StepView>;
  incoherence(layer: number): Promise<IncoherenceView>;
  dictionary(layer: number): Promise<DictionaryView>;
  /** Any tensor by name, for export and tests. */
  tensor(name: TensorName, layer: number): Promise<Float32Array>;
  /**
   * How fast the model at hand runs the picture at hand; `stopSpeed`, another run and another model end it. Other requests are answered
   * between its pieces.
   * @throws EngineError 'not-loaded' before the first picture; an AbortError when it was stopped
   */
  speed(progress: SpeedProgress): Promise<SpeedReport>;
  stopSpeed(): void;
  /**
   * Measures the product kernels; the fastest one is taken up with the model at hand, unless the link has asked for one.
   * @throws EngineError 'webgpu-missing' on the CPU
   */
  measureProduct(): Promise<ProductReport>;
  /** Called whenever the engine has taken a product kernel, with null where it has none. */
  onProductChange(listener: (report: ProductReport | null) => void): void;
  /** Called with what is to be remembered for the next visit. */
  onProductMeasured(listener: (key: string, speeds: ProductSpeeds) => void): void;
  /** Called when the engine changed by itself. */
  onEngineChange(listener: (report: EngineReport) => void): void;
  /** Destroys the GPU device, as a driver reset would; for tests. */
  loseDevice(): void;
}
