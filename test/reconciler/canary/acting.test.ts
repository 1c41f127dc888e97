// A canary from its pointer commit to its end, in a running Hub under real calls, on a clock that the test moves.
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readCanary } from '../../../src/cli/hub/canary-answer.ts';
import { formatCanary } from '../../../src/cli/print/canary-report.ts';
import { presentCanary } from '../../../src/reconciler/canary/present-canary.ts';
import { readCanaryLog, replayCanary } from '../../../src/analysis/replay-canary.ts';
import { aMoment, realClock } from '../../support/clock.ts';
import { aPointer } from '../../support/documents/release.ts';
import { closeRigCompiler, removeRigs } from '../../support/reconciler/reconciler-rig.ts';
import { dropRigDatabases } from '../../support/reconciler/rig-databases.ts';
import {
  anOrderRelease,
  createCanaryRig,
  quick,
  type CanaryRig,
  type CanaryRigOptions,
} from '../../support/reconciler/canary-rig.ts';
import { eventsOn } from '../../support/reconciler/governed-rig.ts';

let canary: CanaryRig | undefined;

afterEach(async () => {
  await canary?.stop();
  canary = undefined;
  await removeRigs();
});
afterAll(closeRigCompiler);
afterAll(dropRigDatabases);

const toCanary = (release: string) => ({ 'environments/canary.yaml': aPointer(release) });
const toProd = (release: string) => ({ 'environments/prod.yaml': aPointer(release) });

/** r3 is a canary of prod, which serves r2. */
async function begin(options: CanaryRigOptions = {}): Promise<CanaryRig> {
  canary = await createCanaryRig(options);
  await canary.rig.land('canary: r3', toCanary('r3'));
  return canary;
}

/** Calls and looks until the canary is in none of these states, at most so often. */
async function lookWhile(one: CanaryRig, states: readonly string[], calls = 300, most = 40): Promise<string> {
  for (let n = 0; n < most; n += 1) {
    await one.load(calls);
    const { state } = await one.look();
    if (!states.includes(state)) return state;
  }
  return one.status().state;
}

/** Events of the canary environment that canaries wrote, once they are on the branch. */
async function canaryEvents({ rig, clock }: CanaryRig, count: number): Promise<string[]> {
  for (;;) {
    const events = (await eventsOn(rig, 'canary')).filter((event) => event.startsWith('canary-'));
    if (events.length >= count) return events;
    clock.advance(1_000);
    await realClock.sleep(20);
  }
}

/** Some of a hundred calls fail in the statement. */
const failing = (percent: number) =>
  `select 1 / (case when random() < ${percent / 100} then 0 else 1 end) as total`;

describe('a healthy canary', () => {
  it('passes, and the Hub promotes it', async () => {
    const one = await begin({ production: { auto: { when: 'gates' } } });
    expect(one.status()).toMatchObject({
      state: 'warming',
      release: 'r3',
      stable: 'r2',
      weight: 50,
      step: 1,
    });
    const { byRelease } = await one.load(400);
    expect(byRelease.get('r2')).toBeGreaterThan(150);
    expect(byRelease.get('r3')).toBeGreaterThan(150);
    expect(one.rig.served('prod')).toBe('r2');
    await lookWhile(one, ['warming', 'running']);
    await one.rig.until(() => one.rig.served('prod') === 'r3');
    const message = await one.newest();
    expect(message).toContain('promote(prod): r2 -> r3');
    expect(message).toContain('Stk-Actor: hub/auto');
    expect(message).toMatch(/Stk-Gates: .*analysis pass/);
    await one.rig.reconciler.settled();
    await one.look();
    expect(one.status()).toMatchObject({ state: 'none', weight: 0 });
    expect(await canaryEvents(one, 3)).toEqual([
      'canary-started r3',
      'canary-verdict r3',
      'canary-passed r3',
    ]);
    const after = await one.load(50);
    expect([...after.byRelease]).toEqual([['r3', 50]]);
    // People leave it: the canary's pointer still names it, and begins no canary again.
    await one.rig.land('rollback(prod): r3 -> r2', toProd('r2'));
    await one.look();
    expect([...(await one.load(50)).byRelease]).toEqual([['r2', 50]]);
    expect(one.status()).toMatchObject({ state: 'none', weight: 0 });
  });
});

