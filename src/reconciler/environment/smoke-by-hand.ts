// Runs the smoke tests of an environment on request: on the served release, or on a candidate that nobody can call.
import { StkError } from '../../kernel/errors.ts';
import { runSmoke, type SmokeReport } from '../../smoke/run-smoke.ts';
import type { ActiveRelease } from '../../serving/serving-table.ts';
import type { SmokeOutcome } from '../hub-state.ts';
import type { CheckCandidateRequest } from './check-candidate.ts';
import { prepareCandidate } from './prepare-candidate.ts';
import type { ReconcileTools } from './reconcile-tools.ts';

export interface SmokeByHandRequest extends Omit<CheckCandidateRequest, 'what'> {
  /** An id at the observed revision; `undefined` for the served release. */
  readonly release: string | undefined;
  readonly serving: ActiveRelease | undefined;
  /** For each test, at most; default: as after a swap. */
  readonly attempts?: number | undefined;
  /** The tests of the served release have ended. */
  readonly onServed: (active: ActiveRelease, report: SmokeReport) => void;
}

/** As after a swap. */
const usualAttempts = 3;

/** Throws `not-active`, the refusal of the release, and the reason why its database does not open. */
export async function smokeByHand(tools: ReconcileTools, request: SmokeByHandRequest): Promise<SmokeOutcome> {
  const { settings, release, serving, signal, attempts = usualAttempts } = request;
  const isServed = release === undefined || serving?.compiled.release.release === release;
  const active = isServed ? serving : await prepareCandidate(tools, request, release);
  if (active === undefined)
    throw new StkError('not-active', `${settings.name} serves no release, so there is nothing to test`, {
      hint: 'Name a release with --release-id, or see stk status.',
      details: { environment: settings.name },
    });
  const tests = [...active.compiled.release.smoke, ...settings.smoke];
  const report = await runSmoke(tools.smoke, { tests, active, isRehearsal: !isServed, attempts, signal });
  if (isServed && !signal.aborted) request.onServed(active, report);
  return { release: active.compiled.release.release, report };
}
