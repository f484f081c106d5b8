// How far a model has come, in bytes.

import { megabytesOf } from '../../text/numbers.ts';

interface LoadProgressProps {
  readonly bytes: number;
  readonly totalBytes: number;
}

export function LoadProgress({ bytes, totalBytes }: LoadProgressProps) {
  return (
    <span className="load-progress">
      <span
        className="load-bar"
        role="progressbar"
        aria-label="Model loading"
        aria-valuemin={0}
        aria-valuemax={totalBytes}
        aria-valuenow={bytes}
        aria-valuetext={megabytesOf(bytes, totalBytes)}
      >
        <span style={{ width: totalBytes > 0 ? `${Math.min(100, (bytes / totalBytes) * 100)}%` : '0' }} />
      </span>
      <small className="label">{megabytesOf(bytes, totalBytes)}</small>
    </span>
  );
}
