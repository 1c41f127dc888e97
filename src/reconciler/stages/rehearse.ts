// Stage 6: the smoke tests that call operations run on the candidate, which nobody else can call yet. Nothing that they do
// stays. A failure refuses the release. A rollback is not rehearsed: its tests run after the swap, and nothing waits for them.
// Another check follows, since this stage takes time.
import { StkError } from '../../kernel/errors.ts';
import { describeFailure, runSmoke, type SmokeReport, type SmokeTools } from '../../smoke/run-smoke.ts';
import type { EnvironmentSettings } from '../../model/project.ts';
import type { DatabaseHandle } from '../database-handles.ts';
import type { EnvironmentStore } from '../status/environment-store.ts';
import type { Announced } from './announce.ts';
import { check, type BeforeCheck, type CompatibleVerdict } from './check.ts';
import type { LoadedRelease } from './load-release.ts';
import { prepareActive } from './prepare-active.ts';
import { proceed, stopWith, type StageOutcome, type Target } from './stage.ts';

export interface BeforeRehearse extends LoadedRelease {
  readonly target: Target;
  readonly settings: EnvironmentSettings;
  readonly handle: DatabaseHandle;
  readonly store: EnvironmentStore;
  readonly smoke: SmokeTools;
  /** It is served first, and tested then. */
  readonly isRollback: boolean;
  /** Ends the database's work. */
  readonly patience: AbortSignal;
}

export interface Rehearsed {
  /** `undefined` when there was nothing to rehearse. */
  readonly rehearsal: SmokeReport | undefined;
}

/** One attempt: the next reconcile asks an unreachable database again. */
const attempts = 1;

export async function rehearse(found: BeforeRehearse): Promise<StageOutcome<Rehearsed>> {
  const { target, settings, compiled, store, smoke, isRollback, patience } = found;
  const { environment } = target;
  const tests = [...compiled.release.smoke, ...settings.smoke];
  const isServed = store.state.arms?.stable.compiled.digest === compiled.digest;
  if (isServed || isRollback || !tests.some(({ kind }) => kind === 'call'))
    return proceed({ rehearsal: undefined });
  const active = prepareActive({ ...found, clock: smoke.clock });
  const rehearsal = await runSmoke(smoke, { tests, active, isRehearsal: true, attempts, signal: patience });
  const failure = describeFailure(rehearsal);
  if (failure === undefined) return proceed({ rehearsal });
  const { release } = compiled.release;
  const error = new StkError('smoke-failed', `${release} is not served in ${environment}. ${failure}`, {
    hint: 'Correct the release under a new id, or the data that the test needs.',
    details: { environment, release, tests: rehearsal.tests },
  });
  return stopWith('SmokeFailed', error, { wakes: [`database:${environment}`] });
}

/** The schema may have changed during the tests or the writing of an event. */
export async function checkAgain(
  found: BeforeCheck & Rehearsed & Announced & { readonly verdict: CompatibleVerdict },
): Promise<StageOutcome<{ readonly verdict: CompatibleVerdict }>> {
  const isAtOnce = found.rehearsal === undefined && found.prepared === undefined;
  return isAtOnce ? proceed({ verdict: found.verdict }) : check(found);
}
