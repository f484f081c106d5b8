// The values before ReLU, and the cut at zero: what lies left of it becomes an exact zero.

import { memo, useMemo } from 'react';
import { maximum, symmetricLimit } from '../../maps/ramps.ts';
import { useSliced } from '../../maps/useSliced.ts';
import { percent, setting } from '../../text/numbers.ts';
import { countBins } from './tokenStats.ts';

interface CutHistogramProps {
  /** The (last) ISTA step before its ReLU, n × d or n × m. */
  readonly before: Float32Array;
  /** px. */
  readonly width: number;
}

const BINS = 60;
const HEIGHT = 34;

/** Kept apart from the maps’ pointer: it stays as it is while that moves. */
export const CutHistogram = memo(function CutHistogram({ before, width }: CutHistogramProps) {
  const histogram = useSliced(useMemo(() => () => countBins(before, symmetricLimit(before, 0.995), BINS), [before]));
  if (!histogram) return <div style={{ width, height: HEIGHT + 18 }} />;
  const most = maximum(histogram.counts) || 1;
  const bin = width / BINS;
  const limit = setting(histogram.limit);
  return (
    <svg
      className="cut"
      width={width}
      height={HEIGHT + 18}
      viewBox={`0 -2 ${width} ${HEIGHT + 18}`}
      role="img"
      aria-label={`Values before ReLU: ${percent(histogram.cut)} are cut to zero`}
    >
      {histogram.counts.map((entries, i) => (
        <rect
          // biome-ignore lint/suspicious/noArrayIndexKey: a bin is its place
          key={i}
          className={i < BINS / 2 ? 'is-cut' : undefined}
          x={i * bin}
          y={HEIGHT - (entries / most) * (HEIGHT - 2)}
          width={Math.max(0.5, bin - 0.6)}
          height={(entries / most) * (HEIGHT - 2)}
        />
      ))}
      <path d={`M${width / 2} -2V${HEIGHT + 4}`} />
      <text x={width / 2 - 4} y={8} textAnchor="end">
        cut: {percent(histogram.cut)}
      </text>
      <text x={0} y={HEIGHT + 14}>
        −{limit}
      </text>
      <text x={width / 2} y={HEIGHT + 14} textAnchor="middle">
        0
      </text>
      <text x={width} y={HEIGHT + 14} textAnchor="end">
        {limit}, before ReLU
      </text>
    </svg>
  );
});
