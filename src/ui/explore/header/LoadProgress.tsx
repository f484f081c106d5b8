// How far a model has come, in bytes, and what is under way.

import type { LoadPhase } from '../../../store/state.ts';
import { megabytesOf } from '../../text/numbers.ts';

interface LoadProgressProps {
  readonly bytes: number;
  readonly totalBytes: number;
  readonly phase: LoadPhase;
  /** As wide as there is room, with the phase in words. */
  readonly isWide?: boolean;
}

const WORDS: Readonly<Record<LoadPhase, string>> = {
  download: 'Downloading',
  read: 'Reading the file',
  load: 'To the engine',
};

export function LoadProgress({ bytes, totalBytes, phase, isWide = false }: LoadProgressProps) {
  const amount = megabytesOf(bytes, totalBytes);
  return (
    <span className={isWide ? 'load-progress load-wide' : 'load-progress'}>
      {isWide ? <span className="load-phase">{WORDS[phase]}</span> : null}
      <span
        className="load-bar"
        role="progressbar"
        aria-label="Model loading"
        aria-valuemin={0}
        aria-valuemax={Math.max(1, totalBytes)}
        aria-valuenow={bytes}
        aria-valuetext={`${WORDS[phase]}: ${amount}`}
      >
        <span style={{ width: totalBytes > 0 ? `${Math.min(100, (bytes / totalBytes) * 100)}%` : '0' }} />
      </span>
      <small className="label">{amount}</small>
    </span>
  );
}
