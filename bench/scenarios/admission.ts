// What gates add to an activation: two Hubs over the same database, one whose environment has six gates that pass, moved in
// turn to releases that neither has served before.
import { join } from 'node:path';
import { withCleanup } from '../cleanup.ts';
import type { BenchRepo } from '../config-repo.ts';
import { startHub } from '../hub.ts';
import { evidenceOf, recordsBranch, sixGates, withGates } from '../pipeline.ts';
import { createDatabase } from '../postgres.ts';
import type { Scenario } from '../scenario.ts';
import { medianOf } from '../statistics.ts';
import { projectText, releaseText, tablesSql } from '../workload.ts';
import { measure, openSide, pointTo, type Side } from './propagation.ts';

const operations = 50;
const environment = 'prod';
const most = 1.5;

const textOf = (release: string): string => releaseText({ release, operations });

export const admission: Scenario = {
  name: 'admission',
  title: `From the ref's move until a call is answered by a release that is new to the environment, with six gates that pass and without any: local repo, ${operations} operations, PostgreSQL 18.`,
  run: (context) =>
    withCleanup(async (cleanup) => {
      const databaseUrl = await createDatabase(tablesSql());
      const names = Array.from({ length: context.isQuick ? 10 : 64 }, (_, turn) => `new-${turn}`);
      const project = projectText([environment]);
      const open = (folder: string, hasGates: boolean): Promise<Side> =>
        openSide(join(context.directory, folder), cleanup, {
          first: {
            subject: 'start',
            files: {
              'stk.yaml': hasGates ? withGates(project, sixGates) : project,
              'releases/a.yaml': textOf('a'),
              [`environments/${environment}.yaml`]: 'release: a\n',
            },
          },
          start: async (repo: BenchRepo) => {
            const evidence = ['a', ...names].flatMap((name) => evidenceOf(name, textOf(name), environment));
            if (hasGates) await repo.append(recordsBranch, evidence);
            const { command } = context;
            const stateDirectory = join(context.directory, `${folder}-state`);
            const hub = await startHub({ command, directory: repo.directory, stateDirectory, databaseUrl });
            cleanup.add(() => hub.stop());
            return hub.port;
          },
        });
      const [hubSide, floorSide] = await Promise.all([open('gates', true), open('none', false)]);
      const sides = { hub: hubSide, floor: floorSide };
      const commits = names.map((name) => pointTo(name, { [`releases/${name}.yaml`]: textOf(name) }));
      const { hub, floor } = await measure(sides, commits, { names, warmUp: 4, signal: context.signal });
      const without = 'stk, no gates';
      return [
        { what: without, samples: floor, unit: 'ms' },
        {
          what: 'stk, six gates that pass',
          samples: hub,
          unit: 'ms',
          against: without,
          aim: { text: `≤ ${most}×`, isMet: medianOf(hub) <= most * medianOf(floor) },
        },
      ];
    }),
};
