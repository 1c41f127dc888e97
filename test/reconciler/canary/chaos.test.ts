// Canaries through what may go wrong at any moment: seeded rounds in which the Hub is killed, git and the database are cut,
// and others push. Whatever happens there is one final state, the same in git, in both Hubs and in the audit, and no call
// fails that a dead database or the canary's own fault does not explain.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { presentCanary } from '../../../src/reconciler/canary/present-canary.ts';
import { seeded } from '../../../bench/simulation/random.ts';
import { aMoment } from '../../support/clock.ts';
import { aPointer } from '../../support/documents/release.ts';
import {
  anOrderRelease,
  createCanaryRig,
  quick,
  type CanaryRig,
} from '../../support/reconciler/canary-rig.ts';
import { eventsOn } from '../../support/reconciler/governed-rig.ts';
import { closeRigCompiler, removeRigs, type Rig } from '../../support/reconciler/reconciler-rig.ts';
import { dropRigDatabases } from '../../support/reconciler/rig-databases.ts';
import { repeats } from '../../support/soak.ts';

const seeds = Array.from({ length: repeats(4, 200) }, (_, at) => at + 1);
const rounds = 4;
const mostLooks = 80;

let one: CanaryRig;
/** A Hub on the same repository and database, which gets no calls. */
let other: Rig;
let isGitCut = false;
let isDatabaseCut = false;

beforeAll(async () => {
  one = await createCanaryRig({
    // The other Hub gets no calls: it must not take the canary back for that.
    analysis: { ...quick, maximum: '5m', onNoData: 'alert' },
    production: { auto: { when: 'gates' } },
  });
  // As on a server: whoever pushes moves the ref alone.
  await one.rig.repo.git('config', 'core.bare', 'true');
  await one.restart();
  const { clock } = one;
  other = await one.rig.another({ clock, monotonic: () => clock.monotonic() });
});
afterAll(async () => {
  await one.stop();
  await removeRigs();
  await closeRigCompiler();
  await dropRigDatabases();
});

/** A commit on the tip, whoever moved it last; again where somebody else was faster. */
async function push(message: string, files: Readonly<Record<string, string>>): Promise<void> {
  const changes = Object.entries(files).map(
    ([path, text]) => `M 100644 inline ${path}\ndata ${Buffer.byteLength(text)}\n${text}\n`,
  );
  for (;;) {
    const begin = `commit refs/heads/main\ncommitter Dev <dev@example.com> now\ndata ${message.length}\n${message}\n`;
    const from = 'from refs/heads/main^0\n';
    try {
      await one.rig.repo.gitWithInput(
        begin + from + changes.join(''),
        'fast-import',
        '--quiet',
        '--date-format=now',
      );
      return;
    } catch (thrown) {
      // Somebody else moved the branch meanwhile.
      if (!/not contain|cannot lock ref/.test(String(thrown))) throw thrown;
    }
  }
}

/** Without it the folder is no repository for git. */
const head = () => join(one.rig.repo.directory, '.git', 'HEAD');

async function cutGit(): Promise<void> {
  if (isGitCut) return;
  await rename(head(), `${head()}-away`);
  isGitCut = true;
}

async function restoreGit(): Promise<void> {
  if (!isGitCut) return;
  await rename(`${head()}-away`, head());
  isGitCut = false;
}

async function cutDatabase(): Promise<void> {
  isDatabaseCut = true;
  await one.rig.databases.cut('prod');
}

/** Until a call is answered again. */
async function restoreDatabase(): Promise<void> {
  if (!isDatabaseCut) return;
  await one.rig.databases.restore('prod');
  while (!(await one.load(1)).byStatus.has(200)) {
    one.clock.advance(1_000);
    await aMoment();
  }
  isDatabaseCut = false;
}

/** Calls prod; `faulty`: the release whose own fault explains what fails. */
async function loadExplained(calls: number, faulty: string | undefined): Promise<void> {
  const { failures } = await one.load(calls);
  if (isDatabaseCut) return;
  expect([...failures].filter(([key]) => key !== `500 ${faulty}`)).toEqual([]);
}

const failing = 'select 1 / (case when random() < 0.4 then 0 else 1 end) as total';

