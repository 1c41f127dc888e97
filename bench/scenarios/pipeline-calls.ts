// What a configured pipeline costs a call: two Hubs on the same cores, one whose environment has six gates and their records,
// asked in turn with the same requests.
import { withCleanup } from '../cleanup.ts';
import type { RawRequest } from '../raw-connection.ts';
import { evidenceOf, recordsBranch, sixGates, withGates } from '../pipeline.ts';
import { createDatabase } from '../postgres.ts';
import type { Row, Scenario } from '../scenario.ts';
import { asCall, environment, startServedHub } from '../served-hub.ts';
import { medianOf } from '../statistics.ts';
import { projectText, releaseText, rowCount, tablesSql } from '../workload.ts';
import { alternate, connections } from './calls.ts';

const operations = 50;
const least = 0.98;

const loads: ReadonlyMap<string, readonly RawRequest[]> = new Map([
  ['a constant', [asCall('{"operation":"constant","input":{}}')]],
  [
    'a primary-key read',
    Array.from({ length: rowCount }, (_, i) =>
      asCall(`{"operation":"customers.get","input":{"id":${i + 1}}}`),
    ),
  ],
]);

export const pipelineCalls: Scenario = {
  name: 'pipeline-calls',
  title: `/call of an environment with six gates beside /call of one without any, PostgreSQL 18, ${connections} connections.`,
  run: (context) =>
    withCleanup(async (cleanup) => {
      const databaseUrl = await createDatabase(tablesSql());
      const shared = { databaseUrl, operations };
      const without = await startServedHub(context, cleanup, { ...shared, name: 'without' });
      const evidence = evidenceOf('a', releaseText({ release: 'a', operations }), environment);
      const gated = await startServedHub(context, cleanup, {
        ...shared,
        name: 'gates',
        more: { 'stk.yaml': withGates(projectText([environment]), sixGates) },
        prepare: (repo) => repo.append(recordsBranch, evidence),
      });
      const rows: Row[] = [];
      for (const [what, requests] of loads) {
        context.say(what);
        const sides = new Map([
          ['with', gated.hub.port],
          ['without', without.hub.port],
        ]);
        const measured = await alternate(context, sides, requests);
        const throughput = (side: string): number[] => measured.get(side)?.throughput ?? [];
        const ratios = throughput('with').map((one, round) => one / (throughput('without')[round] ?? NaN));
        rows.push(
          { what: `${what}: with gates`, samples: throughput('with'), unit: 'requests/s' },
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
