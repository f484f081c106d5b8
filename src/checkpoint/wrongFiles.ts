// Files that are no checkpoint, or a damaged or hostile one, each with the sentence that it must give: for the readers' tests and for the
// journeys that drop them on the page. Built in code; the cut ones are pieces of the reference files. Needs Node. Not in the page.

import { readFileSync } from 'node:fs';
import { FIXTURES } from '../model/fixtures/golden.ts';
import {
  bytesOf,
  floats,
  LEGACY_MAGIC,
  little,
  npyHeader,
  npyOf,
  py,
  repeatedCrate,
  safetensorsOf,
  storageOf,
  type TensorToPickle,
  tensorOf,
  torchLegacy,
  torchZip,
  zipOf,
} from './testFiles.ts';

export interface WrongFile {
  /** File name, unique in the list. */
  readonly name: string;
  readonly what: string;
  readonly bytes: () => Uint8Array;
  /** The whole sentence, or a pattern of it. */
  readonly sentence: string | RegExp;
}

const micro = (file: string): Uint8Array => readFileSync(`${FIXTURES}/crate_micro/${file}`);

/** Ten places, the last ones within the end of the file. */
const PLACES = [0.02, 0.1, 0.25, 0.4, 0.5, 0.7, 0.9, 0.97, -20, -1] as const;

const CUT = /^The file is cut short: .* Download or copy it again\.$/;

const cuts = (name: string, what: string, whole: () => Uint8Array): readonly WrongFile[] =>
  PLACES.map((place, i) => ({
    name: name.replace('.', `-cut${i}.`),
    what: `${what}, cut ${place < 0 ? `${-place} bytes before its end` : `at ${100 * place} %`}`,
    bytes: () => {
      const file = whole();
      return file.slice(0, place < 0 ? file.length + place : Math.floor(place * file.length));
    },
    sentence: CUT,
  }));

const npz = (): Uint8Array =>
  zipOf(
    Array.from({ length: 12 }, (_, i) => ({
      name: `w${i}.npy`,
      data: npyOf(npyHeader('<f4', [16]), floats(...Array.from({ length: 16 }, (_, j) => i + j))),
      deflate: i % 2 === 1,
    })),
  );

const CHOOSE = 'Choose a PyTorch (.pth), safetensors or NumPy (.npz) file with the weights of a CRATE.';
const NO_TENSORS =
  "This PyTorch file holds no tensors, not the weights of a model. Choose the file that torch.save(model.state_dict(), 'model.pth') wrote.";
const unread = (kind: string, remedy: string): string =>
  `The tensors of this PyTorch file are ${kind}, which is not read here. ${remedy}`;
const TO_DENSE = "Save dense ones: torch.save({k: t.to_dense() for k, t in state_dict.items()}, 'model.pth').";
const REAL = 'The weights of a CRATE are real numbers in plain tensors: save those with torch.save.';
const PLAIN_PICKLE =
  "This is a Python pickle without PyTorch tensors, not the weights of a model. Save them with torch.save(model.state_dict(), 'model.pth').";
const wouldRun = (name: string): string =>
  `The file would run ${name} when loaded in Python; nothing was run here. Do not load it elsewhere, and get the weights from a source that you trust.`;
const torchDamaged = (why: string): string => `The PyTorch file is damaged: ${why}. Download or save it again.`;
const zipDamaged = (why: string): string => `The zip archive is damaged: ${why}. Download or save it again.`;
const headerDamaged = (why: string): string => `The safetensors header is damaged: ${why}. Save the file again.`;
const pickleDamaged = (why: string): RegExp =>
  new RegExp(`^The file's pickle is damaged at byte \\d+: ${why}\\. Download or save the file again\\.$`);

/** A torch.save file of one pickled value. */
const saved =
  (value: Uint8Array): (() => Uint8Array) =>
  () =>
    torchZip(py.pickle(value));

/** One tensor of four numbers, with claims of its own. */
const oneTensor =
  (claims: Partial<TensorToPickle>, data = floats(1, 2, 3, 4)): (() => Uint8Array) =>
  () =>
    torchZip(py.pickle(py.dict({ w: tensorOf({ key: '0', count: 4, shape: [4], strides: [1], ...claims }) })), {
      0: data,
    });

const repeat = (part: Uint8Array, times: number): Uint8Array => {
  const all = new Uint8Array(part.length * times);
  for (let i = 0; i < times; i++) all.set(part, i * part.length);
  return all;
};

const TOO_MANY_STEPS =
  "The file's pickle takes more than 5000000 steps, as no state dict does. Save the state dict alone with torch.save.";
const TOO_MANY_PLACES =
  'The file lists more than 200000 tensors and values, as no state dict does. Save the state dict alone with torch.save.';

const sparse = py.call('torch._utils', '_rebuild_sparse_tensor', py.none, py.tuple());

/** Keeps a value under a number and takes it off the stack; `recalled` puts it back. */
const kept = (index: number, value: Uint8Array): Uint8Array => bytesOf(value, 'r', little(index, 4), '0');
const recalled = (index: number): Uint8Array => bytesOf('j', little(index, 4));

/** So many values, put down and thrown away: two steps each. */
const idle = (values: number): Uint8Array => bytesOf('(', repeat(bytesOf('N'), values), '1');

/** A storage as pickle.dump writes it, in whose own pickle so many values are thrown away. */
const nested = (values: number): Uint8Array => {
  const file = torchLegacy(py.pickle(bytesOf(idle(values), storageOf({ key: '5', count: 1 }))), { 5: floats(8) });
  return bytesOf('B', little(file.length, 4), file);
};

const one = tensorOf({ key: '0', count: 1, shape: [1], strides: [1] });

