// The lines of the export menu: the whole trace, its measures as a table, and the curves as drawn.

import { useState } from 'react';
import { traceDocument } from '../../../store/exports.ts';
import { selectReports } from '../../../store/selectors.ts';
import { sentenceOf } from '../../../store/sentence.ts';
import { useApp, useAppStore } from '../../appContext.tsx';
import { exportCsv } from '../../charts/exportCsv.ts';
import type { MenuEntry } from '../../controls/menuEntry.ts';
import { saveCsv, saveJson, savePng, saveSvg } from '../../export.ts';
import { withTheRest } from '../../later.tsx';
import { curvesOnScreen, useHasCurves } from '../curvesOnScreen.ts';
import { measuresTable } from './measuresTable.ts';

const pngExport = withTheRest(() => import('../../charts/exportPng.ts'));

interface ExportEntries {
  readonly entries: readonly MenuEntry[];
  /** Why the last one was not saved; null when it was. */
  readonly failure: string | null;
}

export function useExportEntries(): ExportEntries {
  const store = useAppStore();
  const hasReports = useApp((state) => selectReports(state) !== null);
  const hasCurves = useHasCurves();
  const [failure, setFailure] = useState<string | null>(null);

  const entry = (id: string, label: string, note: string, save: () => Promise<void> | void): MenuEntry => ({
    id: `export-${id}`,
    label,
    note,
    disabled: !hasReports,
    onSelect: () => {
      setFailure(null);
      Promise.resolve()
        .then(save)
        .catch((cause: unknown) => setFailure(`${label} was not saved. ${sentenceOf(cause)}`));
    },
  });
  const reportsNow = () => {
    const reports = selectReports(store.getState());
    if (!reports) throw new Error('nothing has run yet');
    return reports;
  };

  const curves = [
    entry('svg', 'Curves', 'SVG', async () => {
      const { draw, subject } = curvesOnScreen();
      saveSvg(await draw(), subject);
    }),
    entry('png', 'Curves', 'PNG', async () => {
      const { draw, subject } = curvesOnScreen();
      const { exportPng } = await pngExport();
      savePng(await exportPng(await draw()), subject);
    }),
  ];
  const entries = [
    entry('json', 'Trace', 'JSON', () => {
      const { modelId, pictureName } = reportsNow();
      saveJson(traceDocument(store.getState()), { model: modelId, picture: pictureName, measure: 'trace' });
    }),
    entry('csv', 'Measures', 'CSV', () => {
      const { modelId, pictureName, layers } = reportsNow();
      saveCsv(exportCsv(measuresTable(layers)), { model: modelId, picture: pictureName, measure: 'measures' });
    }),
    ...(hasCurves ? curves : []),
  ];
  return { entries, failure };
}