async function auditOf(release: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const answer = await fetch(`${one.url()}/api/v1/projects/shop/audit?environment=canary&release=${release}`);
  const text = await answer.text();
  return text.split('\n').flatMap((line) => (line === '' ? [] : [{ ...(JSON.parse(line) as object) }]));
}

const kill = (): Promise<void> => one.restart();

/** Time goes on until it is done: what was cut is tried again after a while. */
async function moving<T>(doing: Promise<T>): Promise<T> {
  const over = new AbortController();
  const done = doing.finally(() => over.abort());
  for (let n = 0; !over.signal.aborted; n += 1) {
    if (n > 20) one.clock.advance(1_000);
    await delay(10);
  }
  return done;
}

it.each(seeds)('ends in one state, whatever happens: seed %i', async (seed) => {
  const random = seeded(seed);
  const pick = (below: number): number => Math.floor(random.uniform() * below);
  const release = `s${seed}`;
  const isFaulty = pick(2) === 0;
  const stable = one.rig.served('prod') ?? '';
  await push(`canary: ${release}`, {
    [`releases/${release}.yaml`]: anOrderRelease(release, isFaulty ? failing : `select ${seed + 1} as total`),
    'environments/canary.yaml': aPointer(release),
  });
  await moving(one.rig.reconciler.sync());
  await moving(one.rig.until(() => one.rig.served('canary') === release));
  const faulty = isFaulty ? release : undefined;
  for (let round = 0; round < rounds; round += 1) {
    const what = pick(7);
    if (what === 0) await restoreGit().then(kill);
    if (what === 1) await cutGit();
    if (what === 2) await cutDatabase();
    if (what === 3) await restoreGit();
    if (what === 4) await restoreDatabase();
    const pushed =
      what >= 5 && !isGitCut ? push('a note', { [`notes/${seed}-${round}.md`]: 'note\n' }) : undefined;
    await loadExplained(isDatabaseCut ? 20 : 60, faulty);
    await one.look();
    await pushed;
  }
  await restoreGit();
  await restoreDatabase();
  const isOver = (): boolean =>
    new Set([one.rig, other].flatMap((hub) => [hub.served('prod'), hub.served('canary')])).size === 1 &&
    [one.rig, other].every((hub) => {
      const view = hub.reconciler.canaries.view('canary');
      return view !== undefined && presentCanary(view).state === 'none';
    });
  let isAborted = false;
  for (let n = 0; n < mostLooks && !isOver(); n += 1) {
    await loadExplained(30, faulty);
    const { state } = await one.look();
    await moving(Promise.all([one.rig.reconciler.sync(), other.reconciler.sync()]));
    // What failed while the database was away, and few calls, leave it uncertain: a person ends it.
    if (state !== 'undecided' || isAborted) continue;
    expect((await one.ask('POST', 'canary/abort', { reason: 'undecided' })).status).toBe(200);
    isAborted = true;
  }
  expect(isOver()).toBe(true);
  const goal = isFaulty || isAborted ? stable : release;
  expect(one.rig.served('prod')).toBe(goal);
  for (const environment of ['prod', 'canary'])
    expect(await one.rig.repo.git('show', `main:environments/${environment}.yaml`)).toContain(
      `release: ${goal}`,
    );
  await loadExplained(40, undefined);

  const ends = ['canary-failed', 'canary-passed', 'canary-aborted'].map((word) => `${word} ${release}`);
  // Two Hubs that end it at once write one event twice: readers count it once.
  const ended = async (): Promise<readonly string[]> => [
    ...new Set((await eventsOn(one.rig, 'canary')).filter((event) => ends.includes(event))),
  ];
  while ((await ended()).length === 0) {
    one.clock.advance(1_000);
    await delay(20);
  }
  const end = isAborted ? 'canary-aborted' : isFaulty ? 'canary-failed' : 'canary-passed';
  expect(await ended()).toEqual([`${end} ${release}`]);
  const subjects = (await one.rig.repo.git('log', '--format=%s', 'main')).split('\n');
  const back = subjects.filter((subject) => subject.startsWith(`rollback(canary): ${release} ->`));
  expect(back).toHaveLength(goal === stable ? 1 : 0);
  const audited = (await auditOf(release)).map(({ action }) => action);
  expect(audited.filter((action) => action === end)).toHaveLength(1);
});
