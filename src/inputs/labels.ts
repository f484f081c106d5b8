// Names of classes from a file: one a line, or the JSON forms that people pass around.

import { textOf } from './svg.ts';

/** One sentence: cause and remedy. */
export class LabelsError extends Error {
  constructor(sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.name = 'LabelsError';
  }
}

const FORMS = 'Give one name a line, or JSON: a list of names, or names by class number.';

/**
 * One name a class, in class order. Lines ("tench"), a JSON list of names, or an object from number to name or to [wnid, name] as in
 * imagenet_class_index.json.
 * @throws LabelsError
 */
export function parseLabels(bytes: Uint8Array, fileName: string, classes: number): readonly string[] {
  const text = textOf(bytes);
  if (text === null) throw new LabelsError(`${fileName} is no text, so it names no classes. ${FORMS}`);
  const trimmed = text.trim();
  const labels = /^[[{]/.test(trimmed) ? fromJson(trimmed, fileName) : fromLines(trimmed);
  if (labels.length !== classes) {
    throw new LabelsError(
      `${fileName} names ${labels.length} classes, the model has ${classes}. Choose the list that it was trained with.`,
    );
  }
  return labels;
}

const fromLines = (text: string): readonly string[] =>
  text === '' ? [] : text.split(/\r\n|\r|\n/).map((line) => line.trim());

function fromJson(text: string, fileName: string): readonly string[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new LabelsError(`${fileName} is no JSON. ${FORMS}`, { cause });
  }
  const entries: readonly unknown[] = Array.isArray(value)
    ? value
    : byNumber(value as Record<string, unknown>, fileName);
  return entries.map((entry, i) => {
    const name = Array.isArray(entry) ? entry.at(-1) : entry;
    if (typeof name !== 'string') throw new LabelsError(`${fileName} has no name for class ${i}. ${FORMS}`);
    return name.replaceAll('_', ' ');
  });
}

/** Values of keys 0 … n − 1; names by number, or (as label maps also come) numbers by name. */
function byNumber(value: Record<string, unknown>, fileName: string): readonly unknown[] {
  const entries = Object.entries(value);
  const pairs = entries.every(([, number]) => typeof number === 'number')
    ? entries.map(([name, number]) => [number as number, name] as const)
    : entries.map(([number, name]) => [Number(number), name] as const);
  const out = new Array<unknown>(pairs.length);
  for (const [number, name] of pairs) {
    if (!Number.isInteger(number) || number < 0 || number >= pairs.length || out[number] !== undefined) {
      throw new LabelsError(`${fileName} does not number its classes 0 to ${pairs.length - 1}. ${FORMS}`);
    }
    out[number] = name;
  }
  return out;
}

/** Whether a dropped file is a list of names rather than a picture or weights: text, called so. */
export const looksLikeLabels = (head: Uint8Array, name: string): boolean =>
  /\.(txt|json|csv|names)$/i.test(name) && textOf(head) !== null && !/"weight_map"\s*:/.test(textOf(head) ?? '');
