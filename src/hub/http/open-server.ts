// Opens a node server on an address, and closes it without cutting running answers.
import type { Server } from 'node:http';
import { StkError } from '../../kernel/errors.ts';

export interface ListenAddress {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
}

/** Throws `usage` when the address cannot be listened on. `option`: the option with the address. */
export function listen(
  server: Server,
  { host, port }: ListenAddress,
  option: string,
): Promise<ListenAddress> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'another program listens there' : error.message;
      const options = { hint: `Choose another with ${option} HOST:PORT.`, cause: error };
      reject(new StkError('usage', `cannot listen on ${host}:${port}: ${why}`, options));
    });
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      const bound = server.address();
      resolve({ host, port: typeof bound === 'object' && bound !== null ? bound.port : port });
    });
  });
}

/** Resolves when the last connection is closed; after `timeout` milliseconds the rest are cut. */
export async function closeServer(server: Server, timeout: number): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  // Later idle connections are closed when their last answer is sent (shouldKeepAlive is false by then). That does not
  // cover answers that began before, so idle connections are closed regularly until all are gone.
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  const cut = setTimeout(() => server.closeAllConnections(), timeout);
  server.closeIdleConnections();
  await closed;
  clearInterval(sweep);
  clearTimeout(cut);
}
