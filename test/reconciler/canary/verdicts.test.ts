// What happens to canaries whose faults come and go: one Hub under real calls, on a clock that the test moves. A row of the
// database says how often each release fails, and how long it takes.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { aPointer } from '../../support/documents/release.ts';
import { anOrderRelease, createCanaryRig, type CanaryRig } from '../../support/reconciler/canary-rig.ts';
import { approve, eventKeysOn, eventsOn } from '../../support/reconciler/governed-rig.ts';
import { closeRigCompiler, removeRigs } from '../../support/reconciler/reconciler-rig.ts';
import { dropRigDatabases, rigDatabase } from '../../support/reconciler/rig-databases.ts';
import { aRigProject } from '../../support/reconciler/rig-repo.ts';

let one: CanaryRig;

const errors = { errors: { errorRate: { increase: '1pp' } } };
const latency = { latency: { latency: { quantile: 0.99, increase: '10%' } } };
const projectWith = (gates: object, { weight = 50, minimum = '2m', isGated = true } = {}) =>
  aRigProject({
    people: { 'release-approver': ['ada@example.com', 'grace@example.com'] },
    hotfix: { approvals: { role: 'release-approver', count: 2 } },
    environments: {
      prod: { database: rigDatabase('prod'), ...(isGated ? { from: 'canary' } : {}) },
      canary: {
        of: 'prod',
        weight,
        sticky: { header: 'X-Caller' },
        analysis: { minimum, maximum: '6m', warmUp: { time: '0s', requests: 0 }, gates },
      },
    },
  });

interface Behaviour {
  /** A share. */
  readonly errors?: number;
  readonly seconds?: number;
}

/** From now on the releases do so. */
async function behave(releases: Readonly<Record<string, Behaviour>>): Promise<void> {
  await one.rig.databases.sql('prod', `update customers set email = '${JSON.stringify(releases)}'`);
}

function aMovedRelease(release: string): string {
  const of = (name: keyof Behaviour) => `coalesce((email::json->'${release}'->>'${name}')::float8, 0)`;
  return anOrderRelease(
    release,
    `select 1 / (case when random() < ${of('errors')} then 0 else 1 end) as total from customers where id = 1 and waited(${of('seconds')})`,
  );
}

/** A release may not sleep by itself; what its database does is another matter. */
const waited = `create function waited(seconds float8) returns boolean language plpgsql as
  $$ begin execute format('select pg_sleep(%s)', seconds); return true; end $$`;

beforeAll(async () => {
  const releases = ['r2', 'r3', 'r4'].map((release) => [`releases/${release}.yaml`, aMovedRelease(release)]);
  one = await createCanaryRig({
    files: {
      ...Object.fromEntries(releases),
      'stk.yaml': projectWith(errors, { isGated: false }),
      'environments/prod.yaml': aPointer('r1'),
      'environments/canary.yaml': aPointer('r1'),
    },
  });
  await one.rig.databases.sql('prod', waited);
  await behave({});
  const both = { 'environments/prod.yaml': aPointer('r2'), 'environments/canary.yaml': aPointer('r2') };
  await one.rig.land('both: r2', both);
  await one.rig.land('gates', { 'stk.yaml': projectWith(errors) });
});
afterAll(async () => {
  await one.stop();
  await removeRigs();
  await closeRigCompiler();
  await dropRigDatabases();
});

async function canary(release: string): Promise<void> {
  // Events are in the order of their time, and the end of the canary before has one.
  one.clock.advance(1_000);
  await one.rig.land(`canary: ${release}`, { 'environments/canary.yaml': aPointer(release) });
}

async function looks(count: number, calls = 300): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    await one.load(calls);
    await one.look();
  }
}

/** Calls and looks while it is warming or running. */
async function lookOn({ calls = 300, atOnce = 24, most = 40 } = {}): Promise<string> {
  for (let n = 0; n < most; n += 1) {
    if (calls > 0) await one.load(calls, undefined, atOnce);
    const { state } = await one.look();
    if (state !== 'warming' && state !== 'running') return state;
  }
  return one.status().state;
}

const filesOfNewest = () => one.rig.repo.git('show', '--name-only', '--format=', 'main');

/** Once they are on the branch: what happened to the canary since it started. How often its verdict changed is chance. */
async function toldSinceStart(...words: readonly string[]): Promise<void> {
  const told = async (): Promise<readonly string[]> => {
    const events = (await eventsOn(one.rig, 'canary')).filter((event) => event.startsWith('canary-'));
    const start = events.findLastIndex((event) => event.startsWith('canary-started'));
    return events.slice(start).filter((event) => !event.startsWith('canary-verdict'));
  };
  const isTold = (found: readonly string[]): boolean => found.join() === words.join();
  for (let n = 0; n < 1_500 && !isTold(await told()); n += 1) {
    one.clock.advance(1_000);
    await delay(20);
  }
  expect(await told()).toEqual(words);
}

