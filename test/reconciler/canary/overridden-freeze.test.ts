// What a canary's own move may pass does not stop the canary, either.
import { afterAll, afterEach, expect, it } from '@jest/globals';
import { aPointer } from '../../support/documents/release.ts';
import { commitAs } from '../../support/git/signing.ts';
import { createCanaryRig, type CanaryRig } from '../../support/reconciler/canary-rig.ts';
import { closeRigCompiler, removeRigs } from '../../support/reconciler/reconciler-rig.ts';
import { dropRigDatabases } from '../../support/reconciler/rig-databases.ts';

let canary: CanaryRig | undefined;

afterEach(async () => {
  await canary?.stop();
  await removeRigs();
});
afterAll(closeRigCompiler);
afterAll(dropRigDatabases);

it('a canary begins under a freeze that somebody who may do so has overridden, and under no other', async () => {
  const one = await createCanaryRig({
    project: { people: { 'incident-commander': ['grace@example.com'], ci: ['dev@example.com'] } },
  });
  canary = one;
  const { rig } = one;
  const fair = 'freeze: fair\nreason: the fair\nenvironments: [prod]\n';
  await rig.land('freeze', { 'freezes/fair.yaml': fair });
  const override = JSON.stringify({ freeze: 'fair', reason: 'the fix' });
  const move = async (mail: string) => {
    const text = `${aPointer('r3')}override: ${override} # ${mail}\n`;
    await commitAs(rig.repo, { by: { mail }, files: { 'environments/canary.yaml': text } });
    await rig.reconciler.sync();
    await rig.reconciler.settled();
  };
  await move('dev@example.com');
  expect([rig.served('canary'), one.status().state]).toEqual(['r2', 'none']);
  await rig.land('back', { 'environments/canary.yaml': aPointer('r2') });
  await move('grace@example.com');
  expect([rig.served('canary'), one.status().release]).toEqual(['r3', 'r3']);
  expect((await one.look()).state).not.toBe('none');
  // A later freeze ends no canary.
  await rig.land('second', { 'freezes/second.yaml': fair.replace('freeze: fair', 'freeze: second') });
  expect(one.status().release).toBe('r3');
});
