// A Hub that proposes what stable serves to next and legacy: real git, real databases, and a forge that answers and fails as the
// documented ones do.
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { aConstantRelease, aPointer } from '../../support/documents/release.ts';
import { type ForgeServer, startForge } from '../../support/forge/forge-server.ts';
import { digestOf, eventsOn, to, untilTold } from '../../support/reconciler/governed-rig.ts';
import { createMovedClock, type MovedClock } from '../../support/moved-clock.ts';
import {
  closeRigCompiler,
  createRig,
  removeRigs,
  type Rig,
} from '../../support/reconciler/reconciler-rig.ts';
import { rigDatabase } from '../../support/reconciler/rig-databases.ts';
import { aRigProject } from '../../support/reconciler/rig-repo.ts';

let forge: ForgeServer;
let rig: Rig;
let clock: MovedClock;
afterEach(async () => {
  await removeRigs();
  await forge.close();
});
afterAll(closeRigCompiler);

const environments = {
  dev: { database: rigDatabase('dev') },
  staging: { database: rigDatabase('dev') },
  prod: { database: rigDatabase('prod'), backport: ['dev', 'staging'] },
};

/** prod is stable, dev is next, staging is legacy; v1 everywhere, v0 in staging. */
async function start(parts: Readonly<Record<string, unknown>> = {}, token?: string): Promise<void> {
  clock = createMovedClock();
  rig = await createRig({
    clock,
    variables: { FORGE_TOKEN: token ?? forge.token },
    files: {
      'stk.yaml': aRigProject({ environments, forge: { ...forge.settings }, ...parts }),
      'environments/dev.yaml': aPointer('v1'),
      'environments/staging.yaml': aPointer('v1'),
      'environments/prod.yaml': aPointer('v1'),
      ...Object.fromEntries(['v1', 'v2'].map((id) => [`releases/${id}.yaml`, aConstantRelease(id)])),
    },
  });
  forge.headOf = (branch) => rig.repo.git('rev-parse', branch);
}
const branches = async (): Promise<string[]> =>
  (await rig.repo.git('for-each-ref', '--format=%(refname:short)', 'refs/heads/backport'))
    .split('\n')
    .filter(Boolean);
/** In the order of their branches. */
const pulls = (): string[] => forge.pulls.map(({ branch, state }) => `${branch} ${state}`).sort();
const pullOf = (branch: string) => forge.pulls.find((one) => one.branch === branch);
const pending = () =>
  rig.reconciler.status('prod')?.conditions.find(({ type }) => type === 'ProposalPending');
/** Time passes until what failed is tried again, and everything is looked at. */
async function later(ms = 700_000): Promise<void> {
  clock.move(ms);
  await rig.reconciler.sync();
  await rig.reconciler.settled();
}
/** Commits, and looks again once what it moved is served. */
async function land(message: string, files: Readonly<Record<string, string>>): Promise<void> {
  await rig.land(message, files);
  await later(0);
}

