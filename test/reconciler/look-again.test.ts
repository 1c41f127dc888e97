// When a release that is not served yet is reconciled again: at a time, when a fact changes, or as its reason says.
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import type { Clock } from '../../src/kernel/clock.ts';
import { planNext } from '../../src/reconciler/environment/plan-next.ts';
import type { Wait } from '../../src/reconciler/stages/stage.ts';
import { timing } from '../../src/reconciler/status/timing.ts';
import { realClock } from '../support/clock.ts';
import { closeRigCompiler, createRig, removeRigs } from '../support/reconciler/reconciler-rig.ts';
import { dropRigDatabases, tierMigration } from '../support/reconciler/rig-databases.ts';
import { aRigRepo, toProd } from '../support/reconciler/rig-repo.ts';

afterEach(removeRigs);
afterAll(closeRigCompiler);
afterAll(dropRigDatabases);

const clock: Clock = { now: () => 10_000, sleep: () => Promise.resolve(), random: () => 0.5 };
const waits: Wait = {
  kind: 'wait',
  reason: 'MigrationRunning',
  message: 'a migration is running',
  findings: [],
  wakes: ['database:prod'],
};
const ended = (end: Partial<Wait>): { end: Wait; failures: number } => ({
  end: { ...waits, ...end },
  failures: 1,
});
const nothing = new Set<never>();

describe('the next reconcile', () => {
  it('comes as the reason says where no time is given', () => {
    expect(planNext(ended({}), nothing, clock)).toBe(timing.backOffFirst);
    expect(planNext(ended({ reason: 'Incompatible' }), nothing, clock)).toBe(timing.recheck);
    expect(planNext(ended({ reason: 'ReleaseMissing' }), nothing, clock)).toBeUndefined();
  });

  it('comes at the time that was given, and after an hour where that is further', () => {
    expect(planNext(ended({ until: 70_000 }), nothing, clock)).toBe(60_000);
    expect(planNext(ended({ until: 9_000 }), nothing, clock)).toBe(0);
    expect(planNext(ended({ until: 1e15 }), nothing, clock)).toBe(3_600_000);
  });

  it('comes at once where a fact that it waits for has changed meanwhile, and for no other', () => {
    expect(planNext(ended({ until: 70_000 }), new Set(['database:prod']), clock)).toBe(0);
    expect(planNext(ended({ until: 70_000 }), new Set(['serving:dev']), clock)).toBe(60_000);
  });
});

describe('a release that waits for its database', () => {
  it('is checked again at once when a call or the drift watch finds another schema', async () => {
    // No interval ends, so that only the fact can bring the next check.
    const isInterval = (ms: number): boolean => ms >= 0.8 * timing.recheck && ms <= 1.2 * timing.recheck;
    const patient: Clock = {
      ...realClock,
      sleep: (ms, signal) => realClock.sleep(isInterval(ms) ? 1_000_000 : ms, signal),
    };
    const rig = await createRig({ files: aRigRepo(toProd('v2')), clock: patient });
    await rig.land('promote', toProd('tier'));
    expect(rig.condition('prod', 'Compatible').reason).toBe('Incompatible');
    await rig.databases.sql('prod', tierMigration);
    rig.reconciler.noteCallFailure('prod');
    await rig.until(() => rig.served('prod') === 'tier');
    expect(rig.served('prod')).toBe('tier');
  });
});
