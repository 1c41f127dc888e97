// A merge that changes or removes a release which history names is told when it lands, not in the night of the rollback.
import { afterAll, afterEach, expect, it } from '@jest/globals';
import { aConstantRelease } from '../support/documents/release.ts';
import { closeRigCompiler, createRig, removeRigs } from '../support/reconciler/reconciler-rig.ts';
import { aRigRepo, toProd } from '../support/reconciler/rig-repo.ts';

afterEach(removeRigs);
afterAll(closeRigCompiler);

it('a rollback target that was changed or removed is a condition and a line of the log, until it is back', async () => {
  const rig = await createRig({ files: aRigRepo() });
  const condition = () => rig.condition('prod', 'RollbackTargets');
  const lines = () =>
    rig.logged.filter(({ message }) => message === 'releases to roll back to were changed or removed');
  expect(condition()).toMatchObject({ status: 'True', reason: 'NoTargets' });
  await rig.land('v2', toProd('v2'));
  await rig.land('v3', toProd('v3'));
  expect(condition()).toMatchObject({ status: 'True', reason: 'Unchanged' });
  await rig.repo.git('rm', '--quiet', 'releases/v2.yaml');
  await rig.land('a merge', { 'releases/v1.yaml': aConstantRelease('v1', { about: 'other' }) });
  expect(condition()).toMatchObject({
    status: 'False',
    reason: 'TargetsLost',
    message: expect.stringMatching(/releases\/v2.yaml was removed; releases\/v1.yaml was changed/),
  });
  const revision = await rig.repo.revision();
  expect(lines()).toEqual([
    {
      level: 'warn',
      message: 'releases to roll back to were changed or removed',
      fields: { environment: 'prod', revision, changed: ['v1'], removed: ['v2'] },
    },
  ]);
  await rig.land('beside', { 'releases/v9.yaml': aConstantRelease('v9') });
  expect(lines()).toHaveLength(1);
  // What is served stays, and it is ready.
  expect([rig.served('prod'), rig.condition('prod', 'Ready').status]).toEqual(['v3', 'True']);
  await rig.repo.git('checkout', '--quiet', 'HEAD~2', '--', 'releases');
  await rig.land('restored', {});
  expect(condition()).toMatchObject({ status: 'True', reason: 'Unchanged' });
});
