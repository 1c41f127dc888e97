// How long from the ref's move until a call is answered by the new release: prepared releases (A and B in turn) and
// releases that are seen for the first time, each beside the floor, which only watches and reads.
import { join } from 'node:path';
import { builtFile, numberOf, startChild } from '../child.ts';
import { withCleanup, type Cleanup } from '../cleanup.ts';
import { createRepo, openBranchMover, type BenchRepo, type Commit } from '../config-repo.ts';
import { startHub, waitForRelease, watchRelease } from '../hub.ts';
import { createDatabase } from '../postgres.ts';
import type { Row, Scenario, ScenarioContext } from '../scenario.ts';
import { medianOf } from '../statistics.ts';
import { projectText, releaseText, tablesSql } from '../workload.ts';

const operations = 50;
const environment = 'prod';

export interface Side {
  readonly repo: BenchRepo;
  /** Moves the branch and gives how long it took until the release answered, in milliseconds. */
  switchTo(revision: string, release: string): Promise<number>;
}

function firstCommit(): Commit {
  return {
    subject: 'start',
    files: {
      'stk.yaml': projectText([environment]),
      'releases/a.yaml': releaseText({ release: 'a', operations }),
      'releases/b.yaml': releaseText({ release: 'b', operations, ownFrom: operations - 10 }),
      [`environments/${environment}.yaml`]: 'release: a\n',
    },
  };
}

export function pointTo(release: string, files: Readonly<Record<string, string>> = {}): Commit {
  return {
    subject: `promote(${environment}): to ${release}`,
    files: { ...files, [`environments/${environment}.yaml`]: `release: ${release}\n` },
  };
}

export async function openSide(
  directory: string,
  cleanup: Cleanup,
  {
    start,
    first = firstCommit(),
  }: { readonly start: (repo: BenchRepo) => Promise<number>; readonly first?: Commit },
): Promise<Side> {
  const repo = await createRepo(directory, [first]);
  const mover = await openBranchMover(repo.directory);
  cleanup.add(() => mover.stop());
  const port = await start(repo);
  await waitForRelease(port, environment, 'a');
  const watch = watchRelease(port, environment);
  cleanup.add(() => watch.close());
  return {
    repo,
    async switchTo(revision, release) {
      // Whatever the last switch left to do in the background is not this one's.
      await new Promise((resolve) => setTimeout(resolve, 60));
      const movedAt = mover.move(revision);
      return (await watch.until(release)) - movedAt;
    },
  };
}

async function openSides(context: ScenarioContext, cleanup: Cleanup): Promise<{ hub: Side; floor: Side }> {
  const databaseUrl = await createDatabase(tablesSql());
  const hub = await openSide(join(context.directory, 'hub'), cleanup, {
    start: async (repo) => {
      const started = await startHub({
        command: context.command,
        directory: repo.directory,
        stateDirectory: join(context.directory, 'state'),
        databaseUrl,
      });
      cleanup.add(() => started.stop());
      return started.port;
    },
  });
  const floor = await openSide(join(context.directory, 'floor'), cleanup, {
    start: async (repo) => {
      const server = startChild(builtFile('../servers/watch-floor.js', import.meta.url), {
        args: [repo.gitDirectory, environment],
      });
      cleanup.add(() => server.stop());
      return numberOf(await server.next(), 'port');
    },
  });
  return { hub, floor };
}

/** Both sides in turn, one commit after another; the first few are not counted. */
export async function measure(
  { hub, floor }: { readonly hub: Side; readonly floor: Side },
  commits: readonly Commit[],
  {
    names,
    warmUp,
    signal,
  }: { readonly names: readonly string[]; readonly warmUp: number; readonly signal: AbortSignal },
): Promise<{ readonly hub: number[]; readonly floor: number[] }> {
  const hubRevisions = await hub.repo.prepare(commits);
  const floorRevisions = await floor.repo.prepare(commits);
  const samples: { readonly hub: number[]; readonly floor: number[] } = { hub: [], floor: [] };
  for (const [index, name] of names.entries()) {
    if (signal.aborted) break;
    const [hubRevision, floorRevision] = [hubRevisions[index], floorRevisions[index]];
    if (hubRevision === undefined || floorRevision === undefined)
      throw new Error('a prepared commit is missing');
    const hubMs = await hub.switchTo(hubRevision, name);
    const floorMs = await floor.switchTo(floorRevision, name);
    if (index < warmUp) continue;
    samples.hub.push(hubMs);
    samples.floor.push(floorMs);
  }
  return samples;
}

async function runPropagation(context: ScenarioContext): Promise<Row[]> {
  return withCleanup(async (cleanup) => {
    const sides = await openSides(context, cleanup);
    const preparedNames = Array.from({ length: context.isQuick ? 16 : 104 }, (_, turn) =>
      turn % 2 === 0 ? 'b' : 'a',
    );
    context.say('prepared releases');
    const prepared = await measure(
      sides,
      preparedNames.map((name) => pointTo(name)),
      { names: preparedNames, warmUp: 4, signal: context.signal },
    );
    context.say('new releases');
    const newNames = Array.from({ length: context.isQuick ? 6 : 42 }, (_, turn) => `new-${turn}`);
    const fresh = await measure(
      sides,
      newNames.map((name) =>
        pointTo(name, { [`releases/${name}.yaml`]: releaseText({ release: name, operations, ownFrom: 0 }) }),
      ),
      { names: newNames, warmUp: 2, signal: context.signal },
    );
    const floor = 'floor: fs.watch and four cat-file reads';
    return [
      { what: floor, samples: [...prepared.floor, ...fresh.floor], unit: 'ms' },
      {
        what: 'stk, prepared release, schema unchanged',
        samples: prepared.hub,
        unit: 'ms',
        against: floor,
        aim: { text: 'p50 ≤ 25 ms', isMet: medianOf(prepared.hub) <= 25 },
      },
      {
        what: 'stk, release seen for the first time',
        samples: fresh.hub,
        unit: 'ms',
        against: floor,
        aim: { text: 'p50 ≤ 250 ms', isMet: medianOf(fresh.hub) <= 250 },
      },
    ];
  });
}

export const propagation: Scenario = {
  name: 'propagation',
  title: `From the ref's move until a call is answered by the new release: local repo, ${operations} operations, PostgreSQL 18; a release whose every statement is new is the "first time".`,
  run: runPropagation,
};
