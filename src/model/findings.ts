// What a checkpoint file turned out to be, and what it leaves to be given: plain data for the sheet, the command line and the tests.

import type { CrateKind, Pool } from './config.ts';

/** Constants of a CRATE that no state dict holds, as far as somebody gave them. */
export interface GivenConstants {
  readonly heads?: number | undefined;
  /** Heads of CRATE-MAE's decoder. */
  readonly decoderHeads?: number | undefined;
  readonly eta?: number | undefined;
  readonly lambda?: number | undefined;
  readonly pool?: Pool | undefined;
}

export type ConstantKey = keyof GivenConstants;

/**
 * Where a constant's value is from: 'shape': a tensor's presence or shape leaves no choice; 'file': a plain value saved beside the
 * tensors; 'table': the released model of these sizes; 'code': the released code's default; 'given': a card, an option, a field;
 * 'unknown': nothing decides, so it has to be given before the model can be loaded.
 */
export type Origin = 'shape' | 'file' | 'table' | 'code' | 'given' | 'unknown';

export interface FoundConstant {
  readonly key: ConstantKey;
  /** Null exactly where `origin` is 'unknown'. */
  readonly value: number | Pool | null;
  readonly origin: Origin;
  /** One sentence: where the value is from, or why it has to be given. */
  readonly note: string;
  /** Plausible values, the likeliest first; empty where any number in range will do. */
  readonly options: readonly (number | Pool)[];
}

/** Sizes read off the tensors. */
export interface FoundSizes {
  readonly imageSize: number;
  readonly patchSize: number;
  /** 0: no class head. */
  readonly classes: number;
  readonly d: number;
  readonly L: number;
  /** K·p. */
  readonly inner: number;
  /** Atoms of a dictionary. */
  readonly atoms: number;
  /** Outputs of the linear map before the class map; null: there is none. */
  readonly headWidth: number | null;
  /** Layers of CRATE-MAE's decoder and its K·p; null: there is none. */
  readonly decoder: { readonly L: number; readonly inner: number } | null;
}

export interface Findings {
  /** "PyTorch zip archive", "safetensors", … */
  readonly container: string;
  /** Bytes of the file. */
  readonly bytes: number;
  /** Keys from the outermost object to the tensors: ["state_dict"]. */
  readonly wrapper: readonly string[];
  /** What was stripped from every name: "module.", or "". */
  readonly prefix: string;
  /** Tensors in the file by their kind of number; `numbers` counts entries. */
  readonly dtypes: readonly { readonly dtype: string; readonly tensors: number; readonly numbers: number }[];
  readonly kind: CrateKind;
  /** "CRATE", "CRATE-α", "CRATE-MAE", "CRATE with a linear map before the class map (segmentation demo)". */
  readonly architecture: string;
  /** The released model of these sizes, e.g. "CRATE-Small"; null when there is none. */
  readonly released: string | null;
  readonly sizes: FoundSizes;
  /** Numbers in the tensors used. */
  readonly parameters: number;
  /** Tensors in the file that do not touch the result. */
  readonly unused: readonly string[];
  /** Plain values beside the tensors: epoch, arch, hyper-parameters. */
  readonly metadata: Readonly<Record<string, string | number | boolean | null>>;
  readonly constants: readonly FoundConstant[];
}

/** Constants that must be given before the model can be loaded. */
export const missingConstants = ({ constants }: Findings): readonly FoundConstant[] =>
  constants.filter(({ value }) => value === null);