describe('a canary whose calls fail', () => {
  it('gets no call any more, and its pointer goes back with the evidence', async () => {
    const one = await begin({ files: { 'releases/r3.yaml': anOrderRelease('r3', failing(5)) } });
    expect(await lookWhile(one, ['warming', 'running'])).toBe('none');
    const { byRelease } = await one.load(100);
    expect([...byRelease]).toEqual([['r2', 100]]);
    await one.rig.until(() => one.rig.served('canary') === 'r2');
    const message = await one.newest();
    expect(message).toContain('rollback(canary): r3 -> r2');
    expect(message).toMatch(/^Stk-Action: rollback$/m);
    expect(message).toMatch(/^Stk-Cause: canary$/m);
    expect(message).toMatch(/^Stk-Gate: errors$/m);
    expect(message).toMatch(/^Stk-Counts: canary \d+ of \d+, stable 0 of \d+$/m);
    expect(message).toMatch(/^Stk-Bounds: canary 0\.\d+ to 0\.\d+, stable 0 to 0\.\d+$/m);
    expect(message).toMatch(/^Stk-Policy: \{"kind":"errorRate","increase":0\.01,"onBreach":"rollback"\}$/m);
    const files = await one.rig.repo.git('show', '--name-only', '--format=', 'main');
    expect(files).toMatch(/incidents\/.*-canary-r3\.md/);
    expect(await one.rig.repo.git('show', 'main:environments/canary.yaml')).not.toContain('hold');
    expect(await canaryEvents(one, 3)).toEqual([
      'canary-started r3',
      'canary-verdict r3',
      'canary-failed r3',
    ]);
    // Pushed again it is another canary, and no rollback.
    await one.rig.land('again', toCanary('r3'));
    expect(one.status()).toMatchObject({ state: 'warming', release: 'r3' });
    const explained = await one.ask('GET', 'gates?release=r3', undefined, 'prod');
    expect(explained.body).toMatchObject({ outcome: 'waiting', reason: 'GatePending' });
  });
});

describe('a failure while nothing can be committed', () => {
  it('takes the calls away at once; the commit follows, after a restart too', async () => {
    const one = await begin({ files: { 'releases/r3.yaml': anOrderRelease('r3', failing(100)) } });
    // A hand in the work tree: the Hub commits nothing over it.
    const pointer = join(one.rig.repo.directory, 'environments/canary.yaml');
    await writeFile(pointer, `${aPointer('r3')}# being edited\n`);
    expect(await lookWhile(one, ['warming', 'running'], 60)).toBe('none');
    expect([...(await one.load(40)).byRelease]).toEqual([['r2', 40]]);
    await one.rig.until(() => one.rig.logged.some(({ message }) => message.includes('not committed yet')));
    await one.restart();
    expect(one.status().sentence).toContain('its pointer goes back');
    expect([...(await one.load(40)).byRelease]).toEqual([['r2', 40]]);
    await one.rig.repo.git('checkout', '--', 'environments/canary.yaml');
    while (!(await one.newest()).includes('rollback(canary): r3 -> r2')) {
      one.clock.advance(10_000);
      await realClock.sleep(20);
    }
    expect(await one.newest()).toMatch(/^Stk-Gate: errors$/m);
    expect(await canaryEvents(one, 3)).toEqual([
      'canary-started r3',
      'canary-verdict r3',
      'canary-failed r3',
    ]);
  });
});

describe('a canary that refuses its callers', () => {
  it('pauses, and stays where it is', async () => {
    const gates = { refusals: { refusalRate: { increase: '1pp' } }, errors: { errorRate: {} } };
    const refusing = anOrderRelease('r3').replace('reader:', 'nobody:');
    const one = await begin({
      analysis: { ...quick, gates },
      files: { 'releases/r3.yaml': refusing },
    });
    expect(await lookWhile(one, ['warming', 'running'])).toBe('paused');
    await lookWhile(one, ['paused'], 100, 4);
    expect(one.status()).toMatchObject({
      state: 'paused',
      weight: 50,
      sentence: 'Gate refusals pauses the canary.',
    });
    expect(await one.rig.repo.git('show', 'main:environments/canary.yaml')).toContain('r3');
  });
});

describe('a database that breaks under both releases', () => {
  it('blames nobody', async () => {
    const one = await begin();
    await one.load(200);
    await one.look();
    await one.rig.databases.cut('prod');
    for (let n = 0; n < 6; n += 1) {
      const { byStatus } = await one.load(60);
      expect(byStatus.get(200)).toBeUndefined();
      expect((await one.look()).state).toBe('running');
    }
    await one.rig.databases.restore('prod');
    expect(await one.rig.repo.git('show', 'main:environments/canary.yaml')).toContain('r3');
  });
});

describe('too little traffic', () => {
  it('returns to the stable release without an incident, or leaves it to a person', async () => {
    const one = await begin();
    expect(await lookWhile(one, ['warming', 'running'], 1, 60)).toBe('none');
    await one.rig.until(() => one.rig.served('canary') === 'r2');
    const files = await one.rig.repo.git('show', '--name-only', '--format=', 'main');
    expect(files).toBe('environments/canary.yaml');
  });
});

