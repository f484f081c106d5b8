// What can be wrong with a checkpoint file: a code for code, and a sentence for people that names the cause and what to do.

export type CheckpointErrorCode =
  /** Another kind of file, or a file of a known kind without weights. */
  | 'not-a-checkpoint'
  /** The bytes end too early. */
  | 'truncated'
  /** The file contradicts itself. */
  | 'malformed'
  /** Loading it in Python would run a program. */
  | 'unsafe'
  /** More than is believed of any model, or than memory is given for. */
  | 'too-large'
  /** Numbers of a kind that is not read. */
  | 'unsupported-dtype'
  /** The browser no longer gets at the bytes, or not at what reads them. */
  | 'unreadable'
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

/** A name out of a file as it may stand in a sentence: short, and on one line. */
export function shown(name: string): string {
  const line = name.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '\u{fffd}');
  return line.length <= 100 ? line : `${line.slice(0, 60)}…${line.slice(-30)}`;
}

/** The bytes end before `claim`, e.g. "its header ends at byte 900". */
export const cutShort = (bytes: number, claim: string, options?: ErrorOptions): CheckpointError =>
  new CheckpointError(
    'truncated',
    `The file is cut short: it has ${bytes} bytes, but ${claim}. Download or copy it again.`,
    options,
  );
