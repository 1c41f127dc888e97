// The governed path in the running reconciler: what a pointer commit needs before it takes effect, and what never needs it.
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { aPointer } from '../support/documents/release.ts';
import { branch } from '../support/git/records-repo.ts';
import {
  approve,
  aGovernedRepo,
  eventsOn,
  governed,
  passCi,
  to,
} from '../support/reconciler/governed-rig.ts';
import { closeRigCompiler, createRig, removeRigs, type Rig } from '../support/reconciler/reconciler-rig.ts';
import { startControlPlane } from '../support/reconciler/rig-control-plane.ts';
import { aTierRelease } from '../support/reconciler/rig-repo.ts';
import { dropRigDatabases } from '../support/reconciler/rig-databases.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
  await removeRigs();
});
afterAll(closeRigCompiler);
afterAll(dropRigDatabases);

const { prod, dev } = governed.environments;
const openEnvironments = { dev, prod: { database: prod.database } };
const admitted = (rig: Rig): string => rig.condition('prod', 'Admitted').reason;
const messageOf = (rig: Rig): string => rig.condition('prod', 'Admitted').message;
const serves = (rig: Rig, release: string) => rig.until(() => rig.served('prod') === release);

/** The outbox writes at most once a second. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 50));
}

describe('a promotion', () => {
  it('waits for each thing that is missing and takes effect when the last one arrives', async () => {
    const rig = await createRig({ files: aGovernedRepo() });
    expect(rig.served('prod')).toBe('v1');
    await rig.land('a straight push', to('prod', 'v2'));
    expect(rig.served('prod')).toBe('v1');
    expect(admitted(rig)).toBe('GatePending');
    expect(messageOf(rig)).toContain('3 gates not passed yet');
    await rig.land('dev first', to('dev', 'v2'));
    await rig.until(() => messageOf(rig).includes('2 gates not passed yet'));
    await passCi(rig, 'v2');
    await rig.until(() => messageOf(rig).includes('1 gate not passed yet'));
    // The author of the move and of the release holds the role.
    await approve(rig, 'v2', 'operator@example.com');
    await rig.reconciler.sync();
    expect(admitted(rig)).toBe('GatePending');
    expect(rig.reconciler.status('prod')?.admission).toMatchObject({
      outcome: 'waiting',
      gates: [
        { name: 'from', verdict: 'pass' },
        { name: 'ci', verdict: 'pass' },
        { name: 'review', verdict: 'pending' },
      ],
    });
    await approve(rig, 'v2', 'rev@example.com');
    await serves(rig, 'v2');
    await rig.reconciler.settled();
    expect(rig.served('prod')).toBe('v2');
    await rig.reconciler.sync();
    const told = ['admitted v1', 'activated v1', 'waiting v2', 'admitted v2', 'activated v2'];
    await until(async () => (await eventsOn(rig)).length >= told.length);
    expect(await eventsOn(rig)).toEqual(told);
  });
});

/** prod serves v2, and v1 before it. */
async function afterPromotion(): Promise<Rig> {
  const rig = await createRig({ files: aGovernedRepo() });
  await rig.land('dev and prod', { ...to('dev', 'v2'), ...to('prod', 'v2') });
  await passCi(rig, 'v2');
  await approve(rig, 'v2', 'rev@example.com');
  await serves(rig, 'v2');
  return rig;
}

const freeze = (text: string): Record<string, string> => ({ 'freezes/f.yaml': text });

describe('what stands against a move', () => {
  it('is named first by its reason, and never stops a rollback', async () => {
    const rig = await afterPromotion();
    await rig.land('v3', { ...to('dev', 'v3'), ...to('prod', 'v3') });
    expect(admitted(rig)).toBe('GatePending');
    await rig.land('frozen', freeze('freeze: f\nreason: holidays\n'));
    await rig.until(() => admitted(rig) === 'Frozen');
    await rig.land('broken', freeze('freeze: [\n'));
    await rig.until(() => messageOf(rig).includes('f'));
    expect(admitted(rig)).toBe('Frozen');
    await rig.land('veto', { 'vetoes/v3.yaml': 'veto: v3\nreason: it loses orders\n' });
    await rig.until(() => admitted(rig) === 'Vetoed');
    expect(rig.served('prod')).toBe('v2');
    await rig.repo.git('branch', '-D', branch);
    await rig.land('back', to('prod', 'v1'));
    expect(rig.served('prod')).toBe('v1');
    // The event's commit may wake the environment once more, and then nothing is left to admit.
    expect(['RanBefore', 'NothingToAdmit']).toContain(admitted(rig));
  });

  it('is a commit that changes the policy too, and a release that was named but never ran', async () => {
    const rig = await afterPromotion();
    await rig.land('v3 waits', to('prod', 'v3'));
    await rig.land('v4 waits', to('prod', 'v4'));
    await rig.land('v3 again', to('prod', 'v3'));
    expect([rig.served('prod'), admitted(rig)]).toEqual(['v2', 'GatePending']);
    const loosened = aGovernedRepo({ freeze: { override: ['ci'] } })['stk.yaml'] ?? '';
    await rig.land('both', { 'stk.yaml': loosened, ...to('prod', 'v4') });
    expect([rig.served('prod'), admitted(rig)]).toEqual(['v2', 'PolicyAndPointer']);
  });
});

