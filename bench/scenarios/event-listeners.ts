// What open event streams cost a call: two Hubs on the same cores, one with 1,000 listeners of which half never read. Both tell
// a swap every 200 ms while they are asked in turn. The load is far from the most that a Hub can do, so that latencies are
// those of the Hub and not of a queue. At the end the Hub with the listeners is told to stop.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { withCleanup } from '../cleanup.ts';
import { startLoadClient } from '../load.ts';
import { createDatabase } from '../postgres.ts';
import type { Row, Scenario } from '../scenario.ts';
import { asCall, pointer, startServedHub } from '../served-hub.ts';
import { medianOf, summarise } from '../statistics.ts';
import { releaseText, tablesSql } from '../workload.ts';

const listeners = 1_000;
const swapEveryMs = 200;
const most = 1.1;
const mostStopMs = 10_000;

/** `isStalled`: it never takes a byte after the first. */
async function listen(port: number, isStalled: boolean): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  // A Hub that stops or drops it resets the connection.
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write('GET /api/v1/events HTTP/1.1\r\nHost: hub\r\n\r\n');
  await once(socket, 'data');
  if (isStalled) socket.pause();
  else socket.resume();
  return socket;
}

export const eventListeners: Scenario = {
  name: 'event-listeners',
  title: `Latency of /call (primary-key read, 8 connections) of a Hub with ${listeners} event streams, half of them never read, beside one with none; both swap a release every ${swapEveryMs} ms.`,
  run: (context) =>
    withCleanup(async (cleanup) => {
      const rounds = context.isQuick ? 4 : 20;
      const durationMs = context.isQuick ? 1_000 : 2_000;
      const start = async (name: string) => {
        const databaseUrl = await createDatabase(tablesSql());
        return startServedHub(context, cleanup, {
          databaseUrl,
          operations: 50,
          name,
          more: { 'releases/b.yaml': releaseText({ release: 'b', operations: 50 }) },
        });
      };
      const [listened, alone] = [await start('listened'), await start('alone')];
      const swaps = Math.ceil((rounds * 2 * (durationMs + 500)) / swapEveryMs);
      const commits = Array.from({ length: swaps }, (_, at) => {
        const release = at % 2 === 0 ? 'b' : 'a';
        return { subject: `swap to ${release}`, files: { [pointer]: `release: ${release}\n` } };
      });
      const both = await Promise.all(
        [listened, alone].map(async ({ repo }) => ({ repo, revisions: await repo.prepare(commits) })),
      );
      const sockets: Socket[] = [];
      cleanup.add(async () => sockets.forEach((socket) => socket.destroy()));
      for (let at = 0; at < listeners; at += 1) sockets.push(await listen(listened.hub.port, at % 2 === 1));
      const swapping = new AbortController();
      const swap = async (): Promise<void> => {
        for (let at = 0; at < swaps && !swapping.signal.aborted; at += 1) {
          for (const { repo, revisions } of both)
            await repo.git('update-ref', 'refs/heads/main', revisions[at] ?? '');
          await delay(swapEveryMs);
        }
      };
      const swapped = swap();
      swapped.catch(() => undefined);
      const client = startLoadClient();
      cleanup.add(() => client.stop());
      const p99 = new Map<string, number[]>([
        ['listened', []],
        ['alone', []],
      ]);
      const sides = [
        ['listened', listened.hub.port],
        ['alone', alone.hub.port],
      ] as const;
      for (let round = 0; round < rounds && !context.signal.aborted; round += 1) {
        context.say(`round ${round + 1} of ${rounds}`);
        for (const [name, port] of round % 2 === 0 ? sides : sides.toReversed()) {
          const requests = [asCall('{"operation":"customers.get","input":{"id":7}}')];
          const job = { port, requests, connections: 8, warmUpMs: 200, durationMs, pauseMs: 2 };
          const { latencies } = await client.run(job);
          p99.get(name)?.push(summarise(latencies).p99);
        }
      }
      swapping.abort();
      await swapped;
      const [withThem = [], without = []] = [p99.get('listened'), p99.get('alone')];
      const ratios = withThem.map((one, round) => one / (without[round] ?? Number.NaN));
      const stopping = performance.now();
      await listened.hub.stop();
      const stopMs = performance.now() - stopping;
      const rows: Row[] = [
        { what: `p99 with ${listeners} listeners`, samples: withThem, unit: 'ms' },
        { what: 'p99 with none', samples: without, unit: 'ms' },
        {
          what: 'p99 with listeners, of without in the same round',
          samples: ratios,
          unit: '×',
          aim: { text: `≤ ${most}×`, isMet: medianOf(ratios) <= most },
        },
        {
          what: 'from SIGTERM to the end, with all streams open',
          samples: [stopMs],
          unit: 'ms',
          aim: { text: `≤ ${mostStopMs} ms`, isMet: stopMs <= mostStopMs },
        },
      ];
      return rows;
    }),
};
