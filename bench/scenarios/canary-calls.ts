// What a running canary costs a call: two Hubs on the same cores, one with a canary of 10 %, asked in turn with the same
// requests, each with a caller's key.
import { setTimeout as delay } from 'node:timers/promises';
import { withCleanup } from '../cleanup.ts';
import { createDatabase } from '../postgres.ts';
import { encodeRequest, RawConnection, readHeader } from '../raw-connection.ts';
import type { RawRequest } from '../raw-connection.ts';
import type { Row, Scenario } from '../scenario.ts';
import { asCall, environment, startServedHub } from '../served-hub.ts';
import { medianOf } from '../statistics.ts';
import { projectText, releaseText, rowCount, tablesSql } from '../workload.ts';
import { alternate, connections } from './calls.ts';

const operations = 50;
const least = 0.97;
const callers = 1000;
/** Until the canary gets calls. */
const patienceMs = 60_000;

function withCaller(body: string, caller: number): RawRequest {
  const request = asCall(body);
  return { ...request, headers: { ...request.headers, 'X-Caller': `user-${caller}` } };
}

const loads: ReadonlyMap<string, readonly RawRequest[]> = new Map([
  [
    'a constant',
    Array.from({ length: callers }, (_, i) => withCaller('{"operation":"constant","input":{}}', i)),
  ],
  [
    'a primary-key read',
    Array.from({ length: rowCount }, (_, i) =>
      withCaller(`{"operation":"customers.get","input":{"id":${i + 1}}}`, i),
    ),
  ],
]);

/** The canary gets calls by itself once its pointer has moved. */
async function waitForCanary(port: number, release: string, signal: AbortSignal): Promise<void> {
  const connection = new RawConnection(port);
  const [request] = loads.get('a constant') ?? [];
  if (request === undefined) throw new Error('there is no request');
  const pinned = encodeRequest(port, { ...request, headers: { ...request.headers, 'Stk-Arm': 'canary' } });
  const deadline = performance.now() + patienceMs;
  try {
    while (readHeader((await connection.send(pinned)).head, 'stk-release') !== release) {
      if (performance.now() > deadline) throw new Error(`${release} got no call in ${patienceMs} ms`);
      await delay(50, undefined, { signal });
    }
  } finally {
    connection.close();
  }
}

export const canaryCalls: Scenario = {
  name: 'canary-calls',
  title: `/call with a canary of 10 % running beside /call without one, PostgreSQL 18, ${connections} connections, ${callers} callers.`,
  run: (context) =>
    withCleanup(async (cleanup) => {
      const start = async (name: string, more: Readonly<Record<string, string>>) => {
        const databaseUrl = await createDatabase(tablesSql());
        return startServedHub(context, cleanup, { databaseUrl, operations, name, more });
      };
      const without = await start('without', {});
      const canary = `  canary: { of: ${environment}, weight: 10, sticky: { header: X-Caller } }\n`;
      const running = await start('canary', {
        'stk.yaml': `${projectText([environment])}${canary}`,
        'environments/canary.yaml': 'release: a\n',
      });
      const commits = await running.repo.prepare([
        {
          subject: 'canary: b',
          files: {
            'releases/b.yaml': releaseText({ release: 'b', operations }),
            'environments/canary.yaml': 'release: b\n',
          },
        },
      ]);
      await running.repo.git('update-ref', 'refs/heads/main', commits.at(-1) ?? '');
      await waitForCanary(running.hub.port, 'b', context.signal);
      const rows: Row[] = [];
      for (const [what, requests] of loads) {
        context.say(what);
        const sides = new Map([
          ['with', running.hub.port],
          ['without', without.hub.port],
        ]);
        const measured = await alternate(context, sides, requests);
        const throughput = (side: string) => measured.get(side)?.throughput ?? [];
        const ratios = throughput('with').map((one, round) => one / (throughput('without')[round] ?? NaN));
        rows.push(
          { what: `${what}: with a canary`, samples: throughput('with'), unit: 'requests/s' },
          { what: `${what}: without`, samples: throughput('without'), unit: 'requests/s' },
          {
            what: `${what}: with, of without in the same round`,
            samples: ratios,
            unit: '×',
            aim: { text: `≥ ${least}×`, isMet: medianOf(ratios) >= least },
          },
        );
      }
      return rows;
    }),
};
