// Another host with checkpoints, in the test's own process: one that lets pages read its files (CORS), one that does not, one that never ends.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HostedFile {
  readonly bytes?: Uint8Array;
  readonly status?: number;
  /** The server lets other pages read it. */
  readonly isOpen?: boolean;
  /** The first half is sent, the rest never comes. */
  readonly isEndless?: boolean;
}

export interface OtherHost {
  /** Without a slash at the end. */
  readonly address: string;
  /** Paths that were asked for, in order. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

export async function startHost(files: Readonly<Record<string, HostedFile>>): Promise<OtherHost> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    asked.push(path);
    const {
      bytes = new Uint8Array(0),
      status = 200,
      isOpen = true,
      isEndless = false,
    } = files[path] ?? { status: 404 };
    response.writeHead(status, {
      'content-type': 'application/octet-stream',
      'content-length': bytes.length,
      ...(isOpen ? { 'access-control-allow-origin': '*' } : {}),
    });
    if (isEndless) response.write(bytes.subarray(0, bytes.length / 2));
    else response.end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://localhost:${port}`,
    asked,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
