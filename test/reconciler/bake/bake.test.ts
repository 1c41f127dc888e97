// A release after its promotion, in a running Hub under real calls, on a clock that the test moves: one Hub from a day of
// record to a breach, an outage, a restart and a pass.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { addToRecord, type RateRecord } from '../../../src/analysis/before-after.ts';
import { BakeStore } from '../../../src/reconciler/bake/bake-store.ts';
import { aMoment, realClock } from '../../support/clock.ts';
import { aPointer } from '../../support/documents/release.ts';
import { anOrderRelease, createCanaryRig, type CanaryRig } from '../../support/reconciler/canary-rig.ts';
import { eventsOn } from '../../support/reconciler/governed-rig.ts';
import { closeRigCompiler, removeRigs } from '../../support/reconciler/reconciler-rig.ts';
import { dropRigDatabases, rigDatabase } from '../../support/reconciler/rig-databases.ts';
import { aRigProject } from '../../support/reconciler/rig-repo.ts';

let one: CanaryRig;
const failing = 'select 1 / (case when random() < 0.1 then 0 else 1 end) as total';
const spike = { errors: { operations: ['orders.*'] }, do: 'alert' };
const projectWith = (bake: object) =>
  aRigProject({ environments: { prod: { database: rigDatabase('prod'), bake, triggers: { spike } } } });

beforeAll(async () => {
  one = await createCanaryRig({
    files: {
      'stk.yaml': projectWith({ for: '2m', onBreach: 'rollback' }),
      'releases/r3.yaml': anOrderRelease('r3', failing),
      'releases/r4.yaml': anOrderRelease('r4', 'select 4 as total'),
    },
  });
});
afterAll(async () => {
  await one.stop();
  await removeRigs();
  await closeRigCompiler();
  await dropRigDatabases();
});

/** Ten seconds pass, and what is served is looked at. */
async function look(): Promise<void> {
  const { bakes } = one.rig.reconciler.acting;
  const before = bakes.rounds;
  one.clock.advance(10_000);
  while (bakes.rounds === before) await aMoment();
}

const baked = () => one.rig.reconciler.status('prod')?.conditions.find(({ type }) => type === 'Baked');

/** Calls and looks until the bake says something else than that it goes on. */
async function bake(calls: number, most = 40): Promise<string | undefined> {
  for (let n = 0; n < most; n += 1) {
    await one.load(calls);
    await look();
    if (baked()?.reason !== 'Baking') break;
  }
  return baked()?.reason;
}

/** As if these releases had answered calls for two days: what the Hub would have written, while it is stopped. */
async function giveRecords(...releases: readonly string[]): Promise<void> {
  await one.rig.stop();
  const now = one.clock.now();
  const records = await Promise.all(
    releases.map(async (release) => {
      const digest = await one.rig.repo.git('rev-parse', `main:releases/${release}.yaml`);
      const slots: RateRecord = [];
      for (let at = now - 48 * 3_600_000; at < now; at += 600_000)
        addToRecord(slots, at, { calls: 600, bad: 0 });
      return {
        release,
        digest: digest.trim(),
        series: { bake: slots, 'trigger spike': structuredClone(slots) },
      };
    }),
  );
  await new BakeStore(join(one.rig.stateDirectory, 'bakes')).writeRecords('prod', records);
  await one.restart();
  await look();
}

const promote = (release: string) =>
  one.rig.land(`prod: ${release}`, { 'environments/prod.yaml': aPointer(release) });

async function events(count: number): Promise<readonly string[]> {
  for (;;) {
    const found = (await eventsOn(one.rig, 'prod')).filter((event) => event.startsWith('bake-'));
    if (found.length >= count) return found;
    one.clock.advance(1_000);
    await realClock.sleep(20);
  }
}

it('has nothing to compare with under a day of record', async () => {
  expect(baked()).toBeUndefined();
  await look();
  await one.load(50);
  await look();
  await promote('r1');
  await one.load(200);
  await look();
  expect(baked()).toMatchObject({ status: 'Unknown', reason: 'BakeWithoutRecord' });
  expect(baked()?.message).toContain('r1, after r2');
});

