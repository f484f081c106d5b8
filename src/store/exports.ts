// The trace of what is on screen as the exported document; the command line prints the same.

import { traceDocument as documentOf } from '../model/document.ts';
import { hiddenIndices } from '../model/mask.ts';
import type { TraceDocument } from '../model/trace.ts';
import { selectModel, selectPicture, selectReports } from './selectors.ts';
import type { AppState } from './state.ts';

/** @throws Error when nothing has run yet */
export function traceDocument(state: AppState): TraceDocument {
  const [reports, model, picture] = [selectReports(state), selectModel(state), selectPicture(state)];
  if (!reports || !model || !picture) throw new Error('Nothing has run yet.');
  return documentOf({
    model: {
      name: model.id,
      kind: model.config.kind,
      config: model.config,
      parameters: model.parameters,
      sha256: model.sha256,
    },
    labels: model.labels,
    input: {
      name: reports.pictureName,
      width: picture.width,
      height: picture.height,
      mean: model.mean,
      std: model.std,
      ...(reports.reconstruction ? { hidden: hiddenIndices(reports.reconstruction.hidden) } : {}),
    },
    engine: { kind: reports.engine.kind, adapter: reports.engine.adapter, loadMs: reports.loadMs },
    eps2: reports.eps2,
    run: { logits: Float32Array.from(reports.logits), layers: reports.layers, ms: reports.ms },
  });
}
