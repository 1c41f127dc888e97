// A way to a database server that a test can cut: then nothing comes through any more, and nobody is told, as when a network is
// partitioned. It keeps what clients sent.
import { connect, createServer, type Socket } from 'node:net';

export interface CutProxy {
  /** The URL of the same database on this way. */
  readonly url: string;
  /** What clients have sent, as text. */
  sent(): string;
  /** Nothing passes from now on, in either direction. */
  cut(): void;
  /** All connections end, and new ones are refused, as by a firewall that answers. */
  refuse(): void;
  /** New connections pass again; those that were cut stay dead. */
  restore(): void;
  close(): Promise<void>;
}

export async function openCutProxy(databaseUrl: string): Promise<CutProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let isCut = false;
  let isRefusing = false;
  let sent = '';
  const server = createServer((client) => {
    if (isRefusing) {
      client.destroy();
      return;
    }
    const dead = { is: isCut };
    const upstream = connect(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    }
    const passes = (): boolean => !(dead.is ||= isCut);
    client.on('data', (chunk: Buffer) => {
      sent += chunk.toString('latin1');
      if (passes()) upstream.write(chunk);
    });
    upstream.on('data', (chunk: Buffer) => void (passes() && client.write(chunk)));
    client.on('close', () => void (passes() && upstream.destroy()));
    upstream.on('close', () => void (passes() && client.destroy()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String(address.port);
  return {
    url: url.href,
    sent: () => sent,
    cut: () => (isCut = true),
    refuse() {
      isRefusing = true;
      for (const socket of sockets) socket.destroy();
    },
    restore() {
      isCut = false;
      isRefusing = false;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
