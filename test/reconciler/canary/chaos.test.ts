// Canaries through what may go wrong at any moment: seeded rounds in which the Hub is killed, git, the database and Prometheus
// are cut, and others push. Whatever happens there is one final state, the same in git, in both Hubs and in the audit, and no
// call fails that a dead database or the canary's own fault does not explain.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { presentCanary } from '../../../src/reconciler/canary/present-canary.ts';
import { seeded } from '../../../bench/simulation/random.ts';
import { aMoment } from '../../support/clock.ts';
import { openCutProxy, type CutProxy } from '../../support/databases/cut-proxy.ts';
import { aPointer } from '../../support/documents/release.ts';
import { startPrometheus, type PrometheusServer } from '../../support/hub/prometheus-server.ts';
import {
  anOrderRelease,
  createCanaryRig,
  quick,
  type CanaryRig,
} from '../../support/reconciler/canary-rig.ts';
import { closeRigCompiler, removeRigs, type Rig } from '../../support/reconciler/reconciler-rig.ts';
import { dropRigDatabases, rigDatabase } from '../../support/reconciler/rig-databases.ts';
import { aRigProject } from '../../support/reconciler/rig-repo.ts';
import { repeats } from '../../support/soak.ts';

const seeds = Array.from({ length: repeats(10, 200) }, (_, at) => at + 1);
const rounds = 4;
const mostLooks = 80;

let one: CanaryRig;
/** A Hub on the same repository and database, which gets no calls. */
let other: Rig;
let prometheus: PrometheusServer;
/** The Hubs' way to Prometheus. */
let proxy: CutProxy;
let isGitCut = false;
let isDatabaseCut = false;
let isPrometheusCut = false;

type Source = 'hub' | { readonly prometheus: string };

function projectOf(source: Source): string {
  const prod = { database: rigDatabase('prod'), from: 'canary', auto: { when: 'gates' } };
  const analysis = { ...quick, source };
  const canary = { of: 'prod', weight: 50, sticky: { header: 'X-Caller' }, analysis };
  return aRigProject({ environments: { prod, canary } });
}

beforeAll(async () => {
  one = await createCanaryRig({ files: { 'stk.yaml': projectOf('hub') } });
  // As on a server: whoever pushes moves the ref alone.
  await one.rig.repo.git('config', 'core.bare', 'true');
  await one.restart();
  const { clock } = one;
  other = await one.rig.another({ clock, monotonic: () => clock.monotonic() });
  prometheus = await startPrometheus(one.url());
  proxy = await openCutProxy(prometheus.url);
});
afterAll(async () => {
  await one.stop();
  await removeRigs();
  await proxy.close();
  await prometheus.remove();
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

function cutPrometheus(): void {
  isPrometheusCut = true;
  proxy.refuse();
}

async function heal(): Promise<void> {
  await restoreGit();
  await restoreDatabase();
  isPrometheusCut = false;
  proxy.restore();
}

/** Until Prometheus has what was counted so far; it need not where nobody can ask it. */
async function scraped(source: Source): Promise<void> {
  if (source === 'hub' || isPrometheusCut) return;
  const since = Date.now() / 1000;
  while (((await prometheus.value('timestamp(up)').catch(() => undefined)) ?? 0) <= since) await delay(20);
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

const happenings = ['prometheus', 'kill', 'git', 'prometheus', 'database', 'heal', 'push'] as const;

it.each(seeds)('ends in one state, whatever happens: seed %i', async (seed) => {
  const random = seeded(seed);
  const pick = (below: number): number => Math.floor(random.uniform() * below);
  const release = `s${seed}`;
  const isFaulty = pick(2) === 0;
  // A look of Prometheus takes as long as the next scrape.
  const source: Source = seed % 3 === 0 ? { prometheus: proxy.url } : 'hub';
  const stable = one.rig.served('prod') ?? '';
  await push(`canary: ${release}`, {
    'stk.yaml': projectOf(source),
    [`releases/${release}.yaml`]: anOrderRelease(release, isFaulty ? failing : `select ${seed + 1} as total`),
    'environments/canary.yaml': aPointer(release),
  });
  await moving(one.rig.reconciler.sync());
  await moving(one.rig.until(() => one.rig.served('canary') === release));
  const faulty = isFaulty ? release : undefined;
  for (let round = 0; round < rounds; round += 1) {
    const what = happenings[pick(happenings.length)];
    if (what === 'kill') await restoreGit().then(() => one.restart());
    if (what === 'git') await cutGit();
    if (what === 'database') await cutDatabase();
    if (what === 'prometheus') cutPrometheus();
    if (what === 'heal') await heal();
    const pushed =
      what === 'push' && !isGitCut ? push('a note', { [`notes/${seed}-${round}.md`]: 'note\n' }) : undefined;
    await loadExplained(isDatabaseCut ? 20 : 60, faulty);
    await scraped(source);
    await one.look();
    await pushed;
  }
  await heal();
  const isOver = (): boolean =>
    new Set([one.rig, other].flatMap((hub) => [hub.served('prod'), hub.served('canary')])).size === 1 &&
    [one.rig, other].every((hub) => {
      const view = hub.reconciler.canaries.view('canary');
      return view !== undefined && presentCanary(view).state === 'none';
    });
  let isAborted = false;
  for (let n = 0; n < mostLooks && !isOver(); n += 1) {
    await loadExplained(30, faulty);
    await scraped(source);
    const { state } = await one.look();
    await moving(Promise.all([one.rig.reconciler.sync(), other.reconciler.sync()]));
    // What failed while the database was away, and few calls, leave it uncertain: a person ends it.
    if (state !== 'undecided' || isAborted) continue;
    const { status } = await one.ask('POST', 'canary/abort', { reason: 'undecided' });
    // The other Hub may have ended it meanwhile: then it is over soon.
    expect([200, 409]).toContain(status);
    isAborted = status === 200;
  }
  expect(isOver()).toBe(true);

  const log = await one.rig.repo.git('log', '--format=%B%x00', 'main');
  const backs = log
    .split('\0')
    .filter((message) => message.trim().startsWith(`rollback(canary): ${release} ->`));
  const [back = ''] = backs;
  // The Hub that gets no calls may have come to act. What Prometheus counts, both see.
  const isShort = source === 'hub' && back.includes('Too few calls');
  const isEndedUnproven = isAborted || isShort;
  const goal = isFaulty || isEndedUnproven ? stable : release;
  expect(backs).toHaveLength(goal === stable ? 1 : 0);
  expect(one.rig.served('prod')).toBe(goal);
  for (const environment of ['prod', 'canary'])
    expect(await one.rig.repo.git('show', `main:environments/${environment}.yaml`)).toContain(
      `release: ${goal}`,
    );
  await loadExplained(40, undefined);

  // Two Hubs that end it at once write one event twice; it counts once. A pass may be taken back.
  const words = ['canary-failed', 'canary-passed', 'canary-aborted'];
  const ended = async (): Promise<readonly unknown[]> =>
    (await auditOf(release)).flatMap(({ action, result }) =>
      words.includes(String(action)) && !String(result).startsWith('does not count') ? [action] : [],
    );
  const end = isEndedUnproven ? 'canary-aborted' : isFaulty ? 'canary-failed' : 'canary-passed';
  for (let n = 0; n < 200 && !(await ended()).includes(end); n += 1) {
    one.clock.advance(1_000);
    await delay(20);
  }
  expect((await ended()).filter((word) => word === end || word !== 'canary-passed')).toEqual([end]);
});
