// Files that people take for a checkpoint, recognised by their content, each with what it is and what to do about it.

import { CheckpointError, shown } from './errors.ts';
import { latin1 } from './latin1.ts';

const CHOOSE = 'Choose a PyTorch (.pth), safetensors or NumPy (.npz) file with the weights of a CRATE.';
const SAVE = "In Python: torch.save(model.state_dict(), 'model.pth').";

interface Format {
  readonly is: (file: Start) => boolean;
  readonly sentence: string;
}

/** The beginning of a file, as bytes and as text. */
interface Start {
  readonly bytes: Uint8Array;
  /** Latin-1, one letter a byte. */
  readonly text: string;
}

const begins =
  (...starts: readonly string[]) =>
  ({ text }: Start): boolean =>
    starts.some((start) => text.startsWith(start));

const at =
  (offset: number, ...marks: readonly string[]) =>
  ({ text }: Start): boolean =>
    marks.some((mark) => text.startsWith(mark, offset));

const isJson = ({ text }: Start): boolean => /^\s*[{[]\s*["\]}{[\d]/.test(text);

/** Field 1 (ir_version, a small number), then producer_name or opset or graph of an ONNX ModelProto. */
const isOnnx = ({ bytes, text }: Start): boolean =>
  bytes[0] === 0x08 &&
  (bytes[1] ?? 99) < 32 &&
  (bytes[2] === 0x12 || bytes[2] === 0x3a || bytes[2] === 0x42) &&
  /onnx|pytorch|tf2|keras|ai\.|:/i.test(text);

/** MessagePack's map, whose first key is a text as Flax and T5X write them. */
const isMessagePack = ({ bytes, text }: Start): boolean =>
  (bytes[0] ?? 0) >> 4 === 0x8 && ((bytes[1] ?? 0) >> 5 === 0x5 || bytes[1] === 0xd9) && /^.{1,2}[\w./-]+/s.test(text);

const PICTURE = `This is a picture, not weights. ${CHOOSE} Pictures are chosen where the input is.`;
const PACKED = `This is a packed archive. Unpack it and choose the file with the weights inside.`;
const TENSORFLOW =
  'are not read: only PyTorch, safetensors and NumPy files are. Export the weights with numpy.savez, each tensor under its PyTorch name.';

/** In order: the first that fits is named. */
const FORMATS: readonly Format[] = [
  {
    is: begins('version https://git-lfs'),
    sentence:
      'This is a Git LFS pointer, not the weights themselves. Fetch them with "git lfs pull" or download the file from its page.',
  },
  {
    is: ({ text }) => /^(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|body|\?xml|svg|!--)/i.test(text),
    sentence:
      'This is a web page, not weights: the download probably saved a log-in or error page. Download the file itself.',
  },
  {
    is: (file) => isJson(file) && /"weight_map"|"total_size"/.test(file.text),
    sentence:
      'This is the index of a model that is saved in several files (shards); it holds no weights, and shards are not read. Choose a checkpoint in a single file.',
  },
  {
    is: begins('\x93NUMPY'),
    sentence:
      "This is a single NumPy array, not the weights of a model. Save all tensors in one file: numpy.savez('model.npz', **{name: array, …}).",
  },
  {
    is: begins('\x89HDF\r\n\x1a\n'),
    sentence: `This is an HDF5 file, as Keras saves its weights; Keras models ${TENSORFLOW}`,
  },
  {
    is: begins('GGUF', 'ggml', 'ggjt', 'lmgg', 'tjgg'),
    sentence: `This is a GGUF file, a quantised language model for llama.cpp. ${CHOOSE}`,
  },
  { is: at(4, 'TFL3'), sentence: `This is a TensorFlow Lite model; those ${TENSORFLOW}` },
  { is: at(4, 'ET12', 'ET13'), sentence: `This is an ExecuTorch program, weights and code for one device. ${SAVE}` },
  { is: begins('\x89PNG', '\xff\xd8\xff', 'GIF8', 'BM', 'II*\0', 'MM\0*', '8BPS'), sentence: PICTURE },
  { is: (file) => begins('RIFF')(file) && at(8, 'WEBP')(file), sentence: PICTURE },
  { is: at(4, 'ftypavif', 'ftypheic', 'ftypmif1'), sentence: PICTURE },
  { is: at(4, 'ftyp'), sentence: `This is a video, not weights. ${CHOOSE}` },
  { is: begins('%PDF'), sentence: `This is a PDF document, not weights. ${CHOOSE}` },
  {
    is: begins('\x1f\x8b', 'BZh', '\xfd7zXZ\0', '7z\xbc\xaf', 'Rar!', '\x28\xb5\x2f\xfd', '\x04\x22\x4d\x18'),
    sentence: PACKED,
  },
  {
    is: at(257, 'ustar'),
    sentence:
      'This is a tar archive, which only PyTorch before 0.1.10 wrote as a checkpoint. Unpack it and choose the file with the weights inside.',
  },
  {
    is: begins('\x7fELF', 'MZ', '\xcf\xfa\xed\xfe', '\xca\xfe\xba\xbe'),
    sentence: `This is a program, not weights. ${CHOOSE}`,
  },
  { is: begins('SQLite format 3'), sentence: `This is a database, not weights. ${CHOOSE}` },
  { is: isOnnx, sentence: `This is an ONNX model, a graph of operators without the names of a checkpoint. ${SAVE}` },
  {
    is: ({ bytes, text }) =>
      bytes[0] === 0x08 && bytes[1] === 0x01 && bytes[2] === 0x12 && /serve|saved_model|tensorflow/i.test(text),
    sentence: `This is a TensorFlow SavedModel; those ${TENSORFLOW}`,
  },
  { is: isJson, sentence: `This is a JSON file, settings rather than weights. ${CHOOSE}` },
  {
    is: isMessagePack,
    sentence:
      'This is a MessagePack file, as Flax saves its weights. Export them with numpy.savez, each tensor under its PyTorch name.',
  },
  {
    is: ({ bytes }) => bytes.length >= 16 && bytes.every((byte) => byte === 0),
    sentence: 'This file begins with zeros alone: the download or copy never filled it. Download it again.',
  },
  {
    is: ({ text }) => /^[\t\n\r\x20-\x7e]+$/.test(text),
    sentence: `This is a text file, not weights. ${CHOOSE}`,
  },
];

/** Bytes of the beginning that are looked at. */
export const START_BYTES = 1024;

/** What a file is that begins so and is no checkpoint; null: nothing that is known. */
export function otherFormat(bytes: Uint8Array): CheckpointError | null {
  const file: Start = { bytes, text: latin1(bytes) };
  const known = FORMATS.find(({ is }) => is(file));
  return known ? new CheckpointError('not-a-checkpoint', known.sentence) : null;
}

export function unknownFormat(name: string): CheckpointError {
  const extension = /\.(\w{1,12})$/.exec(name)?.[1];
  const hint = extension === undefined ? '' : `, whatever its name ends in (.${extension})`;
  return new CheckpointError('not-a-checkpoint', `This is no kind of checkpoint that is known here${hint}. ${CHOOSE}`);
}

export const emptyFile = (): CheckpointError =>
  new CheckpointError('not-a-checkpoint', 'The file is empty: it has 0 bytes. Download or save it again.');

interface Archive {
  readonly is: (names: readonly string[]) => boolean;
  readonly sentence: (names: readonly string[]) => string;
}

const has =
  (pattern: RegExp) =>
  (names: readonly string[]): boolean =>
    names.some((name) => pattern.test(name));

const WEIGHTS = /\.(?:pth|pt|bin|safetensors|npz|ckpt|t7|pth\.tar)$/i;

const ARCHIVES: readonly Archive[] = [
  {
    is: has(/^model\.weights\.h5$/),
    sentence: () => `This is a Keras model (.keras); Keras models ${TENSORFLOW}`,
  },
  {
    is: has(/(?:^|\/)(?:archive_format|serialized_exported_program\.json|models\/model\.json)$/),
    sentence: () => `This is a torch.export program (.pt2), code with weights inside. ${SAVE}`,
  },
  { is: has(/(?:^|\/)saved_model\.pb$/), sentence: () => `This is a TensorFlow SavedModel; those ${TENSORFLOW}` },
  {
    is: has(/\.mlmodel$|Manifest\.json$/),
    sentence: () => `This is a Core ML model, a graph of operators without the names of a checkpoint. ${SAVE}`,
  },
  {
    is: has(WEIGHTS),
    sentence: (names) =>
      `This is a zip archive that holds ${shown(names.find((name) => WEIGHTS.test(name)) ?? 'weights')}. Unpack it and choose that file.`,
  },
  {
    is: has(/^\[Content_Types\]\.xml$|^mimetype$/),
    sentence: () => `This is an office document, not weights. ${CHOOSE}`,
  },
  {
    is: has(/^META-INF\/MANIFEST\.MF$|^AndroidManifest\.xml$/),
    sentence: () => `This is a Java program (a zip archive), not weights. ${CHOOSE}`,
  },
  {
    is: has(/\.(?:png|jpe?g|gif|webp|bmp|heic)$/i),
    sentence: () => `This is a zip archive of pictures, not weights. ${CHOOSE}`,
  },
  { is: (names) => names.length === 0, sentence: () => `This is an empty zip archive. ${CHOOSE}` },
];

/** What a zip archive is that is neither PyTorch's nor NumPy's. */
export function otherArchive(names: readonly string[]): CheckpointError {
  const known = ARCHIVES.find(({ is }) => is(names));
  const listed = names.slice(0, 3).map(shown);
  return new CheckpointError(
    'not-a-checkpoint',
    known?.sentence(names) ?? `This zip archive is no checkpoint: it holds ${listed.join(', ')}. ${CHOOSE}`,
  );
}
