// The chosen layer: a band in the tint of the chosen operator, behind everything else.

interface CursorProps {
  readonly x: number;
  readonly top: number;
  readonly height: number;
  readonly width: number;
  readonly operator: 'mssa' | 'ista' | 'ink';
}

export function Cursor({ x, top, height, width, operator }: CursorProps) {
  return (
    <rect className={`chart-cursor chart-cursor-${operator}`} x={x - width / 2} y={top} width={width} height={height} />
  );
}
