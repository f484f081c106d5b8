// Files that people take for a safetensors file, recognised by their first bytes, each with what to do about it.

import { CheckpointError } from './errors.ts';

const CONVERT =
  "PyTorch files are not read yet; convert it: python -c \"import torch, safetensors.torch as s; c = torch.load('model.pth', " +
  "map_location='cpu'); s.save_file({k: v.contiguous() for k, v in c.get('state_dict', c).items()}, 'model.safetensors')\"";

const startsWith = (bytes: Uint8Array, text: string): boolean =>
  bytes.length >= text.length && Array.from(text).every((letter, i) => bytes[i] === letter.charCodeAt(0));

/** Throws for a file that is plainly something else. @throws CheckpointError 'not-safetensors' */
export function refuseOtherFormats(bytes: Uint8Array): void {
  const sentence = sentenceFor(bytes);
  if (sentence !== null) throw new CheckpointError('not-safetensors', sentence);
}

function sentenceFor(bytes: Uint8Array): string | null {
  if (bytes.length < 16) {
    return `This is not a safetensors file: it has only ${bytes.length} bytes. Choose a .safetensors file with the weights of a CRATE.`;
  }
  if (startsWith(bytes, 'version https://git-lfs')) {
    return 'This is a Git LFS pointer, not the weights themselves. Fetch them with "git lfs pull" or download the file from its page.';
  }
  const opening = new TextDecoder().decode(bytes.subarray(0, 64)).trimStart().toLowerCase();
  if (opening.startsWith('<!doctype') || opening.startsWith('<html') || opening.startsWith('<?xml')) {
    return 'This is a web page, not weights: the download probably saved a log-in or error page. Download the file itself.';
  }
  if (startsWith(bytes, 'PK\x03\x04')) return `This is a zip archive, as PyTorch writes its .pth files. ${CONVERT}`;
  // A pickle of protocol 2 to 5 begins with 0x80 and the protocol; a length field can begin so too, but not have "{" at byte 8.
  const isPickle = bytes[0] === 0x80 && (bytes[1] ?? 0) >= 2 && (bytes[1] ?? 0) <= 5 && bytes[8] !== 0x7b;
  if (isPickle) return `This is a Python pickle, as PyTorch writes its .pth files. ${CONVERT}`;
  if (startsWith(bytes, '\x93NUMPY'))
    return 'This is a NumPy array, not weights. Save all tensors as one safetensors file.';
  if (startsWith(bytes, '\x89HDF')) return 'This is an HDF5 file. Save the weights as a safetensors file.';
  if (startsWith(bytes, 'GGUF')) return 'This is a GGUF file. CRATE weights are read from safetensors files only.';
  return null;
}
