// Automation never takes the place of a canary that runs: only a person's move does.
import { afterAll, afterEach, expect, it } from '@jest/globals';
import { anOrderRelease, createCanaryRig, type CanaryRig } from '../../support/reconciler/canary-rig.ts';
import { closeRigCompiler, removeRigs } from '../../support/reconciler/reconciler-rig.ts';
import { dropRigDatabases } from '../../support/reconciler/rig-databases.ts';

let canary: CanaryRig | undefined;

afterEach(async () => {
  await canary?.stop();
  await removeRigs();
});
afterAll(closeRigCompiler);
afterAll(dropRigDatabases);

it('automation waits while a canary runs, and goes on when it is over', async () => {
  const one = await createCanaryRig({ canary: { auto: { when: 'gates', choose: 'newest' } } });
  canary = one;
  const { rig } = one;
  const add = (release: string) =>
    rig.land(`add ${release}`, { [`releases/${release}.yaml`]: anOrderRelease(release) });
  await add('r4');
  await rig.until(() => one.status().release === 'r4');
  await add('r5');
  await rig.reconciler.settled();
  await one.look();
  expect(await rig.reconciler.auto.view('canary')).toMatchObject({
    would: 'wait',
    release: 'r5',
    sentence: expect.stringContaining('The canary of r4 in canary is not over'),
  });
  expect(one.status().release).toBe('r4');
  await one.ask('POST', 'canary/abort', { reason: 'r5 is better' });
  await rig.until(() => rig.served('canary') === 'r2');
  one.clock.advance(10_000);
  await rig.until(() => one.status().release === 'r5');
});
