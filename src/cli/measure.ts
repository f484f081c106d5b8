// The engine without a page: models and pictures from files, traces to standard output.

import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { assumptionsOf, type Crate, inspectTensors, loadCrate } from '../checkpoint/crate.ts';
import { CheckpointError } from '../checkpoint/errors.ts';
import { openCheckpoint } from '../checkpoint/open.ts';
import { sha256Of } from '../checkpoint/sha256.ts';
import type { ByteSource } from '../checkpoint/source.ts';
import { createCpuEngine } from '../engine/cpuEngine.ts';
import { type Engine, EngineError } from '../engine/engine.ts';
import { createGpuEngine } from '../engine/gpuEngine.ts';
import { openNodeGpu } from '../engine/nodeGpu.ts';
import { InputError } from '../inputs/errors.ts';
import { LabelsError, parseLabels } from '../inputs/labels.ts';
import { decodePicture } from '../inputs/nodeDecode.ts';
import { type HowToPreprocess, preprocess } from '../inputs/preprocess.ts';
import type { ModelCard } from '../model/card.ts';
import { gridSide } from '../model/config.ts';
import { traceDocument } from '../model/document.ts';
import { hiddenIndices, hiddenPatches } from '../model/mask.ts';
import { interpolatePositions, resizedConfig } from '../model/positions.ts';
import type { TraceDocument } from '../model/trace.ts';
import { type MeasureArguments, parseMeasure, USAGE, UsageError } from './arguments.ts';
import { openFileSource } from './fileSource.ts';
import { traceTable } from './table.ts';

/** Exit code of a run that found no adapter, so that the caller may try again with another driver. */
export const NO_ADAPTER = 3;

const IMAGENET = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;

function readFile(path: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : '';
    throw new UsageError(code === 'ENOENT' ? `${path} does not exist.` : `${path} cannot be read (${String(code)}).`);
  }
}

/** The card beside a model (model.json beside model.pth), or null; another JSON file is none. */
function readCard(modelPath: string): ModelCard | null {
  const path = modelPath.replace(/(\.pth)?\.\w+$/, '.json');
  if (path === modelPath || !existsSync(path)) return null;
  try {
    const value = JSON.parse(new TextDecoder().decode(readFile(path))) as Partial<ModelCard>;
    if (typeof value.heads === 'number' || value.kind?.startsWith('crate')) return value as ModelCard;
    return null;
  } catch {
    throw new UsageError(`${path} is not a card: it is no JSON.`);
  }
}

interface LoadedFile {
  readonly crate: Crate;
  readonly sha256: string;
}

async function loadFile(source: ByteSource, args: MeasureArguments, card: ModelCard | null): Promise<LoadedFile> {
  const file = await openCheckpoint(source, basename(args.model));
  const inspection = inspectTensors(file, source.size, {
    heads: args.heads ?? card?.heads,
    decoderHeads: args.decoderHeads,
    eta: args.eta ?? card?.eta,
    lambda: args.lambda ?? card?.lambda,
    pool: args.pool ?? card?.pool,
  });
  return { crate: atSide(await loadCrate(file, inspection), args.side), sha256: await sha256Of(source) };
}

/** The same model at another input size, its positions interpolated. */
function atSide(crate: Crate, side: number | undefined): Crate {
  if (side === undefined || side === crate.config.imageSize) return crate;
  const { patchSize, d } = crate.config;
  if (side % patchSize !== 0)
    throw new UsageError(`--side takes a multiple of the patch side, ${patchSize} px, not ${side}.`);
  const config = resizedConfig(crate.config, side);
  const positions = interpolatePositions(crate.weights.positions, d, gridSide(crate.config), gridSide(config));
  return { ...crate, config, weights: { ...crate.weights, positions } };
}

