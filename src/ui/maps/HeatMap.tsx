// A matrix as a canvas, one cell an entry: whole device pixels where there is room, an area mean where there is not.

import { type ReactNode, useEffect, useRef } from 'react';
import { inSlices } from './inSlices.ts';
import { MapGrid } from './MapGrid.tsx';
import { type MatrixImage, paintMatrix } from './matrixImage.ts';
import type { Scale } from './ramps.ts';
import { useRamps } from './useRamps.ts';

export interface HeatMapProps {
  readonly label: string;
  /** Row-major with `stride` entries a row. */
  readonly values: Float32Array;
  readonly stride: number;
  /** Rows and columns to draw, in this order, as indices into `values`. */
  readonly rows: readonly number[];
  readonly columns: readonly number[];
  readonly scale: Scale;
  /** CSS px. */
  readonly width: number;
  readonly height: number;
  /** A hairline around it, where paper and map would run into one another. */
  readonly framed?: boolean;
  /** Row to outline, an index into `values`; drawn solid when picked, dashed when pointed at. */
  readonly pickedRow?: number | null;
  readonly hoveredRow?: number | null;
  readonly cellLabel: (row: number, column: number, value: number) => string;
  readonly tip?: (row: number, column: number, value: number) => ReactNode;
  /** Indices into `values`; null when the pointer has left. */
  readonly onHover: (cell: { readonly row: number; readonly column: number } | null) => void;
  readonly onPick: (row: number, column: number) => void;
  /** The cell pointed at, from `onHover`. */
  readonly hovered: { readonly row: number; readonly column: number } | null;
  /** Drawn over the map in its px, inside an <svg>. */
  readonly overlay?: ReactNode;
}

export function HeatMap(props: HeatMapProps) {
  const {
    label,
    values,
    stride,
    rows,
    columns,
    scale,
    width,
    height,
    pickedRow = null,
    hoveredRow = null,
    hovered,
  } = props;
  const ramps = useRamps();
  const canvasRef = useRef<HTMLCanvasElement>(null);

  useEffect(() => {
    const canvas = canvasRef.current;
    if (!canvas) return;
    const pixels = (length: number) => Math.max(1, Math.round(length * devicePixelRatio));
    return drawMatrix(canvas, {
      values,
      stride,
      rows,
      columns,
      scale,
      ramps,
      width: pixels(width),
      height: pixels(height),
    });
  }, [values, stride, rows, columns, scale, width, height, ramps]);

  const cellOf = (index: number) => {
    const row = rows[Math.floor(index / columns.length)] ?? 0;
    const column = columns[index % columns.length] ?? 0;
    return { row, column, value: values[row * stride + column] ?? 0 };
  };
  const indexOf = (row: number, column: number): number | null => {
    const r = rows.indexOf(row);
    const c = columns.indexOf(column);
    return r < 0 || c < 0 ? null : r * columns.length + c;
  };
  const { tip } = props;

  return (
    <MapGrid
      label={label}
      rows={rows.length}
      columns={columns.length}
      width={width}
      height={height}
      active={hovered ? indexOf(hovered.row, hovered.column) : null}
      start={Math.max(0, pickedRow === null ? 0 : rows.indexOf(pickedRow)) * columns.length}
      isSelected={(index) => cellOf(index).row === pickedRow}
      cellLabel={(index) => {
        const { row, column, value } = cellOf(index);
        return props.cellLabel(row, column, value);
      }}
      tip={
        tip
          ? (index) => {
              const { row, column, value } = cellOf(index);
              return tip(row, column, value);
            }
          : undefined
      }
      onMove={(index) => props.onHover(index === null ? null : cellOf(index))}
      onPick={(index) => {
        const { row, column } = cellOf(index);
        props.onPick(row, column);
      }}
    >
      <canvas ref={canvasRef} className={props.framed ? 'map-framed' : undefined} style={{ width, height }} />
      <svg className="map-rings" width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
        {props.overlay}
        {hoveredRow !== null && hoveredRow !== pickedRow && (
          <RowOutline at={rows.indexOf(hoveredRow)} rows={rows.length} width={width} height={height} isDashed />
        )}
        {pickedRow !== null && (
          <RowOutline at={rows.indexOf(pickedRow)} rows={rows.length} width={width} height={height} />
        )}
      </svg>
    </MapGrid>
  );
}

interface RowOutlineProps {
  /** Row on screen, from 0; −1 draws nothing. */
  readonly at: number;
  readonly rows: number;
  readonly width: number;
  readonly height: number;
  readonly isDashed?: boolean;
}

function RowOutline({ at, rows, width, height, isDashed = false }: RowOutlineProps) {
  if (at < 0) return null;
  const row = height / rows;
  return (
    <rect
      className="map-row-outline"
      x={0.75}
      y={at * row - 1.5}
      width={width - 1.5}
      height={row + 3}
      strokeDasharray={isDashed ? '3 3' : undefined}
    />
  );
}

/** What was drawn stays until the new is complete. The answer stops it. */
function drawMatrix(canvas: HTMLCanvasElement, drawing: MatrixImage): () => void {
  const context = canvas.getContext('2d');
  if (!context) throw new Error('missing canvas context: 2d');
  const image = new ImageData(drawing.width, drawing.height);
  return inSlices(paintMatrix(drawing, image.data), () => {
    canvas.width = drawing.width;
    canvas.height = drawing.height;
    context.putImageData(image, 0, 0);
  });
}
