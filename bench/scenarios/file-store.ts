// What it costs to look at the files of an environment, and what it costs those who call meanwhile. Each check is of a document
// that is new, since what fits is remembered for a minute. The load waits 2 ms after an answer. Steady turns and turns beside a
// look alternate, so that what the machine does to one of them it mostly does to its neighbour.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withCleanup } from '../cleanup.ts';
import { startLoadClient, type LoadResult } from '../load.ts';
import { createDatabase } from '../postgres.ts';
import { encodeRequest, RawConnection } from '../raw-connection.ts';
import type { Scenario } from '../scenario.ts';
import { asCall, environment, startServedHub } from '../served-hub.ts';
import { medianOf, summarise } from '../statistics.ts';
import { projectText, releaseText, tablesSql } from '../workload.ts';

const inAFolder = 1000;
const connections = 8;
const durationMs = 2000;
/** Milliseconds that a look may take: half of what the Hub gives it. */
const most = 30_000;

export const fileStore: Scenario = {
  name: 'file-store',
  title: `A release checked with the 100,000 JSON files of its environment, and the latency of /call (primary-key read, ${connections} connections) meanwhile. A quick run has 5,000 files.`,
  run: (context) =>
    withCleanup(async (cleanup) => {
      const root = join(context.directory, 'store');
      const folders = context.isQuick ? 5 : 100;
      for (let folder = 0; folder < folders; folder += 1) {
        await mkdir(join(root, 'agents', String(folder)), { recursive: true });
        for (let file = 0; file < inAFolder; file += 1)
          await writeFile(join(root, 'agents', String(folder), `${file}.json`), documentOf(file));
      }
      const databaseUrl = await createDatabase(tablesSql());
      const project = projectText([environment]).replace(
        'urlFrom: DATABASE_URL }',
        `urlFrom: DATABASE_URL }, files: { root: ${JSON.stringify(root)} }`,
      );
      if (!project.includes('files:')) throw new Error(`no place for files in\n${project}`);
      const { hub } = await startServedHub(context, cleanup, {
        databaseUrl,
        operations: 10,
        more: { 'stk.yaml': project },
      });
      const client = startLoadClient();
      cleanup.add(() => client.stop());
      const load = (): Promise<LoadResult> =>
        client.run({
          port: hub.port,
          requests: [asCall('{"operation":"customers.get","input":{"id":7}}')],
          connections,
          warmUpMs: 300,
          durationMs,
          pauseMs: 2,
        });
      const looks: number[] = [];
      const look = async (): Promise<void> => {
        const document = `${releaseText({ release: `files-${looks.length}`, operations: 10 })}${needText}`;
        const control = new RawConnection(hub.port);
        cleanup.add(() => control.close());
        const startedAt = performance.now();
        const { status, body } = await control.send(
          encodeRequest(hub.port, {
            path: `/api/v1/projects/shop/environments/${environment}/check`,
            body: JSON.stringify({ document }),
          }),
        );
        control.close();
        if (status !== 200) throw new Error(`the check answered ${status} ${body.slice(0, 300)}`);
        looks.push(performance.now() - startedAt);
      };
      const steady: number[] = [];
      const beside: number[] = [];
      const ratios: number[] = [];
      await load();
      await look();
      for (let round = 0; round < (context.isQuick ? 1 : 5) && !context.signal.aborted; round += 1) {
        const { latencies } = await load();
        const loaded = new AbortController();
        const looking = lookUntil(loaded.signal, look);
        // Awaited below; what fails first must not leave it unobserved.
        looking.catch(() => undefined);
        const during = await load();
        loaded.abort();
        await looking;
        for (const latency of latencies) steady.push(latency);
        for (const latency of during.latencies) beside.push(latency);
        ratios.push(summarise(during.latencies).p99 / summarise(latencies).p99);
      }
      return [
        {
          what: `a check with ${folders * inAFolder} files`,
          samples: looks,
          unit: 'ms',
          aim: { text: `median ≤ ${most / 1000} s`, isMet: medianOf(looks) <= most },
        },
        { what: '/call, steady', samples: steady, unit: 'ms' },
        { what: '/call while files are looked at', samples: beside, unit: 'ms', against: '/call, steady' },
        {
          what: 'p99 while files are looked at, of the steady p99 of the same round',
          samples: ratios,
          unit: '×',
          aim: { text: 'median ≤ 2×', isMet: medianOf(ratios) <= 2 },
        },
      ];
    }),
};

async function lookUntil(ended: AbortSignal, look: () => Promise<void>): Promise<void> {
  while (!ended.aborted) await look();
}

function documentOf(number: number): string {
  return JSON.stringify({ name: `agent ${number}`, tools: ['search', 'mail'], limits: { calls: number } });
}

const needText = `files:
  - glob: agents/*/*.json
    required: true
    schema:
      type: object
      required: [name]
      additionalProperties: false
      properties:
        name: { type: string }
        tools: { type: array, items: { type: string } }
        limits: { type: object, properties: { calls: { type: integer } }, additionalProperties: false }
`;
