// Where an environment can go back to: by the Hub's own memory where nothing is configured, by the events where its memory is gone.
import { rm } from 'node:fs/promises';
import { afterAll, afterEach, expect, it } from '@jest/globals';
import { aConstantRelease, aProject } from '../support/documents/release.ts';
import { aGovernedRepo, governed, to, untilTold } from '../support/reconciler/governed-rig.ts';
import { closeRigCompiler, createRig, removeRigs, type Rig } from '../support/reconciler/reconciler-rig.ts';
import { dropRigDatabases, rigDatabase } from '../support/reconciler/rig-databases.ts';
import { aRigRepo, toProd } from '../support/reconciler/rig-repo.ts';

afterEach(removeRigs);
afterAll(closeRigCompiler);
afterAll(dropRigDatabases);

const target = (rig: Rig, kind: 'previous' | 'last-known-good' = 'previous') =>
  rig.reconciler.rollbackTarget('prod', kind);

it('is the release under what is served, further back each time, and nothing at the bottom', async () => {
  const rig = await createRig({ files: aRigRepo() });
  await rig.land('promote', toProd('v2'));
  // It does not fit, so that it never was served.
  await rig.land('promote', toProd('tier'));
  await rig.land('promote', toProd('v3'));
  expect(await target(rig)).toMatchObject({ release: 'v2', fits: true, skipped: [] });
  await rig.land('back\n\nStk-Action: rollback', toProd('v2'));
  expect(await target(rig)).toMatchObject({ release: 'v1' });
  await rig.land('veto', { 'vetoes/v1.yaml': 'veto: v1\nreason: loses orders\n' });
  expect(await target(rig)).toMatchObject({
    release: null,
    revision: null,
    skipped: [{ release: 'v1', why: 'it is vetoed: loses orders' }],
  });
  const next = await rig.restart();
  await next.land('no veto', { 'vetoes/v1.yaml': undefined, 'releases/v4.yaml': aConstantRelease('v4') });
  expect(await target(next)).toMatchObject({ release: 'v1' });
  await next.land('back\n\nStk-Action: rollback', toProd('v1'));
  expect(await target(next)).toMatchObject({ release: null });
});

it('is known to be good if it was not taken back, vetoed, short of time, or without the tag', async () => {
  const lastKnownGood = { for: '0s', tags: ['ga-'] };
  const prod = { database: rigDatabase('prod'), lastKnownGood };
  const stk = (more: object): Record<string, string> => ({
    'stk.yaml': aProject({
      environments: { dev: { database: rigDatabase('dev') }, prod: { ...prod, ...more } },
    }),
  });
  const releases = ['ga-1', 'ga-2', 'rc-3', 'ga-5', 'ga-6'];
  const files = Object.fromEntries(releases.map((id) => [`releases/${id}.yaml`, aConstantRelease(id)]));
  const rig = await createRig({ files: { ...aRigRepo(files), ...stk({}), ...toProd('ga-1') } });
  for (const id of ['ga-2', 'rc-3']) await rig.land(id, toProd(id));
  // The tag of the commit that added it counts as its id does.
  const added = await rig.repo.commit('v4', { 'releases/v4.yaml': aConstantRelease('v4') });
  await rig.repo.git('tag', '-a', '-m', 'v4', 'ga-4', added);
  await rig.land('v4', toProd('v4'));
  const smoke = [{ name: 'gone', call: 'nothing', role: 'reader', expect: { code: 'unknown-operation' } }];
  const broken = [{ name: 'down', http: 'http://127.0.0.1:1/' }];
  await rig.land('smoke', stk({ smoke: broken }));
  await rig.land('ga-5', toProd('ga-5'));
  await rig.until(() => rig.logged.some(({ message }) => message === 'the rollback is committed'));
  await rig.reconciler.sync();
  await rig.land('smoke', stk({ smoke }));
  await rig.land('ga-6', toProd('ga-6'));
  expect(rig.served('prod')).toBe('ga-6');
  await rig.land('veto', { 'vetoes/v4.yaml': 'veto: v4\nreason: slow\n' });
  expect(await target(rig, 'last-known-good')).toMatchObject({
    environment: 'prod',
    release: 'ga-2',
    fits: true,
    skipped: [
      { release: 'v4', why: 'it is vetoed: slow' },
      { release: 'ga-5', why: 'its smoke tests failed after it was activated' },
      { release: 'rc-3', why: 'neither its id nor a tag of the commit that added it begins with ga-' },
    ],
  });
  await rig.land('no veto', { 'vetoes/v4.yaml': undefined });
  expect(await target(rig, 'last-known-good')).toMatchObject({ release: 'v4', skipped: [] });
  await rig.land('longer', stk({ lastKnownGood: { for: '1h' } }));
  const none = await target(rig, 'last-known-good');
  expect(none).toMatchObject({ release: null, since: null, fits: null });
  expect(none.skipped[0]?.why).toMatch(/^it was served healthily for \d s at most; 3600 s are required$/);
});

it('is known by the events to a Hub whose state directory is empty', async () => {
  const prod = { ...governed.environments.prod, gates: {}, lastKnownGood: { for: '0s' } };
  const rig = await createRig({
    files: aGovernedRepo({ environments: { ...governed.environments, prod } }),
  });
  for (const id of ['v2', 'v3']) {
    await rig.land(`dev ${id}`, to('dev', id));
    await rig.land(`prod ${id}`, to('prod', id));
  }
  await untilTold(rig, 'activated v3');
  await rig.stop();
  await rm(rig.stateDirectory, { recursive: true, force: true });
  const replica = await rig.restart();
  expect(replica.served('prod')).toBe('v3');
  expect(await target(replica)).toMatchObject({ release: 'v2', fits: true });
  expect(await target(replica, 'last-known-good')).toMatchObject({ release: 'v2' });
});