/** Files that take little to write and would take hours or all memory to read, each by another way around the budgets. */
const exhausting: readonly WrongFile[] = [
  {
    name: 'nested-again.pkl',
    what: 'one storage of its own pickle, loaded a hundred thousand times over',
    bytes: () =>
      py.pickle(
        bytesOf(
          kept(0, nested(300_000)),
          'ctorch.storage\n_load_from_bytes\nq',
          [1],
          repeat(bytesOf('h', [1], 'h', [0], [0x85], 'R0'), 100_000),
        ),
      ),
    sentence: PLAIN_PICKLE,
  },
  {
    name: 'nested-each.pkl',
    what: 'many storages of long pickles of their own',
    bytes: () =>
      py.pickle(
        bytesOf(
          'ctorch.storage\n_load_from_bytes\nq',
          [1],
          repeat(bytesOf('h', [1], nested(100_000), [0x85], 'R0'), 30),
        ),
      ),
    sentence: TOO_MANY_STEPS,
  },
  {
    name: 'encoded-again.pkl',
    what: 'one text made bytes a thousand times over',
    bytes: () =>
      py.pickle(
        bytesOf(
          kept(0, py.text('x'.repeat(1_000_000))),
          repeat(bytesOf(py.global('_codecs', 'encode'), recalled(0), py.text('latin1'), [0x86], 'R'), 1000),
          repeat(bytesOf('a'), 999),
        ),
      ),
    sentence: pickleDamaged('it makes more bytes than the file has'),
  },
  {
    name: 'legacy-each.pth',
    what: 'a legacy file of which no pickle alone takes too long',
    bytes: () => {
      const pickle = py.pickle(bytesOf(idle(900_000), 'N'));
      return bytesOf(LEGACY_MAGIC, py.pickle(py.int(1001)), pickle, pickle, pickle);
    },
    sentence: TOO_MANY_STEPS,
  },
  {
    name: 'legacy-keys.pth',
    what: 'a legacy file that lists 100,000 storages',
    bytes: () =>
      bytesOf(torchLegacy(py.pickle(py.none)).slice(0, -6), py.list(repeat(bytesOf('K', [1]), 100_000)), '.'),
    sentence:
      'The PyTorch file lists more than 10000 storages, as no state dict does. Save the state dict alone with torch.save.',
  },
  {
    name: 'legacy-key-again.pth',
    what: 'a legacy file that lists a storage twice',
    bytes: () => {
      const pickle = py.pickle(
        py.dict({ w: tensorOf({ key: '1', count: 1, shape: [1], strides: [1], view: py.none }) }),
      );
      const storage = bytesOf(little(1, 8), floats(1));
      return bytesOf(torchLegacy(pickle).slice(0, -6), py.list(py.text('1'), py.text('1')), '.', storage, storage);
    },
    sentence: torchDamaged('it lists the storage 1 twice'),
  },
  {
    name: 'colliding-keys.pth',
    what: 'a dict of large integers that V8 puts all in one place of its hash table',
    bytes: saved(
      bytesOf(
        '}(',
        ...Array.from({ length: 60_000 }, (_, i) => bytesOf([0x8a, 13], little(7, 8), little(i, 4), [1], 'N')),
        'u',
      ),
    ),
    sentence: TOO_MANY_STEPS,
  },
  {
    name: 'memo-gap.pth',
    what: 'a value kept under the number 2³² − 1',
    bytes: saved(bytesOf('Nr', [0xff, 0xff, 0xff, 0xff])),
    sentence: TOO_MANY_STEPS,
  },
  {
    name: 'long-integers.pth',
    what: 'fifty thousand integers of a thousand bytes',
    bytes: saved(bytesOf('(', repeat(bytesOf([0x8b], little(1000, 4), new Uint8Array(1000).fill(0x55)), 50_000), 't')),
    sentence: TOO_MANY_STEPS,
  },
  {
    name: 'byte-views.pth',
    what: 'millions of empty byte strings',
    bytes: saved(bytesOf('(', repeat(bytesOf('C', [0]), 4_000_000), 't')),
    sentence: TOO_MANY_STEPS,
  },
  {
    name: 'long-names.pth',
    what: 'a class with a name of two thousand letters, called again and again',
    bytes: saved(
      bytesOf(
        kept(0, py.text('m'.repeat(1000))),
        kept(1, py.text('n'.repeat(1000))),
        '(',
        repeat(bytesOf('h', [0], 'h', [1], [0x93], ')R'), 250_000),
        't',
      ),
    ),
    sentence: TOO_MANY_STEPS,
  },
  {
    name: 'long-results.pth',
    what: 'the result of a call of the result of a call …, all of them kept',
    bytes: saved(bytesOf('(', py.call('m', 'x'.repeat(900)), repeat(bytesOf('2)R'), 300_000), 't')),
    sentence: TOO_MANY_STEPS,
  },
  {
    name: 'shared-state.pth',
    what: 'objects by the thousand that share one large dict of attributes',
    bytes: saved(
      bytesOf(
        '}(',
        ...Array.from({ length: 10_000 }, (_, i) => bytesOf('M', little(i, 2), 'N')),
        'uq',
        [0],
        'cmy.code\nThing\nq',
        [1],
        '(',
        repeat(bytesOf('h', [1], ')', [0x81], 'h', [0], 'b'), 100_000),
        't',
      ),
    ),
    sentence:
      'The file refers to more than 1000000 values, as no state dict does. Save the state dict alone with torch.save.',
  },
  {
    name: 'shared-nameless.pth',
    what: 'objects that share a tensor and thousands of entries without a name',
    bytes: () =>
      torchZip(
        py.pickle(
          bytesOf(
            '}(',
            py.text('w'),
            one,
            ...Array.from({ length: 10_000 }, (_, i) => bytesOf([0x8a, 9], little(i, 8), [1], 'N')),
            'uq',
            [0],
            'cmy.code\nThing\nq',
            [1],
            '(',
            repeat(bytesOf('h', [1], ')', [0x81], 'h', [0], 'b'), 90),
            't',
          ),
        ),
        { 0: floats(1) },
      ),
    sentence: TOO_MANY_PLACES,
  },
  {
    name: 'shared-skipped.pth',
    what: 'modules that share a long list of buffers to skip',
    bytes: () => {
      const parts = py.dict({
        _parameters: py.dict({ w: one }),
        _buffers: py.dict({}),
        _modules: py.dict({}),
        _non_persistent_buffers_set: bytesOf('](', repeat(bytesOf('K', [1]), 1_000_000), 'e'),
      });
      return torchZip(
        py.pickle(
          bytesOf(
            parts,
            'q',
            [0],
            'cmy.code\nThing\nq',
            [1],
            '(',
            repeat(bytesOf('h', [1], ')', [0x81], 'h', [0], 'b'), 1000),
            't',
          ),
        ),
        { 0: floats(1) },
      );
    },
    sentence:
      'The file refers to more than 1000000 values, as no state dict does. Save the state dict alone with torch.save.',
  },
  {
    name: 'long-path.pth',
    what: 'twenty thousand tensors, sixty dicts deep under keys of 400 letters',
    bytes: () =>
      torchZip(
        py.pickle(
          bytesOf(
            kept(0, one),
            '](',
            recalled(0),
            ...Array.from({ length: 60 }, () => bytesOf('}', py.text('k'.repeat(400)))),
            '](',
            repeat(recalled(0), 20_000),
            'e',
            repeat(bytesOf('s'), 60),
            'e',
          ),
        ),
        { 0: floats(1) },
      ),
    sentence: TOO_MANY_PLACES,
  },
  {
    name: 'long-key.pth',
    what: 'a dict whose key is a megabyte long',
    bytes: () =>
      torchZip(
        py.pickle(bytesOf(kept(0, one), py.dict({ ['k'.repeat(1_000_000)]: py.list(repeat(recalled(0), 20_000)) }))),
        { 0: floats(1) },
      ),
    sentence: NO_TENSORS,
  },
  {
    name: 'long-storage-key.pth',
    what: 'a storage whose key is a megabyte long, in twenty thousand tensors',
    bytes: saved(
      bytesOf(
        kept(0, tensorOf({ key: '0'.repeat(1_000_000), count: 1, shape: [1], strides: [1] })),
        py.list(repeat(recalled(0), 20_000)),
      ),
    ),
    sentence: pickleDamaged('a storage has no proper key and size'),
  },
  {
    name: 'many-axes.pth',
    what: 'a tensor of five thousand axes',
    bytes: oneTensor({
      shape: Array.from({ length: 5000 }, () => 1),
      strides: Array.from({ length: 5000 }, () => 1),
    }),
    sentence: pickleDamaged('a tensor has no proper offset, shape and strides'),
  },
  {
    name: 'many-entries.pth',
    what: 'a zip archive of ten thousand files',
    bytes: () =>
      zipOf([
        { name: 'model/data.pkl', data: py.pickle(py.none) },
        ...Array.from({ length: 10_000 }, (_, i) => ({ name: `model/data/${i}`, data: new Uint8Array(0) })),
      ]),
    sentence:
      'The zip archive lists more than 10000 files, as no checkpoint does. Choose a file with the weights of a CRATE.',
  },
];

