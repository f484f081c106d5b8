// Fetches a checkpoint from an address that a person gave. Says which it was when it fails: the address, the network, the server's answer,
// or its not allowing other pages (CORS), which a browser never tells apart by itself.

/** A condition of the network: one sentence, cause and remedy. */
export class DownloadError extends Error {
  constructor(sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.name = 'DownloadError';
  }
}

/** Bytes arrived, and bytes in all (0 while unknown). */
export type Progress = (bytes: number, totalBytes: number) => void;

/** Without cookies and without telling where the page is. */
const QUIET: RequestInit = { credentials: 'omit', referrerPolicy: 'no-referrer' };

export function checkedAddress(address: string): URL {
  let url: URL;
  try {
    url = new URL(address);
  } catch (cause) {
    throw new DownloadError(`“${address}” is no address. Give a whole one, from https:// on.`, { cause });
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new DownloadError(
      `Only http and https addresses can be fetched, not ${url.protocol} Download the file and drop it here.`,
    );
  }
  if (url.username || url.password) {
    throw new DownloadError(
      'The address holds a name or a password, which a link would give away. Download the file and drop it here.',
    );
  }
  return url;
}

/** @throws DownloadError; the signal's reason when it is aborted */
export async function download(address: string, progress: Progress, signal: AbortSignal): Promise<Blob> {
  const url = checkedAddress(address);
  const response = await fetch(url, { ...QUIET, signal }).catch(async (cause: unknown) => {
    signal.throwIfAborted();
    throw await unreached(url, signal, cause);
  });
  if (!response.ok || !response.body) {
    throw new DownloadError(
      `${url.host} answered ${response.status}${response.statusText ? ` (${response.statusText})` : ''} for this address. Check it, or download the file and drop it here.`,
    );
  }
  const total = Number(response.headers.get('content-length') ?? 0);
  let arrived = 0;
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      arrived += chunk.byteLength;
      progress(arrived, Math.max(total, arrived));
      controller.enqueue(chunk);
    },
  });
  try {
    return await new Response(response.body.pipeThrough(counter, { signal })).blob();
  } catch (cause) {
    signal.throwIfAborted();
    throw new DownloadError(`The connection to ${url.host} broke after ${arrived} bytes. Try again.`, { cause });
  }
}

/** Why a request did not come through: asked once more without wanting to read the answer, a server that is there answers. */
async function unreached(url: URL, signal: AbortSignal, cause: unknown): Promise<DownloadError> {
  if (globalThis.location?.protocol === 'https:' && url.protocol === 'http:') {
    return new DownloadError(
      'This page came over https, and browsers forbid it to fetch over http. Use an https address, or download the file and drop it here.',
      { cause },
    );
  }
  // That it answers is all that is asked: the file itself is not to come a second time.
  const probe = new AbortController();
  const stop = () => probe.abort();
  signal.addEventListener('abort', stop);
  try {
    await fetch(url, { ...QUIET, mode: 'no-cors', signal: probe.signal });
    stop();
  } catch {
    signal.throwIfAborted();
    return new DownloadError(
      `${url.host} cannot be reached: the address is wrong, or the network or the server is away. Check it and try again.`,
      { cause },
    );
  }
  return new DownloadError(
    `${url.host} is there but does not allow other pages to read its files (CORS). Download the file and drop it here.`,
    { cause },
  );
}
