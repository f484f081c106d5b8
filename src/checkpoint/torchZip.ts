// torch.save since 1.6: a zip archive of one folder with data.pkl, the storages data/KEY, and since 2.1 the byte order. Storages are
// stored uncompressed, so that tensors are read in place.

import { CheckpointError, shown } from './errors.ts';
import { unpickle } from './pickle.ts';
import type { TensorFile } from './tensorFile.ts';
import { TORCH_RULES } from './torchObjects.ts';
import { torchTensors } from './torchTensors.ts';
import type { ZipEntry } from './zip.ts';

/** Largest data.pkl that is believed; that of a CRATE with its optimizer has 20 KB. */
const MAX_PICKLE = 2 ** 26;

type Entries = ReadonlyMap<string, ZipEntry>;

/** Folder of the pickle, "archive/" say, or null when there is none. */
export function torchFolder(entries: Entries): string | null {
  const folders = [...entries.keys()].flatMap((name) => /^(.*\/|)data\.pkl$/s.exec(name)?.[1] ?? []);
  return folders.sort((a, b) => a.length - b.length)[0] ?? null;
}

/** @throws CheckpointError */
export async function readTorchZip(entries: Entries, folder: string): Promise<TensorFile> {
  const isScript = [...entries.keys()].some(
    (name) => name === `${folder}constants.pkl` || name.startsWith(`${folder}code/`),
  );
  if (isScript) {
    throw new CheckpointError(
      'not-a-checkpoint',
      "This is a TorchScript program (torch.jit.save), code with weights inside. Save the weights alone: torch.save(torch.jit.load('model.pt').state_dict(), 'model.pth').",
    );
  }
  const isBigEndian = await readByteOrder(entries, folder);
  const root = unpickle(await whole(entries.get(`${folder}data.pkl`), MAX_PICKLE), TORCH_RULES).value;
  return torchTensors({
    container: 'pytorch-zip',
    root,
    storage: (key) => entries.get(`${folder}data/${key}`),
    isBigEndian,
  });
}

async function readByteOrder(entries: Entries, folder: string): Promise<boolean> {
  const entry = entries.get(`${folder}byteorder`);
  if (!entry) return false;
  const order = new TextDecoder().decode(await whole(entry, 100));
  if (order !== 'little' && order !== 'big') {
    throw new CheckpointError(
      'malformed',
      `The PyTorch file is damaged: its byte order is "${shown(order)}", neither little nor big. Download or save it again.`,
    );
  }
  return order === 'big';
}

async function whole(entry: ZipEntry | undefined, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  if (!entry) return new Uint8Array(0);
  if (entry.size > limit) {
    throw new CheckpointError(
      'too-large',
      `The zip archive's ${shown(entry.name)} has ${entry.size} bytes, more than that of any state dict. Save the state dict alone with torch.save.`,
    );
  }
  return entry.read(0, entry.size);
}
