// What every engine does, whether it runs on WebGPU, on the CPU or plays back a recorded trace. Engines hold one model and the
// intermediates of one picture; a view asks for a tensor by name.

import type { CrateConfig } from '../model/config.ts';
import type { LayerTrace, RunNumbers, TensorName } from '../model/trace.ts';
import type { CrateWeights } from '../model/weights.ts';

export type EngineErrorCode =
  | 'webgpu-missing'
  | 'device-lost'
  | 'limit-exceeded'
  | 'out-of-memory'
  | 'shader-invalid'
  | 'binding-missing'
  | 'param-missing'
  | 'shape-mismatch'
  | 'not-loaded'
  | 'forward-failed';

/** A condition of the world: a code for code and a sentence for people. */
export class EngineError extends Error {
  readonly code: EngineErrorCode;
  constructor(code: EngineErrorCode, sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.name = 'EngineError';
    this.code = code;
  }
}

/** Bytes taken up, and bytes in all. */
export type LoadProgress = (bytes: number, totalBytes: number) => void;

/** What a run computes beside logits and reconstruction. */
export type MeasureChoice = 'all' | 'none';

export interface Engine {
  readonly kind: 'webgpu' | 'cpu';
  /** What computes, as a person would name it: the adapter's description, or the processor. */
  readonly adapter: string;
  /**
   * Takes the weights up; replaces what was loaded before, which stays when this fails. `progress` hears bytes taken up so far and in all.
   * @throws EngineError 'limit-exceeded', 'out-of-memory', with the size asked for
   */
  load(config: CrateConfig, weights: CrateWeights, progress?: LoadProgress): Promise<void>;
  /**
   * The loaded weights at another input size: `positions` is n × d for it. Weights that do not depend on it stay where they are.
   * @throws EngineError 'not-loaded', 'limit-exceeded', 'out-of-memory'
   */
  resize(config: CrateConfig, positions: Float32Array): Promise<void>;
  /** What a picture would need at this size: bytes of memory beside the weights, and a sentence when a limit forbids it. */
  estimate(config: CrateConfig): { readonly bytes: number; readonly refusal: string | null };
  /**
   * One picture: `image` is 3 × side × side, planar RGB, normalised. Logits and every measure at all three places. `hidden`, an entry a
   * patch, is 1 where CRATE-MAE shall see the mask token in place of the patch. With `measures` 'none' only logits and reconstruction are
   * computed and `layers` is empty; `remeasure` and `read` answer afterwards as ever, and compute then what they need.
   * @throws EngineError 'not-loaded', 'shape-mismatch', 'device-lost'
   */
  run(image: Float32Array, eps2: number, hidden?: Uint8Array, measures?: MeasureChoice): Promise<RunNumbers>;
  /** The measures of the last picture with another ε²; attention and non-zeros are repeated unchanged. */
  remeasure(eps2: number): Promise<readonly LayerTrace[]>;
  /** A tensor of the last picture; `layer` counts from 0 and is ignored for 'patches' and 'tokens'. Shapes: TensorName. */
  read(name: TensorName, layer: number): Promise<Float32Array>;
  /** Row `token` of every A_k of a layer: K × n. For models whose K × n × n is too much to read back. */
  attentionRow(layer: number, token: number): Promise<Float32Array>;
  dispose(): void;
}
