// A records branch of 100,000 records, one commit each, of 10,000 releases: how soon `stk audit` prints its first line, how
// long the audit of one release takes, and what the branch costs a Hub that starts with what it verified remembered.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileRecord } from '../../src/documents/record/format-record.ts';
import { withCleanup } from '../cleanup.ts';
import { createRepo, type BenchRepo, type Commit, gitEnvironment } from '../config-repo.ts';
import { startHub, waitForRelease, watchRelease } from '../hub.ts';
import { approvalGate, approvalOf, recordsBranch, withGates } from '../pipeline.ts';
import { createDatabase } from '../postgres.ts';
import type { Row, Scenario, ScenarioContext } from '../scenario.ts';
import { medianOf } from '../statistics.ts';
import { projectText, releaseText, tablesSql } from '../workload.ts';
import { pointTo } from './propagation.ts';

const environment = 'prod';
const by = 'operator@example.com';
const begin = Date.UTC(2026, 0, 1);
const minute = 60_000;
const patience = 60_000;

function* recordCommits(count: number): Generator<Commit> {
  for (let i = 0; i < count; i += 1) {
    const release = `v${Math.floor(i / 10)}`;
    const filed = fileRecord({
      record: 'check',
      release,
      digest: 'd'.repeat(40),
      at: begin + i * minute,
      by,
      name: `check-${i % 10}`,
      status: 'passed',
      values: new Map([['coverage', 80 + (i % 20)]]),
    });
    if (!filed.ok) throw new Error('the record is none');
    yield { subject: `record(${release}): check`, files: { [filed.value.path]: filed.value.text } };
  }
}

async function openRepo(directory: string): Promise<BenchRepo> {
  const people = `people: { ci: [${by}] }\n`;
  return createRepo(directory, [
    {
      subject: 'start',
      files: {
        'stk.yaml': `${projectText([environment])}${people}`,
        'releases/a.yaml': releaseText({ release: 'a', operations: 10 }),
        [`environments/${environment}.yaml`]: 'release: a\n',
      },
    },
  ]);
}