it('finds a fault that begins late', async () => {
  await behave({});
  await canary('r3');
  await looks(4);
  expect(one.status()).toMatchObject({ state: 'running', gates: [{ name: 'errors' }] });
  await behave({ r3: { errors: 0.2 } });
  expect(await lookOn()).toBe('none');
  await one.rig.until(() => one.rig.served('canary') === 'r2');
  expect(await one.newest()).toMatch(/^Stk-Gate: errors$/m);
  expect(await filesOfNewest()).toMatch(/incidents\/.*-canary-r3\.md/);
  await toldSinceStart('canary-started r3', 'canary-failed r3');
});

it('blames nobody for an incident of both releases', async () => {
  await behave({ r2: { errors: 0.1 }, r3: { errors: 0.1 } });
  await canary('r3');
  await looks(6);
  expect(one.status()).toMatchObject({ state: 'running', release: 'r3', weight: 50 });
  const [gate] = one.status().gates;
  expect(gate?.canary?.bad).toBeGreaterThan(20);
  expect(gate?.stable?.bad).toBeGreaterThan(20);
  await one.ask('POST', 'canary/abort', { reason: 'the next case' });
  await one.rig.until(() => one.rig.served('canary') === 'r2');
  await toldSinceStart('canary-started r3', 'canary-aborted r3');
});

it('goes back without an incident where too few calls come', async () => {
  await behave({});
  await canary('r3');
  expect(await lookOn({ calls: 0 })).toBe('none');
  await one.rig.until(() => one.rig.served('canary') === 'r2');
  const message = await one.newest();
  expect(message).toContain('rollback(canary): r3 -> r2');
  expect(message).not.toContain('Stk-Gate');
  expect(await filesOfNewest()).toBe('environments/canary.yaml');
  await toldSinceStart('canary-started r3', 'canary-aborted r3');
});

it('pauses, and blames nobody, while the database is another than the releases need', async () => {
  await canary('r3');
  await looks(2);
  await one.rig.databases.sql('prod', 'alter table customers rename email to mail');
  let state = one.status().state;
  for (let n = 0; n < 20 && state !== 'paused'; n += 1) {
    expect((await one.load(60)).byStatus.get(200)).toBeUndefined();
    ({ state } = await one.look());
  }
  const sentence = 'r2 in prod does not fit its database';
  expect(one.status()).toMatchObject({ state: 'paused', weight: 50, release: 'r3', sentence });
  await looks(4, 60);
  expect(one.status()).toMatchObject({ state: 'paused', weight: 50, release: 'r3', sentence });
  expect(await one.rig.repo.git('show', 'main:environments/canary.yaml')).toContain('r3');

  await one.rig.databases.sql('prod', 'alter table customers rename mail to email');
  for (let n = 0; n < 20 && state === 'paused'; n += 1) {
    await one.load(60);
    ({ state } = await one.look());
  }
  expect(state).toBe('running');
  // Events are in the order of their time.
  await one.look();
  await one.ask('POST', 'canary/abort', { reason: 'the next case' });
  await one.rig.until(() => one.rig.served('canary') === 'r2');
  expect(await filesOfNewest()).toBe('environments/canary.yaml');
  await toldSinceStart('canary-started r3', 'canary-paused r3', 'canary-resumed r3', 'canary-aborted r3');
});

it('pauses where the p99 is half as long again, and tells it once', async () => {
  await one.rig.land('latency', { 'stk.yaml': projectWith(latency, { weight: 20, minimum: '5m' }) });
  await behave({ r2: { seconds: 0.05 }, r3: { seconds: 0.2 } });
  await canary('r3');
  // Fewer calls at once than sessions: what waits for one would be slow in both.
  expect(await lookOn({ calls: 60, atOnce: 6 })).toBe('paused');
  expect(one.status()).toMatchObject({ weight: 20, sentence: 'Gate latency pauses the canary.' });
  await one.look();
  expect(one.status().state).toBe('paused');
  await toldSinceStart('canary-started r3', 'canary-paused r3');
  await behave({});
});

it('ends when production is hot-fixed, and not while the hotfix waits for its approvals', async () => {
  const pointer = `${aPointer('r4')}hotfix: { reason: orders are lost }\n`;
  const moved = await one.rig.land('orders are lost', { 'environments/prod.yaml': pointer });
  expect((await one.load(60)).byRelease.get('r3')).toBeGreaterThan(0);
  for (const by of ['ada@example.com', 'grace@example.com'])
    await approve(one.rig, 'r4', by, { hotfix: moved });
  while (one.rig.served('prod') !== 'r4') {
    one.clock.advance(1_000);
    await one.rig.reconciler.sync();
  }
  expect([...(await one.load(60)).byRelease]).toEqual([['r4', 60]]);
  await one.rig.until(() => one.rig.served('canary') === 'r4');
  expect(await one.newest()).toContain('rollback(canary): r3 -> r4');
  expect(await filesOfNewest()).toBe('environments/canary.yaml');
  await toldSinceStart('canary-started r3', 'canary-paused r3', 'canary-aborted r3');
});

it('told each transition under one id', async () => {
  const keys = await eventKeysOn(one.rig, 'canary');
  expect(keys.length).toBeGreaterThan(12);
  expect(new Set(keys).size).toBe(keys.length);
});
