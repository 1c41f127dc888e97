// A canary in two Hubs of which one gets no calls, on a clock that the test moves.
import { afterAll, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { presentCanary } from '../../../src/reconciler/canary/present-canary.ts';
import { aPointer } from '../../support/documents/release.ts';
import { createCanaryRig } from '../../support/reconciler/canary-rig.ts';
import { eventsOn } from '../../support/reconciler/governed-rig.ts';
import { closeRigCompiler, removeRigs } from '../../support/reconciler/reconciler-rig.ts';
import { dropRigDatabases } from '../../support/reconciler/rig-databases.ts';

afterAll(async () => {
  await removeRigs();
  await closeRigCompiler();
  await dropRigDatabases();
});

it('is taken back for too few calls by the Hub that acts, and by no other', async () => {
  const one = await createCanaryRig();
  const { clock } = one;
  await one.rig.land('canary: r3', { 'environments/canary.yaml': aPointer('r3') });
  const other = await one.rig.another({ clock, monotonic: () => clock.monotonic() });
  const ofOther = () => {
    const view = other.reconciler.canaries.view('canary');
    return view === undefined ? undefined : presentCanary(view);
  };
  // Longer than the maximum.
  for (let n = 0; n < 33; n += 1) {
    await one.load(20);
    const { rounds } = other.reconciler.canaries;
    await one.look();
    while (other.reconciler.canaries.rounds === rounds) await delay(1);
  }
  expect(one.status()).toMatchObject({ state: 'undecided', release: 'r3' });
  expect(ofOther()).toMatchObject({ state: 'running', release: 'r3', weight: 50, verdict: 'NO_DATA' });

  await one.stop();
  await one.rig.stop();
  while (other.served('canary') !== 'r2') {
    clock.advance(1_000);
    await delay(5);
  }
  const files = await one.rig.repo.git('show', '--name-only', '--format=%s', 'main');
  expect(files).toBe('rollback(canary): r3 -> r2\n\nenvironments/canary.yaml');
  const ended = async () =>
    (await eventsOn(other, 'canary')).filter((event) => /passed|aborted|failed/.test(event));
  while ((await ended()).length < 1) {
    clock.advance(1_000);
    await delay(5);
  }
  expect(await ended()).toEqual(['canary-aborted r3']);
});