const LARGE = 1_000_000_000;
const tooLarge = /^A size of [\d,]+ is too large to be a CRATE\. .{10,}\.$/;

/** Files whose shapes fit each other and their storages, and nothing else. */
const absurd: readonly WrongFile[] = [
  ...(['crate', 'crate-alpha', 'crate-mae'] as const).flatMap((kind) => [
    {
      name: `${kind}-inner.pth`,
      what: 'a CRATE whose projection has 10⁹ rows, all of one number',
      bytes: () => repeatedCrate(kind, { inner: LARGE }),
      sentence: tooLarge,
    },
    {
      name: `${kind}-width.pth`,
      what: 'a CRATE of two million columns',
      bytes: () => repeatedCrate(kind, { d: 2_000_000, inner: 2_000_000, atoms: 2_000_000 }),
      sentence: tooLarge,
    },
    {
      name: `${kind}-image.pth`,
      what: 'a CRATE for pictures of 10⁷ px a side',
      bytes: () => repeatedCrate(kind, { imageSize: 10_000_000 }),
      sentence: tooLarge,
    },
    {
      name: `${kind}-patch.pth`,
      what: 'a CRATE whose patches have 10⁷ px a side',
      bytes: () => repeatedCrate(kind, { imageSize: 10_000_000, patchSize: 10_000_000 }),
      sentence: tooLarge,
    },
    {
      name: `${kind}-layers.pth`,
      what: 'a CRATE of sixty layers, 64 MB a matrix and four bytes in the file',
      bytes: () => repeatedCrate(kind, { L: 60, d: 4000, inner: 4000, atoms: 4000 }),
      sentence:
        'The weights are more than 500 million numbers, more than memory is given for here. Choose the checkpoint of a smaller CRATE.',
    },
  ]),
  {
    name: 'positions.pth',
    what: 'a CRATE of 10⁹ positions',
    bytes: () => {
      const shape = [1, LARGE, 1];
      const w = { key: '0', count: 1 };
      return torchZip(
        py.pickle(
          py.dict({
            pos_embedding: tensorOf({ ...w, shape, strides: [0, 0, 0] }),
            'transformer.layers.0.0.fn.qkv.weight': tensorOf({ ...w, shape: [1, 1], strides: [0, 0] }),
            'to_patch_embedding.1.weight': tensorOf({ ...w, shape: [3], strides: [0] }),
            'mlp_head.1.weight': tensorOf({ ...w, shape: [1, 1], strides: [0, 0] }),
          }),
        ),
        { 0: floats(1) },
      );
    },
    sentence:
      'Tensor pos_embedding has 1000000000 positions; a square grid and one class token make 1 plus a square number.',
  },
  {
    name: 'classes.pth',
    what: 'a CRATE of 10⁹ classes',
    bytes: () => repeatedCrate('crate', { classes: LARGE }),
    sentence: tooLarge,
  },
  {
    name: 'atoms.pth',
    what: 'a CRATE-α of 10⁹ atoms',
    bytes: () => repeatedCrate('crate-alpha', { atoms: LARGE }),
    sentence: tooLarge,
  },
  {
    name: 'decoder.pth',
    what: 'a CRATE-MAE whose decoder projects to 10⁹ rows',
    bytes: () => repeatedCrate('crate-mae', { decoder: { L: 1, inner: LARGE } }),
    sentence: tooLarge,
  },
  {
    name: 'variant-name.pth',
    what: 'a CRATE with a tensor whose name is long, and of many lines',
    bytes: () => {
      const w = { key: '0', count: 1 };
      const name = `transformer.${'layer\n'.repeat(70)}`;
      const file = repeatedCrate('crate', {});
      const at = 30 + 'model/data.pkl'.length;
      const end = file.findIndex((_, i) => i > at && file[i] === 0x50 && file[i + 1] === 0x4b && file[i + 2] === 3);
      const pickle = bytesOf(
        file.slice(at, end - 1),
        py.text(name),
        tensorOf({ ...w, shape: [1], strides: [1] }),
        's.',
      );
      return torchZip(pickle, { 0: floats(1) });
    },
    sentence: /^Tensor transformer\.layer.{1,99} belongs to no released CRATE, .+\.$/,
  },
];