describe('a canary of two steps', () => {
  it('waits for the second while production is frozen, and then takes it', async () => {
    const steps = [{ weight: 10, for: '20s' }, { weight: 50 }];
    const one = await begin({ canary: { weight: undefined, steps } });
    expect(one.status()).toMatchObject({ weight: 10, step: 1, steps: 2 });
    const frozen = { 'freezes/fair.yaml': 'freeze: fair\nreason: the fair\nenvironments: [prod]\n' };
    await one.rig.land('freeze', frozen);
    for (let n = 0; n < 4; n += 1) {
      await one.load(200);
      await one.look();
    }
    expect(one.status()).toMatchObject({ weight: 10, step: 1, state: 'running' });
    await one.rig.land('unfreeze', { 'freezes/fair.yaml': undefined });
    await one.load(200);
    expect(await one.look()).toMatchObject({ weight: 50, step: 2, counted: 0 });
    const { byRelease } = await one.load(200);
    expect(byRelease.get('r3')).toBeGreaterThan(60);
    expect(await canaryEvents(one, 3)).toContain('canary-step r3');
    // A Hub without the lock judges its own calls, and follows the step.
    const { clock } = one;
    const other = await one.rig.another({ clock, monotonic: () => clock.monotonic() });
    const seenBy = () => {
      const view = other.reconciler.canaries.view('canary');
      return view === undefined ? undefined : presentCanary(view);
    };
    while (seenBy()?.step !== 2 || seenBy()?.note === undefined) {
      clock.advance(1_000);
      await aMoment();
    }
    expect(formatCanary(readCanary(seenBy()))).toContain('only the calls that it answered');
    await other.stop();
  });
});

describe('a restart half-way', () => {
  it('goes on with the same counts, and every verdict can be computed again', async () => {
    const one = await begin();
    await one.load(300);
    await one.look();
    await one.load(300);
    const before = await one.look();
    await one.restart();
    expect(one.status()).toMatchObject({ id: before.id, gates: before.gates, state: 'running' });
    expect(await lookWhile(one, ['running'])).toBe('passed');
    const path = join(one.rig.stateDirectory, 'canaries', `${before.id}.jsonl`);
    const log = readCanaryLog(await readFile(path, 'utf8'));
    expect(log.looks.length).toBeGreaterThan(2);
    expect(replayCanary(log)).toMatchObject({ differsAt: undefined });
    const stricter = { ...log.start.policy, minimumMs: 600_000 };
    expect(replayCanary(log, stricter).reports.at(-1)?.state).toBe('running');
  });
});

describe('production moved by hand', () => {
  it('ends the canary in that swap, and the pointer follows without an incident', async () => {
    const one = await begin({ production: { from: undefined } });
    await one.load(200);
    await one.look();
    await one.rig.land('prod: r1', toProd('r1'));
    const { byRelease } = await one.load(50);
    expect([...byRelease]).toEqual([['r1', 50]]);
    await one.rig.until(() => one.rig.served('canary') === 'r1');
    const message = await one.newest();
    expect(message).toContain('rollback(canary): r3 -> r1');
    expect(message).toContain('Stk-Cause: canary');
    const files = await one.rig.repo.git('show', '--name-only', '--format=', 'main');
    expect(files).toBe('environments/canary.yaml');
    expect(await canaryEvents(one, 3)).toContain('canary-aborted r3');
  });
});

describe('a person', () => {
  it('pauses, resumes and aborts a canary, and promotes none that is served', async () => {
    const one = await begin({ production: { from: undefined } });
    await one.load(100);
    await one.look();
    expect((await one.ask('POST', 'canary/pause', {})).status).toBe(400);
    const paused = await one.ask('POST', 'canary/pause', { reason: 'odd numbers' });
    expect(paused.body).toMatchObject({ state: 'paused', weight: 50, sentence: 'odd numbers' });
    expect((await one.look()).state).toBe('paused');
    await one.ask('POST', 'canary/resume', { reason: 'fine' });
    expect((await one.look()).state).toBe('running');
    expect((await one.ask('GET', 'canary', undefined, 'prod')).status).toBe(404);
    const aborted = await one.ask('POST', 'canary/abort', { reason: 'wrong release' });
    expect(aborted.body).toMatchObject({ state: 'none', weight: 0 });
    await one.rig.until(() => one.rig.served('canary') === 'r2');
    expect(await one.newest()).toContain('A person aborted the canary: wrong release');
    expect((await one.ask('POST', 'canary/abort', { reason: 'twice' })).status).toBe(409);
  });
});
