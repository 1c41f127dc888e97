// A way to a database server that can be watched and made longer: passes on what a session says, and counts how often the
// client spoke.
import { connect, createServer, type Socket } from 'node:net';

export interface Relay {
  /** The server's, by this way. */
  readonly url: string;
  readonly sent: () => number;
  readonly close: () => Promise<void>;
}

/** `delay`: milliseconds that what the client says is on its way. */
export async function startRelay(to: string, delay = 0): Promise<Relay> {
  let sent = 0;
  const { hostname, port } = new URL(to);
  const sockets: Socket[] = [];
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    sockets.push(client, upstream);
    for (const socket of [client, upstream]) socket.on('error', () => undefined);
    client.on('data', (chunk) => {
      sent += 1;
      if (delay === 0) upstream.write(chunk);
      else setTimeout(() => upstream.write(chunk), delay);
    });
    client.on('end', () => upstream.end());
    upstream.pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it listens nowhere');
  const url = new URL(to);
  url.host = `127.0.0.1:${address.port}`;
  return {
    url: url.href,
    sent: () => sent,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
