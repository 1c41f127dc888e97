// Size of the config repo: a pointer commit, and the Hub's cold start, in a repo of 10,000 releases and 1,000
// environments (20,000 commits) beside one of 10 and 3.
import { join } from 'node:path';
import { type Cleanup, withCleanup } from '../cleanup.ts';
import {
  type BenchRepo,
  type BranchMover,
  type Commit,
  createRepo,
  openBranchMover,
} from '../config-repo.ts';
import { startHub, waitForRelease, watchRelease } from '../hub.ts';
import { createDatabase } from '../postgres.ts';
import type { Row, Scenario, ScenarioContext } from '../scenario.ts';
import { medianOf } from '../statistics.ts';
import { projectText, releaseText, tablesSql } from '../workload.ts';

const operations = 10;
const tables = 5;
const served = environmentName(0);

function environmentName(index: number): string {
  return `env-${String(index).padStart(4, '0')}`;
}

function releaseName(index: number): string {
  return `v${String(index).padStart(5, '0')}`;
}

/** Every release in a commit of its own, followed by the pointer commit that names it in one environment. */
function* history(releases: number, environments: number): Generator<Commit> {
  const names = Array.from({ length: environments }, (_, index) => environmentName(index));
  yield { subject: 'start', files: { 'stk.yaml': projectText(names) } };
  for (let index = 0; index < releases; index += 1) {
    const release = releaseName(index);
    const environment = environmentName(index % environments);
    yield {
      subject: `release ${release}`,
      files: { [`releases/${release}.yaml`]: releaseText({ release, operations, tables }) },
    };
    yield {
      subject: `promote(${environment}): to ${release}`,
      files: { [`environments/${environment}.yaml`]: `release: ${release}\n` },
    };
  }
}

interface Size {
  readonly name: string;
  readonly releases: number;
  readonly environments: number;
}

const small: Size = { name: '10 releases, 3 environments', releases: 10, environments: 3 };

function largeSize(isQuick: boolean): Size {
  return isQuick
    ? { name: '1,000 releases, 100 environments', releases: 1000, environments: 100 }
    : { name: '10,000 releases, 1,000 environments', releases: 10_000, environments: 1000 };
}

/** Release that the served environment's pointer names at the end of the history. */
function lastServed({ releases, environments }: Size): string {
  return releaseName(releases - environments + ((environments - (releases % environments)) % environments));
}

interface Side {
  readonly port: number;
  readonly mover: BranchMover;
  readonly revisions: readonly string[];
}

async function makeRepo(context: ScenarioContext, size: Size, folder: string): Promise<BenchRepo> {
  context.say(`making a repo of ${size.name}`);
  return createRepo(join(context.directory, folder), history(size.releases, size.environments));
}

async function coldStart(
  context: ScenarioContext,
  repo: BenchRepo,
  {
    databaseUrl,
    release,
    state,
  }: { readonly databaseUrl: string; readonly release: string; readonly state: string },
): Promise<{ readonly ms: number; readonly port: number; stop(): Promise<void> }> {
  const begin = performance.now();
  const hub = await startHub({
    command: context.command,
    directory: repo.directory,
    stateDirectory: join(context.directory, state),
    databaseUrl,
    environments: [served],
  });
  try {
    return {
      ms: (await waitForRelease(hub.port, served, release)) - begin,
      port: hub.port,
      stop: () => hub.stop(),
    };
  } catch (error) {
    await hub.stop();
    throw error;
  }
}

async function openSide(
  context: ScenarioContext,
  cleanup: Cleanup,
  {
    size,
    folder,
    databaseUrl,
    names,
  }: {
    readonly size: Size;
    readonly folder: string;
    readonly databaseUrl: string;
    readonly names: readonly string[];
  },
): Promise<Side> {
  const repo = await makeRepo(context, size, folder);
  const revisions = await repo.prepare(
    names.map((name) => ({
      subject: `promote(${served}): to ${name}`,
      files: { [`environments/${served}.yaml`]: `release: ${name}\n` },
    })),
  );
  const hub = await coldStart(context, repo, {
    databaseUrl,
    release: lastServed(size),
    state: `${folder}-state`,
  });
  cleanup.add(() => hub.stop());
  const mover = await openBranchMover(repo.directory);
  cleanup.add(() => mover.stop());
  return { port: hub.port, mover, revisions };
}

async function runPointerCommits(context: ScenarioContext): Promise<Row[]> {
  return withCleanup(async (cleanup) => {
    const databaseUrl = await createDatabase(tablesSql());
    const large = largeSize(context.isQuick);
    // Both name the same releases in turn: compiled once, then prepared, as an A and a B are.
    const names = Array.from({ length: context.isQuick ? 14 : 64 }, (_, turn) =>
      releaseName(turn % 2 === 0 ? 2 : 4),
    );
    const sides = [
      {
        size: small,
        samples: [] as number[],
        side: await openSide(context, cleanup, { size: small, folder: 'small', databaseUrl, names }),
      },
      {
        size: large,
        samples: [] as number[],
        side: await openSide(context, cleanup, { size: large, folder: 'large', databaseUrl, names }),
      },
    ];
    context.say('pointer commits in turn');
    for (const [turn, name] of names.entries()) {
      if (context.signal.aborted) break;
      for (const { samples, side } of sides) {
        await new Promise((resolve) => setTimeout(resolve, 60));
        // One a commit: the Hub closes a connection that idles while the other repo is made.
        const watch = watchRelease(side.port, served);
        const movedAt = side.mover.move(side.revisions[turn] ?? '');
        const ms = (await watch.until(name)) - movedAt;
        watch.close();
        if (turn >= 4) samples.push(ms);
      }
    }
    const ratio = medianOf(sides[1]?.samples ?? []) / medianOf(sides[0]?.samples ?? []);
    return [
      { what: small.name, samples: sides[0]?.samples ?? [], unit: 'ms' },
      {
        what: large.name,
        samples: sides[1]?.samples ?? [],
        unit: 'ms',
        against: small.name,
        aim: { text: '≤ 2×', isMet: ratio <= 2 },
      },
    ];
  });
}

async function runColdStart(context: ScenarioContext): Promise<Row[]> {
  const databaseUrl = await createDatabase(tablesSql());
  const large = largeSize(context.isQuick);
  const repo = await makeRepo(context, large, 'large');
  const cold: number[] = [];
  const again: number[] = [];
  for (let turn = 0; turn < (context.isQuick ? 1 : 3) && !context.signal.aborted; turn += 1) {
    const release = lastServed(large);
    const options = { databaseUrl, release, state: `state-${turn}` };
    for (const samples of [cold, again]) {
      const hub = await coldStart(context, repo, options);
      samples.push(hub.ms);
      await hub.stop();
    }
  }
  return [
    {
      what: 'no state directory',
      samples: cold,
      unit: 'ms',
      aim: { text: '≤ 10 s', isMet: Math.max(...cold) <= 10_000 },
    },
    { what: 'with the state of a run before', samples: again, unit: 'ms' },
  ];
}

export const pointerCommits: Scenario = {
  name: 'large-repo',
  title:
    'From the ref’s move until a call is answered by the other release, one environment served, in a large and in a small repo.',
  run: runPointerCommits,
};

export const coldStarts: Scenario = {
  name: 'cold-start',
  title:
    'From starting the process until the first call is answered, on 10,000 releases and 1,000 environments in 20,000 commits, one environment served.',
  run: runColdStart,
};