describe('a Hub with an empty state directory', () => {
  it('serves what the environment served last while the pointer waits, a veto or not', async () => {
    const rig = await afterPromotion();
    await until(async () => (await eventsOn(rig)).includes('activated v2'));
    expect(rig.condition('prod', 'ServedVetoed').status).toBe('False');
    await rig.land('v3 waits', { ...to('prod', 'v3'), 'vetoes/v2.yaml': 'veto: v2\nreason: slow\n' });
    await rig.until(() => rig.condition('prod', 'ServedVetoed').status === 'True');
    await rig.stop();
    await rm(rig.stateDirectory, { recursive: true, force: true });
    const replica = await rig.restart();
    expect([replica.served('prod'), admitted(replica)]).toEqual(['v2', 'GatePending']);
    expect(replica.reconciler.status('prod')?.serving).toMatchObject({ release: 'v2' });
    expect(replica.condition('prod', 'ServedVetoed').message).toBe(
      'v2 is vetoed and still served: slow. Roll back, or promote another release.',
    );
    const told = await eventsOn(replica);
    await replica.reconciler.settled();
    expect(new Set(told).size).toBe(told.length);
  });
});

describe('gates that are added later', () => {
  it('let a rollback through to what was named before, and no new release', async () => {
    const rig = await createRig({
      files: aGovernedRepo({ environments: openEnvironments, people: undefined }),
    });
    await rig.land('v2', to('prod', 'v2'));
    expect(rig.served('prod')).toBe('v2');
    await rig.land('gates', { 'stk.yaml': aGovernedRepo()['stk.yaml'] ?? '' });
    await rig.land('v3', { 'environments/prod.yaml': aPointer('v3') });
    expect([rig.served('prod'), admitted(rig)]).toEqual(['v2', 'GatePending']);
    await rig.land('back', to('prod', 'v1'));
    expect(rig.served('prod')).toBe('v1');
    // The event's commit may wake the environment once more, and then nothing is left to admit.
    expect(['RanBefore', 'NothingToAdmit']).toContain(admitted(rig));
  });

  it('stop the first release of an environment that never had one', async () => {
    const open = aGovernedRepo({ environments: openEnvironments, people: undefined });
    const files = Object.fromEntries(
      Object.entries(open).filter(([path]) => path !== 'environments/prod.yaml'),
    );
    const rig = await createRig({ files });
    await rig.land('gates', { 'stk.yaml': aGovernedRepo()['stk.yaml'] ?? '' });
    await rig.land('the first', to('prod', 'v2'));
    await rig.until(() => admitted(rig) === 'GatePending');
    expect(rig.served('prod')).toBeUndefined();
  });
});

describe('a move through the API', () => {
  it('is 422 with the gates while they do not pass, and 409 with the gates where it does not fit', async () => {
    const files = { ...aGovernedRepo(), 'releases/tier.yaml': aTierRelease('tier') };
    const rig = await createRig({ files });
    const ask = await startControlPlane(rig, closing);
    const gates = [
      { name: 'from' },
      { name: 'ci', verdict: 'pending' },
      { name: 'review', help: expect.any(String) },
    ];
    const answer = await ask('GET', 'gates?release=v2&author=rev@example.com');
    expect(answer.body).toMatchObject({ environment: 'prod', release: 'v2', outcome: 'waiting', gates });
    expect(await ask('POST', 'promote', { release: 'v2' })).toMatchObject({
      status: 422,
      body: { code: 'gate-not-met', outcome: 'waiting', reason: 'GatePending', gates },
    });
    expect(await ask('POST', 'promote', { release: 'tier' })).toMatchObject({
      status: 409,
      body: {
        code: 'incompatible',
        findings: expect.arrayContaining([expect.objectContaining({ severity: 'block' })]),
        gates,
      },
    });
    expect(rig.served('prod')).toBe('v1');
  });
});