const hostilePickles: readonly WrongFile[] = [
  {
    name: 'os-system.pth',
    what: 'a pickle that runs a command',
    bytes: saved(py.call('posix', 'system', py.text('touch /tmp/crate-explorer-was-here'))),
    sentence: wouldRun('posix.system'),
  },
  {
    name: 'os-system-plain.pkl',
    what: 'the same without torch.save',
    bytes: () => py.pickle(py.call('os', 'system', py.text('echo'))),
    sentence: wouldRun('os.system'),
  },
  {
    name: 'os-system-legacy.pth',
    what: 'the same in a legacy file',
    bytes: () => torchLegacy(py.pickle(py.call('os', 'system', py.text('echo')))),
    sentence: wouldRun('os.system'),
  },
  {
    name: 'eval.pth',
    what: 'a pickle that evaluates code, beside weights',
    bytes: () =>
      torchZip(
        py.pickle(
          py.dict({
            w: tensorOf({ key: '0', count: 1, shape: [1], strides: [1] }),
            x: py.call('builtins', 'eval', py.text('globalThis.process.exit()')),
          }),
        ),
        { 0: floats(1) },
      ),
    sentence: wouldRun('builtins.eval'),
  },
  {
    name: 'exec-old.pth',
    what: 'the same by the opcode INST of protocol 0',
    bytes: () => torchZip(bytesOf('(S"x"\ni__builtin__\nexecfile\n.')),
    sentence: wouldRun('__builtin__.execfile'),
  },
  {
    name: 'popen.pth',
    what: 'a process started by NEWOBJ',
    bytes: saved(bytesOf(py.global('subprocess', 'Popen'), py.tuple(py.text('sh')), [0x81])),
    sentence: wouldRun('subprocess.Popen'),
  },
  {
    name: 'import.pth',
    what: 'a module imported by STACK_GLOBAL',
    bytes: saved(bytesOf(py.text('importlib'), py.text('import_module'), [0x93], py.tuple(py.text('os')), 'R')),
    sentence: wouldRun('importlib.import_module'),
  },
  {
    name: 'getattr-chain.pth',
    what: 'functions got by getattr of getattr, then called',
    bytes: saved(
      bytesOf(
        py.call(
          'builtins',
          'getattr',
          py.call('builtins', 'getattr', py.global('torch', 'nn'), py.text('os')),
          py.text('system'),
        ),
        py.tuple(py.text('echo')),
        'R',
      ),
    ),
    sentence: NO_TENSORS,
  },
  {
    name: 'setstate.pth',
    what: 'an object whose __setstate__ and __reduce__ would be called',
    bytes: saved(
      py.object(
        'torch.nn',
        'Module',
        py.dict({ __setstate__: py.text('x'), __class__: py.global('torch', 'nn'), __proto__: py.text('y') }),
      ),
    ),
    sentence: NO_TENSORS,
  },
  {
    name: 'proto-keys.pth',
    what: 'dict keys that name prototypes',
    bytes: saved(
      py.dict({ __proto__x: py.none, constructor: py.dict({ prototype: py.dict({ polluted: py.int(1) }) }) }),
    ),
    sentence: NO_TENSORS,
  },
  {
    name: 'cyclic.pth',
    what: 'a dict that holds itself',
    bytes: saved(
      bytesOf('}q', [0], '(', py.text('self'), 'h', [0], py.text('list'), ']q', [1], '(h', [1], 'h', [0], 'eu'),
    ),
    sentence: NO_TENSORS,
  },
  {
    name: 'reduce-bomb.pth',
    what: 'a large list copied by every call',
    bytes: saved(
      bytesOf(
        '](',
        repeat(bytesOf('K', [1]), 50_000),
        'eq',
        [0],
        '(',
        repeat(bytesOf(py.global('builtins', 'list'), 'h', [0], [0x85], 'R'), 1000),
        't',
      ),
    ),
    sentence:
      "The file's pickle takes more than 5000000 steps, as no state dict does. Save the state dict alone with torch.save.",
  },
  {
    name: 'memo-bomb.pth',
    what: 'lists of the same list, thirty deep: 2³⁰ tensors',
    bytes: () =>
      torchZip(
        py.pickle(
          bytesOf(
            tensorOf({ key: '0', count: 1, shape: [1], strides: [1] }),
            'q',
            [0],
            ...Array.from({ length: 30 }, (_, i) => bytesOf('](h', [i], 'h', [i], 'eq', [i + 1])),
          ),
        ),
        { 0: floats(1) },
      ),
    sentence:
      'The file lists more than 200000 tensors and values, as no state dict does. Save the state dict alone with torch.save.',
  },
  {
    name: 'memo-bomb-plain.pth',
    what: 'the same without tensors',
    bytes: saved(
      bytesOf(']q', [0], ...Array.from({ length: 40 }, (_, i) => bytesOf('](h', [i], 'h', [i], 'eq', [i + 1]))),
    ),
    sentence: NO_TENSORS,
  },
  {
    name: 'deep-nesting.pth',
    what: 'a million lists one inside the other',
    bytes: saved(bytesOf(repeat(bytesOf(']'), 1_000_000), repeat(bytesOf('a'), 999_999))),
    sentence: NO_TENSORS,
  },
  {
    name: 'deep-marks.pth',
    what: 'a million open brackets',
    bytes: saved(repeat(bytesOf('('), 1_000_000)),
    sentence: pickleDamaged('more than 1000 brackets are open'),
  },
  {
    name: 'many-dicts.pth',
    what: 'millions of dicts',
    bytes: saved(bytesOf('(', repeat(bytesOf('}'), 4_000_000), 't')),
    sentence:
      "The file's pickle takes more than 5000000 steps, as no state dict does. Save the state dict alone with torch.save.",
  },
  {
    name: 'huge-text.pth',
    what: 'a text of 4 GB that is not there',
    bytes: saved(bytesOf('X', [0xff, 0xff, 0xff, 0xff])),
    sentence: /^The file is cut short: its pickle ends in the middle, at byte \d+\. Download or copy it again\.$/,
  },
  {
    name: 'huge-integer.pth',
    what: 'an integer of a million bytes',
    bytes: saved(bytesOf([0x8b], little(1_000_000, 4), new Uint8Array(1_000_000))),
    sentence: pickleDamaged('an integer of 1000000 bytes'),
  },
  {
    name: 'giant-tensor.pth',
    what: 'a tensor of 10⁹ entries over four',
    bytes: oneTensor({ shape: [1_000_000_000] }),
    sentence: torchDamaged('tensor w (1000000000) needs 4000000000 bytes of a storage of 16'),
  },
  {
    name: 'giant-storage.pth',
    what: 'a storage of 10⁹ entries of which the file has four',
    bytes: oneTensor({ shape: [1_000_000_000], count: 1_000_000_000 }),
    sentence: torchDamaged('the numbers of tensor w take 4000000000 bytes, but the file holds 16 of them'),
  },
  {
    name: 'giant-expanded.pth',
    what: 'one number repeated 10⁹ times',
    bytes: oneTensor({ shape: [1_000_000, 1000], strides: [0, 0] }),
    sentence:
      'Tensor w is 1000000 × 1000, more than the 64 MiB that a single tensor may take here. Choose the checkpoint of a CRATE.',
  },
  {
    name: 'overflowing-shape.pth',
    what: 'a shape whose product is beyond any number',
    bytes: oneTensor({
      shape: Array.from({ length: 40 }, () => 100_000),
      strides: Array.from({ length: 40 }, () => 0),
    }),
    sentence:
      /^The PyTorch file is damaged: tensor w \(100000 × .*\) needs 4 bytes of a storage of 16\. Download or save it again\.$/,
  },
  {
    name: 'negative-stride.pth',
    what: 'a stride below 0',
    bytes: oneTensor({ strides: [-1] }),
    sentence: pickleDamaged('a tensor has no proper offset, shape and strides'),
  },
  {
    name: 'unknown-opcode.pth',
    what: 'an opcode that pickle does not have',
    bytes: saved(bytesOf([0xff])),
    sentence: pickleDamaged('opcode 0xff is unknown'),
  },
  {
    name: 'protocol-9.pth',
    what: 'a protocol that does not exist',
    bytes: () => torchZip(bytesOf([0x80, 9], 'N.')),
    sentence: pickleDamaged('protocol 9 is unknown'),
  },
  {
    name: 'empty-stack.pth',
    what: 'a pickle that ends with nothing',
    bytes: () => torchZip(bytesOf([0x80, 2], '.')),
    sentence: pickleDamaged('its stack is empty'),
  },
  {
    name: 'unkept-memo.pth',
    what: 'a value recalled that was never kept',
    bytes: saved(bytesOf('h', [7])),
    sentence: pickleDamaged('it recalls value 7, which was not kept'),
  },
  {
    name: 'outside-reference.pkl',
    what: 'a plain pickle that refers to a storage outside',
    bytes: () => py.pickle(storageOf({ key: '0', count: 1 })),
    sentence: pickleDamaged('it refers to something outside the file'),
  },
];