describe('a backport', () => {
  beforeEach(async () => {
    forge = await startForge('github');
  });

  it('is a branch, an event and a pull request for each target, once for all', async () => {
    await start();
    expect([await branches(), pulls()]).toEqual([[], []]);
    await land('promote', to('prod', 'v2'));
    expect(await branches()).toEqual(['backport/dev/v2', 'backport/staging/v2']);
    expect(pulls()).toEqual(['backport/dev/v2 open', 'backport/staging/v2 open']);
    expect(pullOf('backport/staging/v2')).toMatchObject({
      into: 'main',
      title: 'backport(staging): v1 -> v2',
      text: expect.stringMatching(
        /^Merging this moves \*\*staging\*\* from v1 to \*\*v2\*\*\. It replaces the whole snapshot[^]*Reason: Backport from prod\.[^]*✅ fits/,
      ),
    });
    const commit = await rig.repo.git('log', '-1', '--format=%s%n%b', 'backport/staging/v2');
    expect(commit).toMatch(
      /^promote\(staging\): v1 -> v2\n[^]*Stk-Source: prod\n[^]*Stk-Actor: hub\/backport/,
    );
    expect(await rig.repo.git('rev-parse', 'backport/staging/v2^')).toBe(
      await rig.repo.git('rev-parse', 'main'),
    );
    await untilTold(rig, 'activated v2');
    while (!(await eventsOn(rig, 'staging')).includes('proposed v2')) await clock.sleep(20);
    // Neither time nor a restart proposes it again, nor does a branch that somebody deleted.
    await later();
    await rig.repo.git('branch', '-D', 'backport/dev/v2');
    rig = await rig.restart({ clock, variables: { FORGE_TOKEN: forge.token } });
    await later();
    expect(pulls()).toHaveLength(2);
    expect(await branches()).toEqual(['backport/staging/v2']);
    expect(pending()).toBeUndefined();
  });

  it('is closed by a newer one and by what its target gets, and not opened again by anybody', async () => {
    await start();
    await land('promote', to('prod', 'v2'));
    await land('add v3', { 'releases/v3.yaml': aConstantRelease('v3') });
    await land('promote', to('prod', 'v3'));
    expect(pulls()).toEqual([
      'backport/dev/v2 closed',
      'backport/dev/v3 open',
      'backport/staging/v2 closed',
      'backport/staging/v3 open',
    ]);
    expect(pullOf('backport/dev/v2')?.text).toMatch(/^\*\*v3 is proposed now\.\*\*/);
    // A person closes one; the other is merged by hand.
    for (const pull of forge.pulls) if (pull.branch === 'backport/dev/v3') pull.state = 'closed';
    await land('staging to v3', to('staging', 'v3'));
    expect(pulls()).toContain('backport/staging/v3 closed');
    expect(pullOf('backport/staging/v3')?.text).toMatch(/^\*\*staging has v3 already\.\*\*/);
    await land('a commit', { 'README.md': 'x\n' });
    await later();
    expect(forge.pulls).toHaveLength(4);
  });

  it('says a conflict in its text once, and stays open', async () => {
    await start();
    await land('promote', to('prod', 'v2'));
    await land('moved', { 'environments/staging.yaml': '# by hand\nrelease: v1\n' });
    await later();
    const conflict = '**Conflict: staging was moved to v1 after this was proposed.**';
    expect(pullOf('backport/staging/v2')?.text.split(conflict)).toHaveLength(2);
    expect(pulls()).toContain('backport/staging/v2 open');
  });

  it('is not made for a rollback, for a vetoed release, or where a newer one is; what is open says so', async () => {
    await start();
    await land('add v3', { 'releases/v3.yaml': aConstantRelease('v3') });
    await land('dev to v3', to('dev', 'v3'));
    await land('promote', to('prod', 'v2'));
    expect(pulls()).toEqual(['backport/staging/v2 open']);
    await land('back', to('prod', 'v1'));
    expect(forge.pulls[0]).toMatchObject({
      state: 'open',
      text: expect.stringMatching(/^\*\*prod rolled back to v1 since\.\*\*/),
    });
    await land('veto', {
      'releases/v4.yaml': aConstantRelease('v4'),
    });
    await land('promote', to('prod', 'v4'));
    expect(pulls()).toEqual([
      'backport/dev/v4 open',
      'backport/staging/v2 closed',
      'backport/staging/v4 open',
    ]);
    await land('veto', { 'vetoes/v4.yaml': 'veto: v4\nreason: it loses mail\n' });
    expect(pullOf('backport/staging/v4')?.text).toMatch(/^\*\*v4 is vetoed: it loses mail\*\*/);
  });

  it('waits for a forge that is down, limits or refuses, says so, and opens nothing twice', async () => {
    await start({}, 'revoked-token');
    await land('promote', to('prod', 'v2'));
    // The branches need no forge.
    expect(await branches()).toHaveLength(2);
    expect(pending()).toMatchObject({
      reason: 'ForgeRefused',
      message: expect.stringContaining('GitHub does not accept the token in FORGE_TOKEN (401)'),
    });
    expect(JSON.stringify([rig.logged, pending()])).not.toContain('revoked-token');
    forge.standing = { status: 429, headers: { 'retry-after': '900' } };
    rig = await rig.restart({ clock, variables: { FORGE_TOKEN: forge.token } });
    await later();
    expect(pending()).toMatchObject({ reason: 'ForgeUnavailable' });
    forge.standing = undefined;
    // The answer to opening is lost.
    forge.faults.push({ status: 200, body: [] }, { status: 200, body: [] }, 'drop');
    const moving = setInterval(() => clock.move(5_000), 20);
    await later();
    clearInterval(moving);
    expect(pulls()).toEqual(['backport/dev/v2 open', 'backport/staging/v2 open']);
    expect(pending()).toBeUndefined();
  });

  it('names a variable that is not set, and a branch that git cannot make', async () => {
    await start({}, '');
    await rig.repo.git('branch', 'backport', 'main');
    await land('promote', to('prod', 'v2'));
    expect(pending()).toMatchObject({
      reason: 'NotProposed',
      message: expect.stringContaining('git cannot make the branch backport/dev/v2'),
    });
    await rig.repo.git('branch', '-D', 'backport');
    await later();
    expect(pending()).toMatchObject({
      reason: 'TokenMissing',
      message: expect.stringContaining('FORGE_TOKEN'),
    });
    expect(await branches()).toHaveLength(2);
  });

  it('is a branch alone where stk.yaml names no forge', async () => {
    await start({ forge: undefined });
    await land('promote', to('prod', 'v2'));
    expect([await branches(), pulls(), pending()]).toEqual([
      ['backport/dev/v2', 'backport/staging/v2'],
      [],
      undefined,
    ]);
    expect(await digestOf(rig, 'v2')).toMatch(/^[0-9a-f]{40}$/);
  });
});