async function labelsFor(args: MeasureArguments, card: ModelCard | null, classes: number): Promise<readonly string[]> {
  if (args.labels !== undefined) return parseLabels(readFile(args.labels), basename(args.labels), classes);
  if (card?.labels) return card.labels;
  if (classes === 1000) return (await import('../model/imagenetLabels.ts')).IMAGENET_LABELS;
  return Array.from({ length: classes }, (_, index) => `class ${index}`);
}

/**
 * One document a picture, in order; `assumed` hears what neither file, card nor option said, one sentence each.
 * @throws UsageError, CheckpointError, InputError, LabelsError, EngineError
 */
export async function measureFiles(
  args: MeasureArguments,
  assumed: (sentence: string) => void = () => undefined,
): Promise<TraceDocument[]> {
  const card = readCard(args.model);
  const begin = performance.now();
  const { source, close } = openFileSource(args.model);
  const { crate, sha256 } = await loadFile(source, args, card).finally(close);
  const { config, weights, findings } = crate;
  for (const sentence of assumptionsOf(findings)) assumed(sentence);
  if (!card?.preprocessing && !(args.mean && args.std && args.fit)) {
    assumed('Mean, standard deviation and crop are ImageNet’s where no option says otherwise.');
  }
  const labels = await labelsFor(args, card, config.classes);
  const engine: Engine = args.cpu ? createCpuEngine() : createGpuEngine(await openNodeGpu());
  try {
    await engine.load(config, weights);
    const loadMs = performance.now() - begin;
    const resize = card?.preprocessing?.resize;
    const how: HowToPreprocess = {
      fit: args.fit ?? card?.preprocessing?.fit ?? 'crop',
      side: config.imageSize,
      mean: args.mean ?? card?.preprocessing?.mean ?? IMAGENET.mean,
      std: args.std ?? card?.preprocessing?.std ?? IMAGENET.std,
      ...(resize === undefined ? {} : { resize: Math.round((resize * config.imageSize) / findings.sizes.imageSize) }),
    };
    const model = {
      name: card?.name ?? basename(args.model),
      kind: config.kind,
      config,
      parameters: findings.parameters,
      sha256,
    };
    const hidden = config.decoder ? hiddenPatches(gridSide(config) ** 2, args.hide, args.seed) : undefined;
    const documents: TraceDocument[] = [];
    for (const path of args.images) {
      const name = basename(path);
      const picture = await decodePicture(readFile(path), name);
      const run = await engine.run(preprocess(picture, how).tensor, args.eps2, hidden);
      documents.push(
        traceDocument({
          model,
          labels,
          input: {
            name,
            width: picture.width,
            height: picture.height,
            mean: how.mean,
            std: how.std,
            ...(hidden ? { hidden: hiddenIndices(hidden) } : {}),
          },
          engine: { kind: engine.kind, adapter: engine.adapter, loadMs },
          eps2: args.eps2,
          run,
        }),
      );
    }
    return documents;
  } finally {
    engine.dispose();
  }
}

/** Returns the exit code: 0, or 1 with one sentence on standard error. */
export async function main(
  argv: readonly string[],
  print: (text: string) => void,
  complain: (text: string) => void,
  note: (text: string) => void = () => undefined,
): Promise<number> {
  try {
    const args = parseMeasure(argv);
    if (args.help) {
      print(USAGE);
      return 0;
    }
    const documents = await measureFiles(args, (sentence) => note(`assumed: ${sentence}`));
    print(
      args.json
        ? documents.map((document) => JSON.stringify(document)).join('\n')
        : documents.map(traceTable).join('\n\n'),
    );
    return 0;
  } catch (error) {
    const isKnown =
      error instanceof UsageError ||
      error instanceof CheckpointError ||
      error instanceof InputError ||
      error instanceof LabelsError ||
      error instanceof EngineError ||
      error instanceof RangeError;
    if (!isKnown) throw error;
    complain(error.message);
    return error instanceof EngineError && error.code === 'webgpu-missing' ? NO_ADAPTER : 1;
  }
}
