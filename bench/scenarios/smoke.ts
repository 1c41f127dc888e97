// What smoke tests add to an activation: two Hubs over the same database, one whose releases have three tests that call, moved in turn.
import { join } from 'node:path';
import { withCleanup } from '../cleanup.ts';
import type { BenchRepo, Commit } from '../config-repo.ts';
import { startHub } from '../hub.ts';
import { createDatabase } from '../postgres.ts';
import type { Scenario } from '../scenario.ts';
import { medianOf } from '../statistics.ts';
import { projectText, releaseText, tablesSql } from '../workload.ts';
import { measure, openSide, pointTo, type Side } from './propagation.ts';

const operations = 50;
const environment = 'prod';
const tests = 3;
const most = 10;

function firstCommit(smokeTests: number): Commit {
  return {
    subject: 'start',
    files: {
      'stk.yaml': projectText([environment]),
      'releases/a.yaml': releaseText({ release: 'a', operations, smokeTests }),
      'releases/b.yaml': releaseText({ release: 'b', operations, ownFrom: operations - 10, smokeTests }),
      [`environments/${environment}.yaml`]: 'release: a\n',
    },
  };
}

export const smoke: Scenario = {
  name: 'smoke',
  title: `From the ref's move until a call is answered by a prepared release, with ${tests} smoke tests that call and without any: local repo, ${operations} operations, PostgreSQL 18. The tests run before the swap, and once more after it.`,
  run: (context) =>
    withCleanup(async (cleanup) => {
      const databaseUrl = await createDatabase(tablesSql());
      const open = (folder: string, smokeTests: number): Promise<Side> =>
        openSide(join(context.directory, folder), cleanup, {
          first: firstCommit(smokeTests),
          start: async (repo: BenchRepo) => {
            const { command } = context;
            const stateDirectory = join(context.directory, `${folder}-state`);
            const hub = await startHub({ command, directory: repo.directory, stateDirectory, databaseUrl });
            cleanup.add(() => hub.stop());
            return hub.port;
          },
        });
      const sides = { hub: await open('tested', tests), floor: await open('untested', 0) };
      const names = Array.from({ length: context.isQuick ? 16 : 104 }, (_, turn) =>
        turn % 2 === 0 ? 'b' : 'a',
      );
      const commits = names.map((name) => pointTo(name));
      const { hub, floor } = await measure(sides, commits, { names, warmUp: 4, signal: context.signal });
      const added = hub.map((ms, i) => ms - (floor[i] ?? 0));
      const without = 'stk, no smoke tests';
      return [
        { what: without, samples: floor, unit: 'ms' },
        { what: `stk, ${tests} smoke tests`, samples: hub, unit: 'ms', against: without },
        {
          what: 'what the tests add, each move beside its neighbour',
          samples: added,
          unit: 'ms',
          aim: { text: `p50 ≤ ${most} ms`, isMet: medianOf(added) <= most },
        },
      ];
    }),
};
