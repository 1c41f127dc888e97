// A target of notifications: a real HTTP server that keeps what it got and answers as the test says.
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface Got {
  readonly path: string;
  readonly contentType: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface NotifyTarget {
  readonly url: string;
  /** What it got, in order. */
  readonly got: Got[];
  /** Statuses of the next answers, 0: never; then 200. */
  readonly answers: number[];
  /** Resolves when it has got so many. */
  until(count: number): Promise<readonly Got[]>;
  close(): Promise<void>;
}

/** `key`, `cert`: it speaks TLS. `port`: of an earlier one that was closed. */
export async function startTarget(
  options: { readonly key?: string; readonly cert?: string; readonly port?: number } = {},
): Promise<NotifyTarget> {
  const got: Got[] = [];
  const answers: number[] = [];
  const waiting = new Set<() => void>();
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>;
      got.push({
        path: request.url ?? '',
        contentType: request.headers['content-type'] ?? '',
        body,
      });
      const status = answers.shift() ?? 200;
      if (status !== 0)
        response.writeHead(status, status < 400 && status >= 300 ? { location: '/elsewhere' } : {}).end('ok');
      for (const wake of waiting) wake();
    });
  };
  const { key, cert, port = 0 } = options;
  const isSecure = key !== undefined && cert !== undefined;
  const server: Server = isSecure ? createSecureServer({ key, cert }, listener) : createServer(listener);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const { port: opened } = server.address() as AddressInfo;
  return {
    url: `${isSecure ? 'https' : 'http'}://127.0.0.1:${opened}/hooks/T0/secret-path`,
    got,
    answers,
    async until(count) {
      while (got.length < count) {
        await new Promise<void>((resolve) => {
          const wake = (): void => {
            waiting.delete(wake);
            resolve();
          };
          waiting.add(wake);
        });
      }
      return got;
    },
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
