// Saves what is on screen as a file: a Blob behind a link that is pressed once. Names say model, picture and measure.

import type { Standalone } from './charts/exportSvg.ts';

export interface ExportSubject {
  readonly model: string;
  readonly picture: string;
  /** E.g. "coding rate half unit"; what the file shows. */
  readonly measure: string;
}

/** Letters and digits of any script, the rest as single hyphens: safe on every file system. */
const slug = (text: string): string =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60);

/** "crate-cifar10_ship_coding-rate-half-unit.svg". */
export const exportName = ({ model, picture, measure }: ExportSubject, extension: string): string =>
  `${[model, picture, measure].map(slug).filter(Boolean).join('_')}.${extension}`;

export function saveBlob(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The download has taken the Blob up by the next task; some browsers take it late, none later than a second.
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

export const saveSvg = (drawing: Standalone, subject: ExportSubject): void =>
  saveBlob(new Blob([drawing.text], { type: 'image/svg+xml' }), exportName(subject, 'svg'));

export const savePng = (png: Blob, subject: ExportSubject): void => saveBlob(png, exportName(subject, 'png'));

/** With a byte order mark, by which spreadsheets know UTF-8. */
export const saveCsv = (csv: string, subject: ExportSubject): void =>
  saveBlob(new Blob(['\uFEFF', csv], { type: 'text/csv;charset=utf-8' }), exportName(subject, 'csv'));

export const saveJson = (value: unknown, subject: ExportSubject): void =>
  saveBlob(
    new Blob([`${JSON.stringify(value, null, 2)}\n`], { type: 'application/json' }),
    exportName(subject, 'json'),
  );
