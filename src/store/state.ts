// The page's state: choices (all of them in the URL, except the theme) and results, as plain data.

import type { ModelCard } from '../model/card.ts';
import type { CrateConfig } from '../model/config.ts';
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
  /** Model id: a stem of public/models, or the name of a dropped file. */
  readonly modelId: string;
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

export interface ModelInfo {
  readonly id: string;
  readonly title: string;
  readonly config: CrateConfig;
  readonly parameters: number;
  readonly sha256: string;
  /** Labels; numbers as text when the card names none. */
  readonly labels: readonly string[];
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  readonly fit: 'squash' | 'crop';
  /** Null for a dropped checkpoint. */
  readonly card: ModelCard | null;
  /** What the file did not say and where the value was taken from, one sentence each. */
  readonly assumptions: readonly string[];
}

export type ModelState =
  | { readonly status: 'none' }
  | {
      readonly status: 'loading';
      readonly name: string;
      readonly bytes: number;
      readonly totalBytes: number;
      readonly last: ModelInfo | null;
    }
  | { readonly status: 'ready'; readonly info: ModelInfo }
  | { readonly status: 'failed'; readonly sentence: string; readonly last: ModelInfo | null };

export type EngineState =
  /** A recorded trace is on screen; the live engine is on its way. */
  | { readonly status: 'recorded' }
  | {
      readonly status: 'live';
      readonly kind: 'webgpu' | 'cpu';
      readonly adapter: string;
      /** Why it is the CPU, or that it was restarted; null when there is nothing to say. One sentence. */
      readonly notice: string | null;
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
  /** K × n × n, rows sum to 1. */
  readonly attention: { readonly layer: number; readonly A: Float32Array } | null;
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

export interface Transient {
  /** Token under the pointer, or null. */
  readonly hoverToken: number | null;
  readonly isPlaying: boolean;
  /** Half-steps a second. */
  readonly speed: 0.5 | 1 | 2 | 4;
  readonly theme: Theme;
  /** A dialog that is open. */
  readonly dialog: 'none' | 'keys' | 'samples' | 'camera' | 'about' | 'share';
  /** Which panel fills the window, or none. */
  readonly maximised: 'none' | 'stage' | 'objective';
}

export interface Results {
  readonly engine: EngineState;
  readonly model: ModelState;
  readonly pictureState: PictureState;
  readonly run: RunState;
  readonly views: Views;
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
  /** Any dropped or pasted file: weights by extension or content, else a picture. */
  openFile(file: File): void;
  openShippedModel(id: string): void;
  resultsChanged(change: Partial<Results>): void;
}

export interface AppState extends Choices, Transient, Results, Actions {}
