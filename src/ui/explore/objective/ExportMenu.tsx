// Saves the charts as shown: the drawing as SVG or PNG, its numbers as CSV or JSON.

import { useState } from 'react';
import { sentenceOf } from '../../../store/sentence.ts';
import { exportCsv, type Table } from '../../charts/exportCsv.ts';
import type { Figure } from '../../charts/exportSvg.ts';
import { IconButton } from '../../controls/Button.tsx';
import { Menu } from '../../controls/Menu.tsx';
import { type ExportSubject, saveCsv, saveJson, savePng, saveSvg } from '../../export.ts';
import { withTheRest } from '../../later.tsx';

const svgExport = withTheRest(() => import('../../charts/exportSvg.ts'));
const pngExport = withTheRest(() => import('../../charts/exportPng.ts'));

interface ExportMenuProps {
  readonly subject: ExportSubject;
  /** The charts on screen, row by row; read when a drawing is asked for. */
  readonly figures: () => readonly (readonly Figure[])[];
  readonly caption: readonly string[];
  readonly table: () => Table;
  readonly document: () => unknown;
  readonly disabled: boolean;
  /** What a row of the CSV and the JSON hold. */
  readonly notes?: { readonly csv: string; readonly json: string };
  /** False where there is nothing drawn, and JSON has it all. */
  readonly hasCharts?: boolean;
}

const NOTES = { csv: 'one row a layer', json: 'with model and measure' };

export function ExportMenu({
  subject,
  figures,
  caption,
  table,
  document,
  disabled,
  notes = NOTES,
  hasCharts = true,
}: ExportMenuProps) {
  const [sentence, setSentence] = useState<string | null>(null);
  const save = (what: string, work: () => Promise<void> | void) => () => {
    setSentence(null);
    Promise.resolve()
      .then(work)
      .catch((cause: unknown) => setSentence(`${what} was not saved. ${sentenceOf(cause)}`));
  };
  const draw = async () => (await svgExport()).exportSvg(figures(), caption);
  return (
    <>
      <Menu
        trigger={<IconButton icon="save" label="Save these charts" size="small" disabled={disabled} />}
        entries={[
          {
            id: 'svg',
            disabled: !hasCharts,
            label: 'SVG',
            note: 'drawing, fonts inside',
            onSelect: save('SVG', async () => saveSvg(await draw(), subject)),
          },
          {
            id: 'png',
            disabled: !hasCharts,
            label: 'PNG',
            note: 'drawing, twice the size',
            onSelect: save('PNG', async () => savePng(await (await pngExport()).exportPng(await draw()), subject)),
          },
          { kind: 'separator', id: 'numbers' },
          {
            id: 'csv',
            disabled: !hasCharts,
            label: 'CSV',
            note: notes.csv,
            onSelect: save('CSV', () => saveCsv(exportCsv(table()), subject)),
          },
          {
            id: 'json',
            label: 'JSON',
            note: notes.json,
            onSelect: save('JSON', () => saveJson(document(), subject)),
          },
        ]}
      />
      {sentence ? (
        <p className="objective-error" role="alert">
          {sentence}
        </p>
      ) : null}
    </>
  );
}