const torchFiles: readonly WrongFile[] = [
  ...cuts('zip.pth', 'a PyTorch file', () => micro('checkpoint_torch2_layout.pth')),
  ...cuts('legacy.pth', 'a legacy PyTorch file', () => micro('checkpoint_legacy.pth')),
  {
    name: 'single-tensor.pth',
    what: 'torch.save of one tensor',
    bytes: () => torchZip(py.pickle(tensorOf({ key: '0', count: 1, shape: [1], strides: [1] })), { 0: floats(1) }),
    sentence:
      "This PyTorch file holds a single tensor, not the weights of a model. Choose the file that torch.save(model.state_dict(), 'model.pth') wrote.",
  },
  {
    name: 'followed.pth',
    what: 'a whole file with 70,000 other bytes behind it',
    bytes: () => bytesOf(oneTensor({})(), new Uint8Array(70_000)),
    sentence: zipDamaged('other bytes follow its directory'),
  },
  {
    name: 'quantised.pth',
    what: 'the tensors of a quantised model',
    bytes: saved(
      py.dict({
        state_dict: py.dict({
          w: py.call(
            'torch._utils',
            '_rebuild_qtensor',
            storageOf({ key: '0', type: 'QInt8Storage', count: 4 }),
            py.int(0),
            py.tuple(py.int(4)),
            py.tuple(py.int(1)),
          ),
        }),
      }),
    ),
    sentence: unread('quantised', 'Save the model as it was before it was quantised.'),
  },
  {
    name: 'sparse.pth',
    what: 'a sparse tensor in a dict',
    bytes: saved(py.dict({ w: sparse })),
    sentence: unread('sparse', TO_DENSE),
  },
  {
    name: 'sparse-alone.pth',
    what: 'a sparse tensor alone',
    bytes: saved(sparse),
    sentence: unread('sparse', TO_DENSE),
  },
  {
    name: 'sparse-optimizer.pth',
    what: 'settings beside an optimizer that has sparse tensors',
    bytes: saved(py.dict({ epoch: py.int(1), optimizer: py.dict({ state: py.dict({ w: sparse }) }) })),
    sentence: NO_TENSORS,
  },
  {
    name: 'complex.pth',
    what: 'a tensor of complex numbers alone',
    bytes: oneTensor({ type: 'ComplexFloatStorage' }),
    sentence: unread('complex or otherwise special', REAL),
  },
  {
    name: 'tensor-like.pth',
    what: 'an object of a class that is called like a tensor',
    bytes: saved(py.dict({ w: py.object('torch', 'TensorBoard', py.dict({})) })),
    sentence: NO_TENSORS,
  },
  {
    name: 'no-tensors.pth',
    what: 'torch.save of settings',
    bytes: saved(py.dict({ lr: py.int(1) })),
    sentence: NO_TENSORS,
  },
  {
    name: 'plain.pkl',
    what: 'pickle.dump of a dict of text',
    bytes: () => py.pickle(py.dict({ a: py.text('b') })),
    sentence: PLAIN_PICKLE,
  },
  {
    name: 'torchscript.pt',
    what: 'torch.jit.save',
    bytes: () =>
      torchZip(py.pickle(py.none), {}, [
        { name: 'model/constants.pkl', data: py.pickle(py.none) },
        { name: 'model/code/__torch__.py', data: bytesOf('class Model') },
      ]),
    sentence:
      "This is a TorchScript program (torch.jit.save), code with weights inside. Save the weights alone: torch.save(torch.jit.load('model.pt').state_dict(), 'model.pth').",
  },
  {
    name: 'export.pt2',
    what: 'torch.export.save',
    bytes: () => zipOf([{ name: 'model/archive_format', data: bytesOf('pt2') }]),
    sentence:
      "This is a torch.export program (.pt2), code with weights inside. In Python: torch.save(model.state_dict(), 'model.pth').",
  },
  {
    name: 'byteorder.pth',
    what: 'a byte order that is none',
    bytes: () => torchZip(py.pickle(py.none), {}, [{ name: 'model/byteorder', data: bytesOf('middle') }]),
    sentence: torchDamaged('its byte order is "middle", neither little nor big'),
  },
  {
    name: 'missing-storage.pth',
    what: 'a storage that the archive lacks',
    bytes: oneTensor({ key: '8' }),
    sentence: torchDamaged('the numbers of tensor w (storage 8) are missing'),
  },
  {
    name: 'short-storage.pth',
    what: 'a storage shorter than the pickle says',
    bytes: oneTensor({}, floats(1, 2)),
    sentence: torchDamaged('the numbers of tensor w take 16 bytes, but the file holds 8 of them'),
  },
  {
    name: 'legacy-magic.pth',
    what: 'a legacy file with another magic number',
    bytes: () => {
      const file = micro('checkpoint_legacy.pth').slice();
      file[6] = 0;
      return file;
    },
    sentence: PLAIN_PICKLE,
  },
  {
    name: 'legacy-protocol.pth',
    what: 'a legacy file of another protocol',
    bytes: () => torchLegacy(py.pickle(py.none), {}, 1002),
    sentence: torchDamaged('its protocol is 1002, not 1001'),
  },
  {
    name: 'legacy-nested-protocol.pth',
    what: 'a legacy file whose protocol is a hundred thousand lists one inside the other',
    bytes: () =>
      bytesOf(
        micro('checkpoint_legacy.pth').subarray(0, 15),
        py.pickle(bytesOf(repeat(bytesOf(']'), 100_000), repeat(bytesOf('a'), 99_999))),
      ),
    sentence: torchDamaged('its protocol is no number, not 1001'),
  },
  {
    name: 'legacy-stray-storage.pth',
    what: 'a legacy file with a storage that nothing uses',
    bytes: () => torchLegacy(py.pickle(py.none), { 12345: floats(1) }),
    sentence: torchDamaged('its storage 12345 belongs to no tensor'),
  },
  {
    name: 'legacy-view.pth',
    what: 'a view that reaches beyond its storage',
    bytes: () => {
      const view = py.tuple(py.text('9'), py.int(3), py.int(2));
      return torchLegacy(py.pickle(py.dict({ w: tensorOf({ key: '1', count: 4, shape: [2], strides: [1], view }) })), {
        1: floats(1, 2, 3, 4),
      });
    },
    sentence: pickleDamaged('a view lies outside its storage'),
  },
  {
    name: 'legacy-complex.pth',
    what: 'a legacy file of complex numbers',
    bytes: () =>
      torchLegacy(
        py.pickle(
          py.dict({ w: tensorOf({ key: '1', type: 'ComplexFloatStorage', count: 1, shape: [1], strides: [1] }) }),
        ),
        {
          1: floats(1, 2),
        },
      ),
    sentence:
      'The PyTorch file holds complex or quantised numbers, which are not read. Save the weights alone, as float32.',
  },
];

