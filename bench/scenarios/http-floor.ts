// The floor under every HTTP number: a bare node:http handler on this machine, driven by the same load client.
import { createServer } from 'node:http';
import { once } from 'node:events';
import { runLoad } from '../load.ts';
import type { Scenario } from '../scenario.ts';

export const httpFloor: Scenario = {
  name: 'http-floor',
  title: 'A bare node:http handler that reads and parses a JSON body and sends one back; 32 connections.',
  async run({ isQuick, signal }) {
    const server = createServer((incoming, answer) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        JSON.parse(Buffer.concat(chunks).toString('utf8'));
        answer.setHeader('content-type', 'application/json');
        answer.end('{"result":{"product":"shop"}}');
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const address = server.address();
      if (address === null || typeof address === 'string') throw new Error('the server has no port');
      const load = await runLoad(
        {
          url: `http://127.0.0.1:${address.port}/call`,
          headers: { 'content-type': 'application/json' },
          body: '{"operation":"about","input":{}}',
        },
        { connections: 32, durationMs: isQuick ? 300 : 3000, warmUpMs: isQuick ? 100 : 1000, signal },
      );
      if (load.bad > 0) throw new Error(`${load.bad} requests failed, the first: ${load.firstBad ?? ''}`);
      return [
        { what: 'throughput', samples: [load.requestsPerSecond], unit: 'requests/s' },
        { what: 'latency', samples: load.latencies, unit: 'ms' },
      ];
    } finally {
      server.closeAllConnections();
      server.close();
    }
  },
};
