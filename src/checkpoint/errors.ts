// What can be wrong with a checkpoint file: a code for code, and a sentence for people that names the cause and what to do.

export type CheckpointErrorCode =
  /** Not a safetensors file at all. */
  | 'not-safetensors'
  /** A safetensors file whose bytes end too early. */
  | 'truncated'
  /** A safetensors file that contradicts itself. */
  | 'malformed'
  /** Numbers of a kind that is not read. */
  | 'unsupported-dtype'
  /** Readable, but another architecture. */
  | 'not-crate'
  | 'missing-tensor'
  | 'wrong-shape'
  /** NaN or infinity among the weights. */
  | 'not-finite'
  /** The head count is neither in the file nor given, and the width does not tell. */
  | 'heads-unknown'
  /** A constant that was given contradicts the file. */
  | 'contradiction';

export class CheckpointError extends Error {
  readonly code: CheckpointErrorCode;
  constructor(code: CheckpointErrorCode, sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.name = 'CheckpointError';
    this.code = code;
  }
}