const zipFiles: readonly WrongFile[] = [
  {
    name: 'bomb.pth',
    what: 'a zip bomb: an entry that claims 4 GB',
    bytes: () =>
      zipOf([{ name: 'model/data.pkl', data: new Uint8Array(1000), deflate: true, claim: { size: 4_000_000_000 } }]),
    sentence:
      /^The zip archive is damaged: model\/data\.pkl claims 4000000000 bytes, more than \d+ packed ones can give\. Download or save it again\.$/,
  },
  {
    name: 'bomb-pickle.pth',
    what: 'a pickle of 100 MB of nothing, packed to 100 KB',
    bytes: () => zipOf([{ name: 'model/data.pkl', data: new Uint8Array(100_000_000), deflate: true }]),
    sentence:
      "The zip archive's model/data.pkl has 100000000 bytes, more than that of any state dict. Save the state dict alone with torch.save.",
  },
  {
    name: 'deflate-lies.pth',
    what: 'a packed entry that unpacks to less than it claims',
    bytes: () => zipOf([{ name: 'model/data.pkl', data: new Uint8Array(1000), deflate: true, claim: { size: 2000 } }]),
    sentence:
      /^The zip archive is damaged: model\/data\.pkl (?:unpacks to 1000 bytes instead of 2000|cannot be unpacked \(.*\))\. Download or save it again\.$/,
  },
  {
    name: 'deflate-damaged.pth',
    what: 'a packed entry that is no deflate stream',
    bytes: () => {
      const file = zipOf([{ name: 'model/data.pkl', data: repeat(bytesOf('CRATE'), 200), deflate: true }]);
      file.fill(0xff, 44, 50);
      return file;
    },
    sentence:
      /^The zip archive is damaged: model\/data\.pkl (?:unpacks to \d+ bytes instead of 1000|cannot be unpacked \(.*\))\. Download or save it again\.$/,
  },
  {
    name: 'overlap.pth',
    what: 'entries that lie over each other',
    bytes: () =>
      zipOf([
        { name: 'model/data.pkl', data: py.pickle(py.none) },
        { name: 'model/data/0', data: floats(1, 2), claim: { offset: 10 } },
      ]),
    sentence: zipDamaged('model/data.pkl and model/data/0 overlap'),
  },
  {
    name: 'entry-outside.pth',
    what: 'an entry that ends behind the file',
    bytes: () => zipOf([{ name: 'model/data.pkl', data: py.pickle(py.none), claim: { size: 9000, packed: 9000 } }]),
    sentence: zipDamaged('model/data.pkl ends behind the end of the file'),
  },
  {
    name: 'entry-twice.pth',
    what: 'two entries of one name',
    bytes: () =>
      zipOf([
        { name: 'model/data.pkl', data: py.pickle(py.none) },
        { name: 'model/data.pkl', data: py.pickle(py.none) },
      ]),
    sentence: zipDamaged('it lists model/data.pkl twice'),
  },
  {
    name: 'stored-sizes.pth',
    what: 'a stored entry with two sizes',
    bytes: () => zipOf([{ name: 'model/data.pkl', data: py.pickle(py.none), claim: { size: 3 } }]),
    sentence: zipDamaged('model/data.pkl is stored as it is, yet has the sizes 4 and 3'),
  },
  {
    name: 'no-local-header.pth',
    what: 'an entry that does not begin where the directory says',
    bytes: () =>
      zipOf([
        { name: 'x', data: new Uint8Array(40) },
        { name: 'model/data.pkl', data: py.pickle(py.none), claim: { offset: 75 } },
      ]),
    sentence: zipDamaged('model/data.pkl does not begin where the directory says'),
  },
  {
    name: 'document.docx',
    what: 'a Word document',
    bytes: () =>
      zipOf([
        { name: '[Content_Types].xml', data: bytesOf('<Types/>') },
        { name: 'word/document.xml', data: bytesOf('<x/>') },
      ]),
    sentence: `This is an office document, not weights. ${CHOOSE}`,
  },
  {
    name: 'program.jar',
    what: 'a Java program',
    bytes: () => zipOf([{ name: 'META-INF/MANIFEST.MF', data: bytesOf('Manifest-Version: 1.0') }]),
    sentence: `This is a Java program (a zip archive), not weights. ${CHOOSE}`,
  },
  {
    name: 'photos.zip',
    what: 'pictures in a zip archive',
    bytes: () =>
      zipOf([
        { name: 'one.jpg', data: bytesOf('x') },
        { name: 'two.PNG', data: bytesOf('y') },
      ]),
    sentence: `This is a zip archive of pictures, not weights. ${CHOOSE}`,
  },
  {
    name: 'packed.zip',
    what: 'a checkpoint in a zip archive',
    bytes: () =>
      zipOf([
        { name: 'runs/checkpoint.pth.tar', data: bytesOf('x') },
        { name: 'runs/model_best.pth', data: bytesOf('x') },
      ]),
    sentence: 'This is a zip archive that holds runs/checkpoint.pth.tar. Unpack it and choose that file.',
  },
  {
    name: 'code.zip',
    what: 'source code in a zip archive',
    bytes: () => zipOf([{ name: 'CRATE-main/main.py', data: bytesOf('x') }]),
    sentence: `This zip archive is no checkpoint: it holds CRATE-main/main.py. ${CHOOSE}`,
  },
  {
    name: 'empty.zip',
    what: 'a zip archive of nothing',
    bytes: () => zipOf([]),
    sentence: `This is an empty zip archive. ${CHOOSE}`,
  },
  {
    name: 'model.keras',
    what: 'a Keras model',
    bytes: () =>
      zipOf([
        { name: 'metadata.json', data: bytesOf('{}') },
        { name: 'model.weights.h5', data: bytesOf('x') },
      ]),
    sentence:
      'This is a Keras model (.keras); Keras models are not read: only PyTorch, safetensors and NumPy files are. Export the weights with numpy.savez, each tensor under its PyTorch name.',
  },
  {
    name: 'saved_model.zip',
    what: 'a TensorFlow SavedModel in a zip archive',
    bytes: () => zipOf([{ name: 'm/saved_model.pb', data: bytesOf('x') }]),
    sentence:
      'This is a TensorFlow SavedModel; those are not read: only PyTorch, safetensors and NumPy files are. Export the weights with numpy.savez, each tensor under its PyTorch name.',
  },
];

