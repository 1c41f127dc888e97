// The wait after a commit, against a Hub that takes the question and never answers it.
import { expect, it } from '@jest/globals';
import { createServer } from 'node:http';
import { createHubClient } from '../../src/cli/hub/hub-client.ts';
import { waitUntilServed } from '../../src/cli/hub/wait-until-served.ts';
import { realClock } from '../support/clock.ts';

it('ends with its own time limit, not with that of a question to the Hub', async () => {
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const url = `http://127.0.0.1:${port ?? 0}`;
  const interrupted = new AbortController().signal;
  const hub = createHubClient({
    address: { url, token: undefined, namedBy: '--hub' },
    clock: realClock,
    signal: interrupted,
  });
  try {
    const served = await waitUntilServed(
      {
        hub,
        project: 'shop',
        openRepo: () => Promise.reject(new Error('nothing to look up')),
        services: { clock: realClock, interrupted },
      },
      { environment: 'prod', release: 'v1', revision: 'a'.repeat(40), pushed: true, timeoutMs: 100 },
    );
    expect(served).toEqual({ kind: 'late', message: `the Hub at ${url} does not answer` });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});
