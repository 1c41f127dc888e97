// Throughput of /call beside hand-written servers: a primary-key read on PostgreSQL, and a constant. Every server and
// the load client are processes of their own on the same cores. The sides take short turns, so that whatever else the
// machine does meets all of them alike, and the ratio is taken within each round.
import { builtFile, numberOf, startChild } from '../child.ts';
import { withCleanup, type Cleanup } from '../cleanup.ts';
import { startLoadClient } from '../load.ts';
import { createDatabase } from '../postgres.ts';
import type { RawRequest } from '../raw-connection.ts';
import type { Row, Scenario, ScenarioContext } from '../scenario.ts';
import { asCall, startServedHub } from '../served-hub.ts';
import { medianOf } from '../statistics.ts';
import { primaryKeyRead, rowCount, tablesSql } from '../workload.ts';

export const connections = 32;

export interface Measured {
  readonly throughput: number[];
  readonly latencies: number[];
}

async function startServer(file: string, args: readonly string[], cleanup: Cleanup): Promise<number> {
  const child = startChild(builtFile(`../servers/${file}`, import.meta.url), { args });
  cleanup.add(() => child.stop());
  return numberOf(await child.next(), 'port');
}

/** Rounds over all ports in turn; the first turn of each only warms it up. */
export async function alternate(
  { isQuick, signal, say }: ScenarioContext,
  sides: ReadonlyMap<string, number>,
  requests: readonly RawRequest[],
): Promise<ReadonlyMap<string, Measured>> {
  const measured = new Map<string, Measured>();
  for (const name of sides.keys()) measured.set(name, { throughput: [], latencies: [] });
  const client = startLoadClient();
  const rounds = isQuick ? 4 : 28;
  try {
    for (let round = 0; round <= rounds && !signal.aborted; round += 1) {
      say(round === 0 ? 'warming up' : `round ${round} of ${rounds}`);
      // Who comes first changes from round to round.
      const turns = round % 2 === 0 ? [...sides] : [...sides].toReversed();
      for (const [name, port] of turns) {
        const load = await client.run({
          port,
          requests,
          connections,
          warmUpMs: 100,
          durationMs: isQuick ? 250 : 500,
          pauseMs: 0,
        });
        if (round === 0) continue;
        const one = measured.get(name);
        one?.throughput.push(load.requestsPerSecond);
        for (const latency of load.latencies) one?.latencies.push(latency);
      }
    }
  } finally {
    await client.stop();
  }
  return measured;
}

function present(
  measured: ReadonlyMap<string, Measured>,
  aims: readonly { readonly against: string; readonly least?: number }[],
): Row[] {
  const rows: Row[] = [];
  const stk = measured.get('stk')?.throughput ?? [];
  for (const [name, { throughput }] of measured)
    rows.push({ what: name, samples: throughput, unit: 'requests/s' });
  for (const { against, least } of aims) {
    const other = measured.get(against)?.throughput ?? [];
    const ratios = stk.map((throughput, round) => throughput / (other[round] ?? Number.NaN));
    rows.push({
      what: `stk, of ${against} in the same round`,
      samples: ratios,
      unit: '×',
      ...(least === undefined ? {} : { aim: { text: `≥ ${least}×`, isMet: medianOf(ratios) >= least } }),
    });
  }
  for (const [name, { latencies }] of measured)
    rows.push({ what: `${name}: latency`, samples: latencies, unit: 'ms' });
  return rows;
}

export const primaryKeyCalls: Scenario = {
  name: 'call-read',
  title: `/call of a primary-key read, PostgreSQL 18, ${connections} connections, ten database sessions on every side, beside the same (prepared) query by hand.`,
  run: (context) =>
    withCleanup(async (cleanup) => {
      const databaseUrl = await createDatabase(tablesSql());
      const { hub } = await startServedHub(context, cleanup, { databaseUrl, operations: 50 });
      const byHand = 'node:http + pg by hand';
      const byFastify = 'Fastify + pg by hand';
      const byExpress = 'Express + pg by hand';
      const args = [databaseUrl, primaryKeyRead.pg];
      const sides = new Map([
        ['stk', hub.port],
        [byHand, await startServer('node-http-pg.js', args, cleanup)],
        [byFastify, await startServer('fastify-pg.js', args, cleanup)],
        [byExpress, await startServer('express-pg.js', args, cleanup)],
      ]);
      const requests = Array.from({ length: rowCount }, (_, index) =>
        asCall(`{"operation":"customers.get","input":{"id":${index + 1}}}`),
      );
      const measured = await alternate(context, sides, requests);
      return present(measured, [
        { against: byHand, least: 0.85 },
        // Nothing is aimed at: beside what one would write instead of a release.
        { against: byFastify },
        { against: byExpress, least: 1.5 },
      ]);
    }),
};

export const constantCalls: Scenario = {
  name: 'call-constant',
  title: `/call of a constant operation, ${connections} connections, beside a bare node:http handler that parses the body and sends the same JSON.`,
  run: (context) =>
    withCleanup(async (cleanup) => {
      const databaseUrl = await createDatabase(tablesSql());
      const { hub } = await startServedHub(context, cleanup, { databaseUrl, operations: 50 });
      const bare = 'bare node:http';
      const sides = new Map([
        ['stk', hub.port],
        [bare, await startServer('node-http-constant.js', ['{"result":{"product":"shop"}}'], cleanup)],
      ]);
      const measured = await alternate(context, sides, [asCall('{"operation":"constant","input":{}}')]);
      return present(measured, [{ against: bare, least: 0.75 }]);
    }),
};