const npzFiles: readonly WrongFile[] = [
  ...cuts('arrays.npz', 'a NumPy archive', npz),
  {
    name: 'single.npy',
    what: 'one NumPy array',
    bytes: () => npyOf(npyHeader('<f4', [4]), floats(1, 2, 3, 4)),
    sentence:
      "This is a single NumPy array, not the weights of a model. Save all tensors in one file: numpy.savez('model.npz', **{name: array, …}).",
  },
  {
    name: 'npy-short.npz',
    what: 'an array with fewer numbers than its shape',
    bytes: () => zipOf([{ name: 'w.npy', data: npyOf(npyHeader('<f4', [40]), floats(1)) }]),
    sentence:
      'The NumPy array w.npy is damaged: it has 4 bytes of numbers, its shape (40) needs 160. Save the file again.',
  },
  {
    name: 'npy-header.npz',
    what: 'an array without a header',
    bytes: () => zipOf([{ name: 'w.npy', data: npyOf('{}', floats(1)) }]),
    sentence: 'The NumPy array w.npy is damaged: its header lacks descr, fortran_order or shape. Save the file again.',
  },
  {
    name: 'npy-long-header.npz',
    what: 'an array whose header is longer than the entry',
    bytes: () => zipOf([{ name: 'w.npy', data: bytesOf([0x93], 'NUMPY', [2, 0], little(4_000_000_000, 4)) }]),
    sentence: 'The NumPy array w.npy is damaged: its header claims 4000000000 bytes. Save the file again.',
  },
  {
    name: 'npy-magic.npz',
    what: 'a text called .npy',
    bytes: () => zipOf([{ name: 'w.npy', data: bytesOf('not an array at all') }]),
    sentence: 'The NumPy array w.npy is damaged: it does not begin as an array does. Save the file again.',
  },
  {
    name: 'objects.npz',
    what: 'an archive of Python objects',
    bytes: () => zipOf([{ name: 'w.npy', data: npyOf(npyHeader('|O', [1]), floats(1)) }]),
    sentence:
      'This NumPy archive holds no arrays of numbers. Save the weights with numpy.savez, each tensor under its name.',
  },
];

const f32 = (shape: readonly number[], from: number, to: number) => ({ dtype: 'F32', shape, data_offsets: [from, to] });

const safetensorsFiles: readonly WrongFile[] = [
  ...cuts('micro.safetensors', 'a safetensors file', () => micro('checkpoint.safetensors')),
  {
    name: 'header-2e60.safetensors',
    what: 'a header of 2⁶⁰ bytes',
    bytes: () => bytesOf([0, 0, 0, 0, 0, 0, 0, 0x10], '{"a": 1}'),
    sentence:
      'This is not a safetensors file: its first eight bytes claim a header of 1152921504606846976 bytes. Choose a file with the weights of a CRATE.',
  },
  {
    name: 'header-bracket.safetensors',
    what: 'a header that is a list',
    bytes: () => safetensorsOf('[1, 2, 3]'),
    sentence:
      'This is not a safetensors file: its header does not begin with "{". Choose a file with the weights of a CRATE.',
  },
  {
    name: 'header-json.safetensors',
    what: 'a header that is no JSON',
    bytes: () => safetensorsOf('{"a": [1,}      ', 8),
    sentence: headerDamaged('it is not JSON'),
  },
  {
    name: 'header-utf8.safetensors',
    what: 'a header that is no UTF-8',
    bytes: () => bytesOf(little(6, 8), '{"', [0xff, 0xfe], '":'),
    sentence: headerDamaged('it is not UTF-8 text'),
  },
  {
    name: 'overlap.safetensors',
    what: 'tensors over each other',
    bytes: () => safetensorsOf({ a: f32([2], 0, 8), b: f32([1], 4, 8) }, 8),
    sentence: headerDamaged('tensors a and b overlap'),
  },
  {
    name: 'outside.safetensors',
    what: 'a tensor behind the end',
    bytes: () => safetensorsOf({ a: f32([2], 4, 12) }, 8),
    sentence: /^The file is cut short: it has \d+ bytes, but tensor a ends at byte \d+\. Download or copy it again\.$/,
  },
  {
    name: 'twice.safetensors',
    what: 'a tensor listed twice',
    bytes: () => safetensorsOf(`{"a":${JSON.stringify(f32([1], 0, 4))},"a":${JSON.stringify(f32([1], 4, 8))}}`, 8),
    sentence: headerDamaged('tensor a is listed twice'),
  },
  {
    name: 'shape.safetensors',
    what: 'a shape that needs other bytes',
    bytes: () => safetensorsOf({ a: f32([3], 0, 8) }, 8),
    sentence: headerDamaged('tensor a has 8 bytes, F32 [3] needs 12'),
  },
  {
    name: 'giant.safetensors',
    what: 'a shape of 10⁴⁰ entries',
    bytes: () => safetensorsOf({ a: f32([1e10, 1e10, 1e10, 1e10], 0, 8) }, 8),
    sentence: headerDamaged(
      'tensor a has 8 bytes, F32 [10000000000, 10000000000, 10000000000, 10000000000] needs Infinity',
    ),
  },
  {
    name: 'shape-object.safetensors',
    what: 'a shape with an object that cannot become text',
    bytes: () => safetensorsOf('{"a":{"dtype":"F32","shape":[{"toString":1}],"data_offsets":[0,4]}}', 4),
    sentence: headerDamaged('tensor a has the shape [?]'),
  },
  {
    name: 'prototype.safetensors',
    what: 'a tensor called __proto__ that is none',
    bytes: () => safetensorsOf('{"__proto__":{"polluted":1}}', 4),
    sentence: headerDamaged('tensor __proto__ lacks dtype, shape or data_offsets'),
  },
  {
    name: 'deep.safetensors',
    what: 'a million brackets in a header',
    bytes: () => safetensorsOf(`{"a":${'['.repeat(1_000_000)}`),
    sentence: headerDamaged('it is not JSON'),
  },
  {
    name: 'dtype.safetensors',
    what: 'a kind of numbers that does not exist',
    bytes: () => safetensorsOf({ a: { ...f32([1], 0, 4), dtype: 'Q4' } }, 4),
    sentence: headerDamaged('tensor a has the unknown dtype Q4'),
  },
  {
    name: 'f8.safetensors',
    what: '8-bit floats',
    bytes: () => safetensorsOf({ a: { dtype: 'F8_E4M3', shape: [4], data_offsets: [0, 4] } }, 4),
    sentence:
      'Tensor a holds 8-bit floats (F8_E4M3), which are not read. Save the model as float32, float16 or bfloat16.',
  },
];

