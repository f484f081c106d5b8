// What a pointer can press in a chart: an unseen button over the column of each layer. The rail and the arrow keys do the same by
// keyboard, so the buttons are no stops of their own; a screen reader still finds them.

import type { ScaleLinear } from 'd3-scale';

interface LayerButtonsProps {
  readonly count: number;
  readonly x: ScaleLinear<number, number>;
  /** The columns' outer ends, px. */
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly height: number;
  readonly label: (layer: number) => string;
  readonly onPick: (layer: number) => void;
  readonly onHover?: (layer: number | null) => void;
}

export function LayerButtons({ count, x, left, right, top, height, label, onPick, onHover }: LayerButtonsProps) {
  return (
    <div className="chart-columns" onPointerLeave={() => onHover?.(null)}>
      {Array.from({ length: count }, (_, layer) => {
        const from = layer === 0 ? left : (x(layer - 1) + x(layer)) / 2;
        const to = layer === count - 1 ? right : (x(layer) + x(layer + 1)) / 2;
        return (
          <button
            // biome-ignore lint/suspicious/noArrayIndexKey: the index is the layer
            key={layer}
            type="button"
            tabIndex={-1}
            className="chart-column"
            aria-label={label(layer)}
            style={{ left: from, width: Math.max(0, to - from), top, height }}
            onClick={() => onPick(layer)}
            onPointerEnter={() => onHover?.(layer)}
          />
        );
      })}
    </div>
  );
}
