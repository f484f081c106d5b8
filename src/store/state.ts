// The page's state: choices (all of them in the URL, except the theme) and results, as plain data.

import type { ModelCard } from '../model/card.ts';
import type { CrateConfig } from '../model/config.ts';
import type { Findings, GivenConstants } from '../model/findings.ts';
import type { PatchPixels } from '../model/reconstruction.ts';
import type { ProductReport, SpeedReport } from '../model/speed.ts';
import type { LayerTrace, Place, Prediction } from '../model/trace.ts';
import type { DictionaryView, IncoherenceView, StepView, SubspaceView, TokensView } from '../model/views.ts';

/** A stop of the rail. Layers count from 0 here; people read `layer + 1`. */
export type Step =
  | { readonly at: 'picture' }
  | { readonly at: 'embed' }
  | { readonly at: 'mssa'; readonly layer: number }
  | { readonly at: 'ista'; readonly layer: number }
  | { readonly at: 'head' };

export type Tab = 'heads' | 'subspaces' | 'tokens' | 'dictionary' | 'operator';
export type MapStyle = 'over' | 'plain' | 'mask';
export type MapScope = 'map' | 'layer' | 'all';
export type Normalisation = 'unit' | 'raw';
export type RateUnit = 'nats' | 'bits';
export type Theme = 'system' | 'light' | 'dark';

/** Where the picture comes from. */
export type PictureChoice =
  | { readonly kind: 'sample'; readonly id: string }
  /** A file, a paste or a camera shot; the link can only name it. */
  | { readonly kind: 'own'; readonly name: string };

/** Everything a link carries. */
export interface Choices {
  /** Model id: a stem of public/models, the name of a file of one's own, or the address (http…) that it was fetched from. */
  readonly modelId: string;
  /** SHA-256 of a file of one's own, so that a link can tell whether it meets the same file; '' for a shipped model. */
  readonly modelHash: string;
  /** Terms of a checkpoint of one's own that a person gave (linkedTerms.ts); '' when the file and the tables say all. */
  readonly modelTerms: string;
  /** Side of the model's input, px; 0: the one that it was trained at. */
  readonly side: number;
  /** CRATE-MAE: share of the patches that are hidden, in [0, 0.95], and the seed of the shuffle that chooses them. */
  readonly hide: number;
  readonly maskSeed: number;
  readonly picture: PictureChoice;
  readonly step: Step;
  /** Head, from 0. */
  readonly head: number;
  /** Token: 0 the class token, 1 + row·side + column a patch. */
  readonly token: number;
  readonly tab: Tab;
  readonly mapStyle: MapStyle;
  readonly mapScope: MapScope;
  readonly formulaOf: 'released' | 'paper';
  readonly normalisation: Normalisation;
  readonly place: Place;
  readonly rateUnit: RateUnit;
  readonly perHead: boolean;
  /** ε² of the coding rates, in [1e-4, 1]. */
  readonly eps2: number;
  /** Channel order of the token heat maps. */
  readonly channels: 'stored' | 'use';
  /** All entries, or the 50 × 50 sub-matrix of the paper's figure. */
  readonly heatCrop: 'all' | '50';
  /** Axes of the subspace view. */
  readonly dimensions: '2d' | '3d';
}

/** A picture as the page shows it. `url` is a data: or blob: URL, or a relative one for samples, of the full-size picture. */
export interface PictureInfo {
  readonly name: string;
  readonly url: string;
  /** Full size in px after EXIF rotation. */
  readonly width: number;
  readonly height: number;
  /** The part of the full-size picture that the model sees, in full-size px. */
  readonly crop: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  /** What the model sees: side × side RGB bytes, row-major, before mean and std. */
  readonly seen: Uint8ClampedArray;
  readonly side: number;
  /** What was done that the file does not say (first frame of an animation, a size assumed), one sentence; absent or null: nothing. */
  readonly notice?: string | null;
}

export type PictureState =
  | { readonly status: 'none' }
  | { readonly status: 'loading'; readonly last: PictureInfo | null }
  | { readonly status: 'ready'; readonly info: PictureInfo }
  /** `sentence` names the cause and what to do; the last good picture stays. */
  | { readonly status: 'failed'; readonly sentence: string; readonly last: PictureInfo | null };

/** How pictures are prepared for a model, and what its outputs are called: none of it is in a checkpoint. */
export interface Preparation {
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  readonly fit: 'squash' | 'crop';
  /** Label names, one a class; null: none are known, classes are numbers. */
  readonly labels: readonly string[] | null;
  /** Where the label names are from, e.g. "ImageNet-1k", "labels.txt"; '' when there are none. */
  readonly labelsFrom: string;
  /** CRATE-MAE only. */
  readonly patchPixels: PatchPixels;
}

/** Everything that the sheet lets a person change. */
export interface Terms {
  readonly given: GivenConstants;
  readonly preparation: Preparation;
}

/** A file of one's own that was opened and understood. */
export interface OpenedFile extends Terms {
  /** The file's name, or its address. */
  readonly name: string;
  readonly sha256: string;
  readonly findings: Findings;
}