const padded = (start: string | Uint8Array, length = 600): Uint8Array => {
  const bytes = new Uint8Array(length);
  bytes.set(typeof start === 'string' ? Uint8Array.from(start, (letter) => letter.charCodeAt(0)) : start);
  return bytes;
};

const otherFiles: readonly (readonly [name: string, what: string, bytes: () => Uint8Array, sentence: string])[] = [
  ['empty.pth', 'nothing', () => new Uint8Array(0), 'The file is empty: it has 0 bytes. Download or save it again.'],
  [
    'page.pth',
    'a web page saved as .pth',
    () => bytesOf('\n<!DOCTYPE html><html><title>Sign in</title>'),
    'This is a web page, not weights: the download probably saved a log-in or error page. Download the file itself.',
  ],
  [
    'denied.pth',
    'an XML error page of a file store',
    () => bytesOf('<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>'),
    'This is a web page, not weights: the download probably saved a log-in or error page. Download the file itself.',
  ],
  [
    'pointer.safetensors',
    'a Git LFS pointer',
    () => bytesOf('version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n'),
    'This is a Git LFS pointer, not the weights themselves. Fetch them with "git lfs pull" or download the file from its page.',
  ],
  [
    'model.onnx',
    'an ONNX model',
    () => padded('\x08\x08\x12\x07pytorch\x1a\x052.1.0:\x80\x01'),
    "This is an ONNX model, a graph of operators without the names of a checkpoint. In Python: torch.save(model.state_dict(), 'model.pth').",
  ],
  [
    'model.gguf',
    'a GGUF file',
    () => padded('GGUF\x03\0\0\0'),
    `This is a GGUF file, a quantised language model for llama.cpp. ${CHOOSE}`,
  ],
  [
    'model.h5',
    'an HDF5 file',
    () => padded('\x89HDF\r\n\x1a\n'),
    'This is an HDF5 file, as Keras saves its weights; Keras models are not read: only PyTorch, safetensors and NumPy files are. Export the weights with numpy.savez, each tensor under its PyTorch name.',
  ],
  [
    'model.safetensors.index.json',
    'the index of shards',
    () => bytesOf('{\n  "metadata": {"total_size": 1},\n  "weight_map": {"a": "model-00001-of-00002.safetensors"}\n}'),
    'This is the index of a model that is saved in several files (shards); it holds no weights, and shards are not read. Choose a checkpoint in a single file.',
  ],
  [
    'pytorch_model.bin.index.json',
    'the index of shards without spaces',
    () => bytesOf('{"weight_map":{"a":"pytorch_model-00001-of-00002.bin"}}'),
    'This is the index of a model that is saved in several files (shards); it holds no weights, and shards are not read. Choose a checkpoint in a single file.',
  ],
  [
    'config.json',
    'settings as JSON',
    () => bytesOf('{"architectures": ["CRATE"], "hidden_size": 384}'),
    `This is a JSON file, settings rather than weights. ${CHOOSE}`,
  ],
  [
    'model.tflite',
    'a TensorFlow Lite model',
    () => padded('\x1c\0\0\0TFL3'),
    'This is a TensorFlow Lite model; those are not read: only PyTorch, safetensors and NumPy files are. Export the weights with numpy.savez, each tensor under its PyTorch name.',
  ],
  [
    'saved_model.pb',
    'a TensorFlow SavedModel',
    () => padded('\x08\x01\x12\xa0\x01\n\x80\x01*\x05serve2\ntensorflow'),
    'This is a TensorFlow SavedModel; those are not read: only PyTorch, safetensors and NumPy files are. Export the weights with numpy.savez, each tensor under its PyTorch name.',
  ],
  [
    'flax_model.msgpack',
    'Flax weights',
    () => padded('\x82\xa6params\x81\xa5Dense'),
    'This is a MessagePack file, as Flax saves its weights. Export them with numpy.savez, each tensor under its PyTorch name.',
  ],
  [
    'checkpoint.tar',
    'a real tar archive',
    () => {
      const tar = padded('checkpoint/model.pth');
      tar.set(bytesOf('ustar'), 257);
      return tar;
    },
    'This is a tar archive, which only PyTorch before 0.1.10 wrote as a checkpoint. Unpack it and choose the file with the weights inside.',
  ],
  ...(
    [
      ['model.pth.gz', 'gzip', '\x1f\x8b\x08'],
      ['model.7z', '7z', '7z\xbc\xaf\x27\x1c'],
      ['model.rar', 'rar', 'Rar!\x1a\x07'],
      ['model.zst', 'zstd', '\x28\xb5\x2f\xfd'],
      ['model.xz', 'xz', '\xfd7zXZ\0'],
    ] as const
  ).map(
    ([name, what, start]) =>
      [
        name,
        what,
        () => padded(start),
        'This is a packed archive. Unpack it and choose the file with the weights inside.',
      ] as const,
  ),
  ...(
    [
      ['photo.png', 'a PNG', '\x89PNG\r\n\x1a\n'],
      ['photo.jpg', 'a JPEG', '\xff\xd8\xff\xe0'],
      ['photo.webp', 'a WebP', 'RIFF\0\0\0\0WEBPVP8 '],
      ['photo.heic', 'a HEIC', '\0\0\0\x18ftypheic'],
    ] as const
  ).map(
    ([name, what, start]) =>
      [
        name,
        what,
        () => padded(start),
        `This is a picture, not weights. ${CHOOSE} Pictures are chosen where the input is.`,
      ] as const,
  ),
  ['clip.mp4', 'a video', () => padded('\0\0\0\x18ftypisom'), `This is a video, not weights. ${CHOOSE}`],
  ['paper.pdf', 'a PDF', () => padded('%PDF-1.7'), `This is a PDF document, not weights. ${CHOOSE}`],
  [
    'train.py',
    'source code',
    () => bytesOf('import torch\nprint(torch.__version__)\n'),
    `This is a text file, not weights. ${CHOOSE}`,
  ],
  [
    'zeros.pth',
    'a download that was never filled',
    () => new Uint8Array(5000),
    'This file begins with zeros alone: the download or copy never filled it. Download it again.',
  ],
  [
    'noise.pth',
    'bytes of no known kind',
    () => Uint8Array.from({ length: 700 }, (_, i) => (i * i * 31 + 177) % 251),
    `This is no kind of checkpoint that is known here, whatever its name ends in (.pth). ${CHOOSE}`,
  ],
];

export const WRONG_FILES: readonly WrongFile[] = [
  ...hostilePickles,
  ...exhausting,
  ...absurd,
  ...torchFiles,
  ...zipFiles,
  ...npzFiles,
  ...safetensorsFiles,
  ...otherFiles.map(([name, what, bytes, sentence]) => ({ name, what, bytes, sentence })),
];
