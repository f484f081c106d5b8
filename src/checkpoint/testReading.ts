// Reads a file to its end as the page does, for tests of what hostile ones do: opened, inspected, loaded. Not in the page.

import { missingConstants } from '../model/findings.ts';
import { type Crate, inspectTensors, loadCrate } from './crate.ts';
import { CheckpointError } from './errors.ts';
import { openCheckpoint } from './open.ts';
import { bytesSource } from './source.ts';

/**
 * The model in a file, with the likeliest heads where it does not tell them. What the model does not take is read as well, and so is all of
 * a file that holds none. `each` is called after every tensor.
 * @throws CheckpointError, or whatever else went wrong
 */
export async function readWhole(bytes: Uint8Array, name: string, each: () => void = () => {}): Promise<Crate> {
  const file = await openCheckpoint(bytesSource(bytes), name);
  const readAll = async (isLeft: (tensor: string) => boolean): Promise<void> => {
    for (const [tensor, { f32 }] of file.tensors) {
      if (!isLeft(tensor)) continue;
      await f32();
      each();
    }
  };
  try {
    const asked = inspectTensors(file, bytes.length);
    const given = Object.fromEntries(
      missingConstants(asked.findings).map(({ key, options }) => [key, options[0] ?? 1]),
    );
    const inspection = asked.config ? asked : inspectTensors(file, bytes.length, given);
    const crate = await loadCrate(file, inspection, { progress: each });
    const left = new Set(crate.findings.unused);
    await readAll((tensor) => left.has(tensor));
    return crate;
  } catch (error) {
    if (error instanceof CheckpointError && error.code === 'not-crate') await readAll(() => true);
    throw error;
  }
}