export interface ModelInfo {
  readonly id: string;
  readonly title: string;
  /** At the input size in use. */
  readonly config: CrateConfig;
  /** Side of the input that the model was trained at, px. */
  readonly trainedSide: number;
  readonly parameters: number;
  readonly sha256: string;
  /** Labels; numbers as text when nobody named them. Empty without a class head. */
  readonly labels: readonly string[];
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  readonly fit: 'squash' | 'crop';
  readonly patchPixels: PatchPixels;
  /** Null for a checkpoint of one's own. */
  readonly card: ModelCard | null;
  /** The file behind a checkpoint of one's own, for its sheet; null for a shipped model. */
  readonly opened: OpenedFile | null;
  /** What the file did not say and where the value was taken from, one sentence each. */
  readonly assumptions: readonly string[];
  /** Bytes of weights on their way to the engine: what its memory holds of the model. */
  readonly weightBytes: number;
}

/** What of a load is under way: the network, reading the file and its SHA-256, weights to the engine. */
export type LoadPhase = 'download' | 'read' | 'load';

export type ModelState =
  | { readonly status: 'none' }
  | {
      readonly status: 'loading';
      readonly name: string;
      readonly phase: LoadPhase;
      readonly bytes: number;
      readonly totalBytes: number;
      readonly last: ModelInfo | null;
      /** The file, once it has been understood: phase 'load' of a checkpoint of one's own; the sheet shows it meanwhile. */
      readonly opened?: OpenedFile | null;
    }
  /** The file was understood, but a constant must be given before it can be loaded; the sheet asks. */
  | {
      readonly status: 'asking';
      readonly opened: OpenedFile;
      /** Why loading it with the answer given failed, one sentence; null: it has not been tried, or was cancelled. */
      readonly sentence: string | null;
      readonly last: ModelInfo | null;
    }
  | { readonly status: 'ready'; readonly info: ModelInfo }
  | { readonly status: 'failed'; readonly sentence: string; readonly last: ModelInfo | null };

/** A checkpoint that this browser keeps, so that a reload neither asks for it nor fetches it again. */
export interface KeptModel {
  readonly sha256: string;
  readonly name: string;
  /** The sheet's architecture and sizes in a few words: "CRATE 12 × 576". */
  readonly title: string;
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly openedAt: number;
}

/** An input size that the model at hand could be run at. */
export interface SizeOption {
  /** px. */
  readonly side: number;
  /** Tokens n, class token included. */
  readonly tokens: number;
  /** Memory that a picture takes beside the weights, bytes. */
  readonly bytes: number;
  /** Why it cannot be run here, one sentence; null: it can. */
  readonly refusal: string | null;
}

export type EngineState =
  /** A recorded trace is on screen; the live engine is on its way. */
  | { readonly status: 'recorded' }
  | {
      readonly status: 'live';
      readonly kind: 'webgpu' | 'cpu';
      readonly adapter: string;
      /** Why it is the CPU, or that it was restarted; null when there is nothing to say. One sentence. */
      readonly notice: string | null;
      /** The browser gave no WebGPU: how to turn it on is worth saying. */
      readonly isWithoutWebGpu?: boolean;
    }
  | { readonly status: 'failed'; readonly sentence: string };

/** The numbers on screen. `live` is false for the recorded trace. */
export interface Reports {
  readonly live: boolean;
  readonly pictureName: string;
  readonly modelId: string;
  readonly eps2: number;
  readonly logits: readonly number[];
  readonly top: readonly Prediction[];
  readonly layers: readonly LayerTrace[];
  /** CRATE-MAE: the picture that its decoder makes, side × side × RGB bytes, and the patches that it did not see; null elsewhere. */
  readonly reconstruction: { readonly pixels: Uint8ClampedArray; readonly hidden: Uint8Array } | null;
  /** Milliseconds of the forward pass with all measures, and of loading the weights. */
  readonly ms: number;
  readonly loadMs: number;
  /** What computed them; for a recorded trace, what recorded it. */
  readonly engine: { readonly kind: 'webgpu' | 'cpu'; readonly adapter: string };
}

export type RunState =
  | { readonly status: 'idle'; readonly reports: Reports | null }
  /** `reports` are the last good ones and stay on screen. */
  | { readonly status: 'running'; readonly reports: Reports | null }
  | { readonly status: 'done'; readonly reports: Reports }
  | { readonly status: 'failed'; readonly sentence: string; readonly reports: Reports | null };

/** Arrays that the open view draws; null until they have arrived. Each names the layer (and head) it belongs to. */
export interface Views {
  /** `token` null: all rows, K × n × n. Else that token's row alone, K × n: with many tokens the whole is too much. Rows sum to 1. */
  readonly attention: { readonly layer: number; readonly token: number | null; readonly A: Float32Array } | null;
  /** Largest entry of A per layer over the picked token's row, itself left out; for the scope "all layers". */
  readonly attentionMax: { readonly token: number; readonly perLayer: readonly number[] } | null;
  /** The picked head at the place of the chosen half-step ('input' or 'half' at MSSA, 'output' at ISTA). */
  readonly subspace: SubspaceView | null;
  readonly tokens: TokensView | null;
  readonly incoherence: IncoherenceView | null;
  readonly dictionary: DictionaryView | null;
  readonly stepEffect: StepView | null;
  /** n × d, the tokens after embedding; for the stop 'embed'. */
  readonly embedded: Float32Array | null;
  /** The view could not be computed: cause and remedy. */
  readonly sentence: string | null;
}

