// Files out of a paste or a drop. It must be asked within the event: browsers empty a DataTransfer afterwards.

import { InputError } from './errors.ts';

export type Transferred =
  | {
      readonly kind: 'file';
      readonly file: File;
      readonly name: string;
      /** Says so when more came than one is shown; else null. */
      readonly notice: string | null;
    }
  /** Something came that is understood but cannot be opened. */
  | { readonly kind: 'refused'; readonly error: InputError }
  /** Text and the like: not for us, the browser may do with it what it does. */
  | { readonly kind: 'nothing' };

/** The parts of DataTransfer that are read, so that tests can build one. */
export interface Transfer {
  readonly files: ArrayLike<File>;
  readonly items: ArrayLike<
    Pick<DataTransferItem, 'kind' | 'type' | 'getAsFile'> & Partial<Pick<DataTransferItem, 'webkitGetAsEntry'>>
  >;
  getData(format: string): string;
}

/** Browsers name a pasted picture so, whatever it shows. */
const NAMELESS = /^(image\.(png|jpe?g|gif|webp|bmp)|)$/i;

/** The first picture (else the first file, which may hold weights) of a paste or drop event's DataTransfer. */
export function filesFrom(transfer: Transfer | null, by: 'paste' | 'drop'): Transferred {
  if (!transfer) return { kind: 'nothing' };
  const items = Array.from(transfer.items).filter((item) => item.kind === 'file');
  const folder = items.map((item) => item.webkitGetAsEntry?.()).find((entry) => entry?.isDirectory);
  if (folder) return { kind: 'refused', error: folderError(folder.name) };

  const listed = Array.from(transfer.files);
  const files = listed.length > 0 ? listed : items.map((item) => item.getAsFile()).filter((file) => file !== null);
  const file = files.find((each) => each.type.startsWith('image/')) ?? files[0];
  if (file) {
    const name = by === 'paste' && NAMELESS.test(file.name) ? 'Pasted picture' : file.name || 'Dropped file';
    const notice = files.length > 1 ? `${files.length} files came at once: ${name} is opened.` : null;
    return { kind: 'file', file, name, notice };
  }
  // Copied text with a picture somewhere in it is text.
  return by === 'paste' && transfer.getData('text/plain') !== '' ? { kind: 'nothing' } : fromPage(transfer);
}

const folderError = (name: string): InputError =>
  new InputError('folder', `${name} is a folder. Open one picture from it.`);

/** A picture dragged or copied out of another page comes as markup or as an address. */
function fromPage(transfer: Transfer): Transferred {
  const inMarkup = /<img\b[^>]*?\ssrc\s*=\s*(?:"([^"]*)"|'([^']*)')/i.exec(transfer.getData('text/html'));
  const address = inMarkup?.[1] ?? inMarkup?.[2] ?? firstAddress(transfer.getData('text/uri-list'));
  if (address === null) return { kind: 'nothing' };
  return { kind: 'refused', error: linkError(address) };
}

/** text/uri-list: one address a line, lines with # are comments. */
const firstAddress = (list: string): string | null =>
  list.split(/\r?\n/).find((line) => line !== '' && !line.startsWith('#')) ?? null;

function linkError(address: string): InputError {
  const host = /^https?:\/\/([^/?#]+)/i.exec(address)?.[1];
  const where = host ? `a link to ${host}` : 'a link';
  return new InputError(
    'link-not-fetched',
    `That is ${where}, not a file, and this page fetches nothing from other sites. Save the picture, then open the file.`,
  );
}
