// Fetching a checkpoint from an address: progress, and the one sentence of each way it can fail.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { checkedAddress, DownloadError, download } from './download.ts';

const BYTES = 300_000;
let server: Server;
let origin: string;
beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/broken.pth') {
      response.writeHead(200, { 'content-length': BYTES });
      response.write(Buffer.alloc(1000));
      setTimeout(() => response.destroy(), 20);
    } else if (request.url === '/slow.pth') {
      response.writeHead(200, { 'content-length': BYTES });
      response.write(Buffer.alloc(1000));
    } else if (request.url === '/model.pth') {
      response.writeHead(200, { 'content-length': BYTES });
      response.end(Buffer.alloc(BYTES, 7));
    } else {
      response.writeHead(404, 'Not Found');
      response.end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
afterEach(() => vi.unstubAllGlobals());

const never = () => new AbortController().signal;
const refusalOf = (address: string, signal = never()): Promise<unknown> =>
  download(address, () => undefined, signal).then(
    () => null,
    (error: unknown) => error,
  );

describe('a download', () => {
  test('arrives whole and tells how far it has come', async () => {
    const told: [number, number][] = [];
    const blob = await download(`${origin}/model.pth`, (bytes, total) => told.push([bytes, total]), never());
    expect(blob.size).toBe(BYTES);
    expect(new Uint8Array(await blob.arrayBuffer()).every((value) => value === 7)).toBe(true);
    expect(told.at(-1)).toEqual([BYTES, BYTES]);
    expect(told.every(([bytes], i) => bytes > (told[i - 1]?.[0] ?? 0))).toBe(true);
  });

  test('stops when it is aborted, with the signal’s own reason', async () => {
    const controller = new AbortController();
    const ended = refusalOf(`${origin}/slow.pth`, controller.signal);
    setTimeout(() => controller.abort(), 50);
    expect(await ended).toMatchObject({ name: 'AbortError' });
  });

  test.each([
    ['/gone.pth', /^127\.0\.0\.1:\d+ answered 404 \(Not Found\) for this address\. Check it, or download/],
    ['/broken.pth', /^The connection to 127\.0\.0\.1:\d+ broke after 1000 bytes\. Try again\.$/],
  ])('%s: a sentence', async (path, sentence) => {
    const error = await refusalOf(origin + path);
    expect(error).toBeInstanceOf(DownloadError);
    expect((error as Error).message).toMatch(sentence);
  });

  test('nobody there', async () => {
    expect(await refusalOf('http://127.0.0.1:9/model.pth')).toMatchObject({
      name: 'DownloadError',
      message: expect.stringMatching(/^127\.0\.0\.1:9 cannot be reached: the address is wrong, or/),
    });
  });

  test('a server that is there but does not allow the page: CORS is named', async () => {
    // As a browser does: reading is refused, an answer that nobody reads comes.
    vi.stubGlobal('fetch', async (_: URL, { mode }: RequestInit) => {
      if (mode !== 'no-cors') throw new TypeError('Failed to fetch');
      return new Response();
    });
    expect(await refusalOf('https://example.org/model.pth')).toMatchObject({
      message:
        'example.org is there but does not allow other pages to read its files (CORS). Download the file and drop it here.',
    });
  });

  test('a page over https cannot fetch over http', async () => {
    vi.stubGlobal('location', new URL('https://example.com/'));
    vi.stubGlobal('fetch', async () => {
      throw new TypeError('Failed to fetch');
    });
    expect(await refusalOf('http://example.org/model.pth')).toMatchObject({
      message: expect.stringMatching(/^This page came over https, and browsers forbid it to fetch over http\./),
    });
  });
});

describe('an address', () => {
  test.each([
    ['model.pth', /^“model\.pth” is no address\. Give a whole one, from https:\/\/ on\.$/],
    ['file:///etc/passwd', /^Only http and https addresses can be fetched, not file:/],
    ['data:text/plain,x', /^Only http and https/],
    ['https://me:secret@example.org/x.pth', /^The address holds a name or a password/],
  ])('%s is refused', (address, sentence) => {
    expect(() => checkedAddress(address)).toThrow(sentence);
  });
});