/** Milliseconds until the command prints something, and until it ends; it is ended after the first line if only that counts. */
function runCommand(context: ScenarioContext, directory: string, args: readonly string[], isFirst: boolean) {
  return new Promise<number>((resolve, reject) => {
    const startedAt = performance.now();
    const child = spawn(process.execPath, [context.command, ...args], {
      cwd: directory,
      env: { ...gitEnvironment },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let first: number | undefined;
    child.stdout.on('data', () => {
      first ??= performance.now() - startedAt;
      if (isFirst) child.kill();
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (first === undefined) reject(new Error(`stk ${args.join(' ')} printed nothing, exit code ${code}`));
      else resolve(isFirst ? first : performance.now() - startedAt);
    });
  });
}

/** Milliseconds from the start of a Hub until it answers calls. */
async function coldStart(
  context: ScenarioContext,
  {
    repo,
    databaseUrl,
    state,
  }: { readonly repo: BenchRepo; readonly databaseUrl: string; readonly state: string },
  until: () => boolean = () => true,
): Promise<number> {
  return withCleanup(async (cleanup) => {
    const startedAt = performance.now();
    const stateDirectory = join(context.directory, state);
    const hub = await startHub({
      command: context.command,
      directory: repo.directory,
      stateDirectory,
      databaseUrl,
    });
    cleanup.add(() => hub.stop());
    await waitForRelease(hub.port, environment, 'a');
    const took = performance.now() - startedAt;
    while (!until() && !context.signal.aborted) await delay(100);
    return took;
  });
}

/** Milliseconds from the commit of an approval until calls get the release that waited for it. */
async function measureApprovals(
  context: ScenarioContext,
  {
    repo,
    databaseUrl,
    rounds,
  }: { readonly repo: BenchRepo; readonly databaseUrl: string; readonly rounds: number },
): Promise<number[]> {
  return withCleanup(async (cleanup) => {
    const project = withGates(projectText([environment]), approvalGate);
    await repo.append('main', [{ subject: 'gates', files: { 'stk.yaml': project } }]);
    const { command, directory } = context;
    const stateDirectory = join(directory, 'state-with');
    const hub = await startHub({ command, directory: repo.directory, stateDirectory, databaseUrl });
    cleanup.add(() => hub.stop());
    await waitForRelease(hub.port, environment, 'a');
    const samples: number[] = [];
    for (let round = 0; round < rounds && !context.signal.aborted; round += 1) {
      const name = `w${round}`;
      const text = releaseText({ release: name, operations: 10 });
      await repo.append('main', [pointTo(name, { [`releases/${name}.yaml`]: text })]);
      await untilWaiting(`${hub.url}/api/v1/projects/shop/environments/${environment}`, name);
      await untilSettled(repo);
      const watch = watchRelease(hub.port, environment);
      const committedAt = performance.now();
      await repo.append(recordsBranch, [approvalOf(name, text, environment)]);
      samples.push((await watch.until(name)) - committedAt);
      watch.close();
    }
    return samples;
  });
}

/** The Hub says that a gate of the release is pending. */
async function untilWaiting(url: string, release: string): Promise<void> {
  const deadline = performance.now() + patience;
  for (;;) {
    const text = await (await fetch(url)).text();
    if (text.includes('"GatePending"') && text.includes(`"${release}"`)) return;
    if (performance.now() > deadline) throw new Error(`${release} does not wait for its gate: ${text}`);
    await delay(100);
  }
}

/** The Hub has written its events to the records branch. */
async function untilSettled(repo: BenchRepo): Promise<void> {
  for (let tip = ''; ;) {
    const now = await repo.git('rev-parse', recordsBranch);
    if (now === tip) return;
    tip = now;
    await delay(2_000);
  }
}

async function runAudit(context: ScenarioContext): Promise<Row[]> {
  const count = context.isQuick ? 2_000 : 100_000;
  const rounds = context.isQuick ? 2 : 7;
  context.say(`${count} records`);
  const [without, repo] = [
    await openRepo(join(context.directory, 'without')),
    await openRepo(join(context.directory, 'with')),
  ];
  const records = await createRepo(join(context.directory, 'records'), recordCommits(count));
  await repo.git('fetch', '--quiet', records.directory, 'main:stk-records');
  await repo.git('checkout', '--quiet', '--force', 'main');
  // As `git gc` leaves a clone.
  await repo.git('commit-graph', 'write', '--reachable');
  const first: number[] = [];
  const one: number[] = [];
  for (let round = 0; round < rounds && !context.signal.aborted; round += 1) {
    first.push(await runCommand(context, repo.directory, ['audit', '--format', 'jsonl'], true));
    const release = `v${Math.floor((count / 10) * ((round + 1) / (rounds + 1)))}`;
    one.push(
      await runCommand(context, repo.directory, ['audit', '--release', release, '--format', 'jsonl'], false),
    );
  }
  context.say('cold starts');
  const databaseUrl = await createDatabase(tablesSql());
  const verified = join(context.directory, 'state-with/records/verified.json');
  await coldStart(context, { repo, databaseUrl, state: 'state-with' }, () => existsSync(verified));
  await coldStart(context, { repo: without, databaseUrl, state: 'state-without' });
  const bare: number[] = [];
  const full: number[] = [];
  for (let round = 0; round < rounds && !context.signal.aborted; round += 1) {
    bare.push(await coldStart(context, { repo: without, databaseUrl, state: 'state-without' }));
    full.push(await coldStart(context, { repo, databaseUrl, state: 'state-with' }));
  }
  context.say('approvals');
  const approved = await measureApprovals(context, { repo, databaseUrl, rounds });
  const second = (samples: readonly number[]) => ({ text: '≤ 1,000 ms', isMet: medianOf(samples) <= 1_000 });
  const floor = 'cold start, no records';
  return [
    { what: 'stk audit, first line', samples: first, unit: 'ms', aim: second(first) },
    { what: 'stk audit --release of one', samples: one, unit: 'ms', aim: second(one) },
    { what: floor, samples: bare, unit: 'ms' },
    {
      what: 'cold start, what was verified remembered',
      samples: full,
      unit: 'ms',
      against: floor,
      aim: { text: '≤ 1.3×', isMet: medianOf(full) <= 1.3 * medianOf(bare) },
    },
    {
      what: 'from one new approval until its gate passes and calls get the release',
      samples: approved,
      unit: 'ms',
      aim: second(approved),
    },
  ];
}

export const audit: Scenario = {
  name: 'audit',
  title:
    'A records branch of 100,000 records, one commit each, of 10,000 releases: the audit in a clone, the start of a Hub beside one without records, and an approval that a release waits for.',
  run: runAudit,
};
