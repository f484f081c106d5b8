// The engine without a page: models and pictures from files, traces to standard output.

import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { crateFromTensors } from '../checkpoint/crate.ts';
import { CheckpointError } from '../checkpoint/errors.ts';
import { readSafetensors } from '../checkpoint/safetensors.ts';
import { sha256 } from '../checkpoint/sha256.ts';
import { createCpuEngine } from '../engine/cpuEngine.ts';
import { type Engine, EngineError } from '../engine/engine.ts';
import { createGpuEngine } from '../engine/gpuEngine.ts';
import { openNodeGpu } from '../engine/nodeGpu.ts';
import { InputError } from '../inputs/errors.ts';
import { decodePicture } from '../inputs/nodeDecode.ts';
import { type HowToPreprocess, preprocess } from '../inputs/preprocess.ts';
import type { ModelCard } from '../model/card.ts';
import { traceDocument } from '../model/document.ts';
import type { TraceDocument } from '../model/trace.ts';
import { type MeasureArguments, parseMeasure, USAGE, UsageError } from './arguments.ts';
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

/** The card beside a model, or null. */
function readCard(modelPath: string): ModelCard | null {
  const path = modelPath.replace(/\.safetensors$/, '.json');
  if (path === modelPath || !existsSync(path)) return null;
  try {
    return JSON.parse(new TextDecoder().decode(readFile(path))) as ModelCard;
  } catch {
    throw new UsageError(`${path} is not a card: it is no JSON.`);
  }
}

/** One document a picture, in order. @throws UsageError, CheckpointError, InputError, EngineError */
export async function measureFiles(args: MeasureArguments): Promise<TraceDocument[]> {
  const bytes = readFile(args.model);
  const card = readCard(args.model);
  const begin = performance.now();
  const { config, weights, parameters } = crateFromTensors(readSafetensors(bytes), {
    heads: args.heads ?? card?.heads,
    eta: args.eta ?? card?.eta,
    lambda: args.lambda ?? card?.lambda,
    pool: args.pool ?? card?.pool,
  });
  const engine: Engine = args.cpu ? createCpuEngine() : createGpuEngine(await openNodeGpu());
  try {
    await engine.load(config, weights);
    const loadMs = performance.now() - begin;
    const how: HowToPreprocess = {
      fit: args.fit ?? card?.preprocessing.fit ?? 'crop',
      side: config.imageSize,
      mean: args.mean ?? card?.preprocessing.mean ?? IMAGENET.mean,
      std: args.std ?? card?.preprocessing.std ?? IMAGENET.std,
      ...(card?.preprocessing.resize === undefined ? {} : { resize: card.preprocessing.resize }),
    };
    const model = {
      name: card?.name ?? basename(args.model),
      kind: config.kind,
      config,
      parameters,
      sha256: await sha256(bytes),
    };
    const labels = card?.labels ?? Array.from({ length: config.classes }, (_, index) => `class ${index}`);
    const documents: TraceDocument[] = [];
    for (const path of args.images) {
      const name = basename(path);
      const picture = await decodePicture(readFile(path), name);
      const run = await engine.run(preprocess(picture, how).tensor, args.eps2);
      const input = { name, width: picture.width, height: picture.height, mean: how.mean, std: how.std };
      documents.push(
        traceDocument({
          model,
          labels,
          input,
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
): Promise<number> {
  try {
    const args = parseMeasure(argv);
    if (args.help) {
      print(USAGE);
      return 0;
    }
    const documents = await measureFiles(args);
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
      error instanceof EngineError ||
      error instanceof RangeError;
    if (!isKnown) throw error;
    complain(error.message);
    return error instanceof EngineError && error.code === 'webgpu-missing' ? NO_ADAPTER : 1;
  }
}