it('takes back a release of which more calls fail, with the evidence, an incident and a hold', async () => {
  await giveRecords('r1', 'r4');
  await promote('r3');
  expect(await bake(120)).toBe('BakeBreached');
  await one.rig.until(() => one.rig.served('prod') === 'r1');
  const message = await one.newest();
  expect(message).toContain('rollback(prod): r3 -> r1');
  expect(message).toMatch(/^Stk-Cause: trigger$/m);
  expect(message).toMatch(/^Stk-Gate: bake$/m);
  expect(message).toMatch(/^Stk-Counts: after \d+ of \d+, before 0 of \d+$/m);
  expect(message).toMatch(/^Stk-Bounds: after 0\.\d+ to 0\.\d+, before at most 0\.\d+$/m);
  expect(message).toMatch(/^Stk-Policy: \{"for":120000,"onBreach":"rollback"\}$/m);
  expect(await one.rig.repo.git('show', '--name-only', '--format=', 'main')).toMatch(
    /incidents\/.*-prod-r3\.md/,
  );
  expect(await one.rig.repo.git('show', 'main:environments/prod.yaml')).toContain('hold');
  expect(await events(1)).toEqual(['bake-breached r3']);
  await one.rig.reconciler.settled();
  await look();
  // A rollback is not compared with anything.
  expect(baked()).toBeUndefined();
});

it('blames no release for its database, goes on after a restart, and passes', async () => {
  await promote('r4');
  await one.load(200);
  await look();
  expect(baked()).toMatchObject({ status: 'Unknown', reason: 'Baking' });
  await one.rig.databases.cut('prod');
  for (let n = 0; n < 3; n += 1) {
    expect((await one.load(24)).byStatus.get(200)).toBeUndefined();
    await look();
  }
  expect(baked()?.message).toContain('0 of 200 calls failed');
  await one.rig.databases.restore('prod');
  await one.restart();
  await look();
  expect(baked()?.message).toContain('0 of 200 calls failed');
  expect(await bake(100)).toBe('BakePassed');
  expect(await events(2)).toEqual(['bake-breached r3', 'bake-passed r4']);
  expect(one.rig.served('prod')).toBe('r4');
});

it('only tells of a breach by default', async () => {
  await one.rig.land('bake: alert', { 'stk.yaml': projectWith({ for: '2m' }) });
  await one.rig.land('prod: r5', {
    'releases/r5.yaml': anOrderRelease('r5', `${failing}, 5 as five`),
    'environments/prod.yaml': aPointer('r5'),
  });
  expect(await bake(120)).toBe('BakeBreached');
  expect(await events(3)).toContain('bake-breached r5');
  await one.rig.reconciler.settled();
  expect(one.rig.served('prod')).toBe('r5');
  expect(await one.newest()).toContain('prod: r5');
});

it('has a trigger on errors fire on the same calls, and on no others', async () => {
  const spiking = () => one.rig.reconciler.status('prod')?.triggers?.[0];
  for (let n = 0; n < 40 && spiking()?.state !== 'firing'; n += 1) {
    await one.load(120);
    await look();
  }
  expect(spiking()).toMatchObject({ name: 'spike', kind: 'errors', do: 'alert', state: 'firing' });
  expect(spiking()?.sentence).toMatch(/^Since the activation: .* calls failed .* It only alerts\.$/);
  expect(one.rig.served('prod')).toBe('r5');
});

it.each([
  ['while everything is halted', 'r5', 'r6', /Everything is halted: the Hub only alerts/],
  [
    'once more within the hour',
    'r6',
    'r7',
    /prod was rolled back \d+ minutes ago, and one rollback an hour is the limit/,
  ],
])('does not go back %s, and says so', async (_, before, release, why) => {
  await one.rig.land('bake: rollback', { 'stk.yaml': projectWith({ for: '2m', onBreach: 'rollback' }) });
  await giveRecords(before);
  await one.rig.land(`prod: ${release}`, {
    [`releases/${release}.yaml`]: anOrderRelease(release, `${failing}, '${release}' as own`),
    'environments/prod.yaml': aPointer(release),
  });
  expect(one.rig.served('prod')).toBe(release);
  const isHalted = release === 'r6';
  if (isHalted) await one.rig.land('halt', { 'freezes/halt.yaml': 'freeze: halt\nreason: fire\n' });
  expect(await bake(120)).toBe('BakeBreached');
  expect(baked()?.message).toMatch(why);
  await one.rig.reconciler.settled();
  expect(one.rig.served('prod')).toBe(release);
  if (isHalted) await one.rig.land('unhalt', { 'freezes/halt.yaml': undefined });
});
