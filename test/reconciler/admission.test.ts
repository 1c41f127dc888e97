// The governed path in the running reconciler: what a pointer commit needs before it takes effect, and what never needs it.
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { approve, aGovernedRepo, eventsOn, passCi, to } from '../support/reconciler/governed-rig.ts';
import { closeRigCompiler, createRig, removeRigs, type Rig } from '../support/reconciler/reconciler-rig.ts';
import { dropRigDatabases } from '../support/reconciler/rig-databases.ts';

afterEach(removeRigs);
afterAll(closeRigCompiler);
afterAll(dropRigDatabases);

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