/** A speed run, and what it was of. */
export interface SpeedResult extends SpeedReport {
  readonly model: { readonly id: string; readonly title: string; readonly sha256: string; readonly side: number };
  readonly pictureName: string;
  /** When it ended, ISO 8601. */
  readonly at: string;
}

/** `last` is the last run that came to its end. */
export type SpeedState =
  | { readonly status: 'idle'; readonly last: SpeedResult | null }
  | {
      readonly status: 'running';
      /** Share that is done, in [0, 1]. */
      readonly done: number;
      readonly phase: 'pictures' | 'pass' | 'kernels' | 'peaks';
      readonly last: SpeedResult | null;
    }
  | { readonly status: 'failed'; readonly sentence: string; readonly last: SpeedResult | null };

/** A measurement of the product kernels that a person asked for. */
export type ProductTrial =
  | { readonly status: 'idle' }
  | { readonly status: 'running' }
  | { readonly status: 'failed'; readonly sentence: string };

/** A page of the site; each has its route in the link. */
export type Page = 'explore' | 'speed';

export interface Transient {
  /** Which page is on screen; the link carries it as its route. */
  readonly page: Page;
  /** Token under the pointer, or null. */
  readonly hoverToken: number | null;
  readonly isPlaying: boolean;
  /** Half-steps a second. */
  readonly speed: 0.5 | 1 | 2 | 4;
  readonly theme: Theme;
  /** A dialog that is open. */
  readonly dialog: 'none' | 'keys' | 'samples' | 'camera' | 'about' | 'share' | 'checkpoint' | 'address' | 'kept';
  /** Which panel fills the window, or none. */
  readonly maximised: 'none' | 'stage' | 'objective';
}

export interface Results {
  readonly engine: EngineState;
  readonly model: ModelState;
  readonly pictureState: PictureState;
  readonly run: RunState;
  readonly views: Views;
  /** Checkpoints that this browser keeps, the newest first; null while it has not been asked. */
  readonly kept: readonly KeptModel[] | null;
  /** Why the last checkpoint is not kept (the disk is full, storage is off), one sentence; null: it is, or there is none. */
  readonly keptNotice: string | null;
  /** Input sizes of the model at hand, the trained one first; empty while none is loaded. */
  readonly sizes: readonly SizeOption[];
  /** What a link's view had that this page has not (another file of that name, class names), one sentence; null: nothing. */
  readonly linkNotice: string | null;
  /** Why the last list of label names was not taken, one sentence; null: it was. */
  readonly labelsNotice: string | null;
  /** Why the chosen input size was not taken, one sentence; null: it was. */
  readonly sizeNotice: string | null;
  /** How WebGPU multiplies; null on the CPU, and before a model is loaded. */
  readonly product: ProductReport | null;
  readonly productTrial: ProductTrial;
  readonly timing: SpeedState;
}

/** Actions, named for what happened. Those that need the engine are picked up by `effects.ts`. */
export interface Actions {
  choose(change: Partial<Choices>): void;
  stepTo(step: Step): void;
  /** +1 a half-step on, −1 back; stops at the ends. */
  stepBy(halfSteps: number): void;
  /** The same half-step of another layer. */
  layerBy(layers: number): void;
  pickToken(token: number): void;
  hover(token: number | null): void;
  pickHead(head: number): void;
  setTransient(change: Partial<Transient>): void;
  /** A picture from a file, a paste, a drop or the camera. */
  openPicture(file: Blob, name: string): void;
  openSample(id: string): void;
  /** A checkpoint file. */
  openModel(file: File): void;
  /** A checkpoint on the network; the server must allow it (CORS). */
  openModelAddress(address: string): void;
  /** Loads the opened file (of 'asking', or of the model at hand) on these terms. */
  takeModel(terms: Terms): void;
  /** Stops a load at any moment; what was there stays. */
  cancelModel(): void;
  openKept(sha256: string): void;
  forgetKept(sha256: string): void;
  /** Names of the classes for the model at hand: a .txt with one a line, or JSON. */
  openLabels(file: File): void;
  /** Any dropped or pasted file: weights or label names by extension or content, else a picture. */
  openFile(file: File): void;
  openShippedModel(id: string): void;
  /** Times the model at hand on the picture at hand. */
  runSpeed(): void;
  stopSpeed(): void;
  /** Measures the product kernels and takes the fastest one, unless the link asked for one. */
  measureProduct(): void;
  /** Fetches what reads checkpoint files, so that opening one needs no network. */
  fetchReaders(): Promise<void>;
  resultsChanged(change: Partial<Results>): void;
}

export interface AppState extends Choices, Transient, Results, Actions {}
