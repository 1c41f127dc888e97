// After the swap: the smoke tests run on the served release, now with calls and the network. A failure undoes the move,
// unless it is a rollback, nothing else was served before, or the environment is set to alert only.
import { describeFailure, runSmoke, type SmokeReport, type SmokeTools } from '../../smoke/run-smoke.ts';
import type { EnvironmentSettings } from '../../model/project.ts';
import type { ActiveRelease } from '../../serving/serving-table.ts';
import type { SmokeTest } from '../../model/smoke.ts';
import type { CompiledRelease } from '../../serving/compile/compiled-release.ts';

export interface BeforeVerify {
  readonly settings: EnvironmentSettings;
  /** The activated release. */
  readonly active: ActiveRelease;
  readonly smoke: SmokeTools;
  readonly isRollback: boolean;
  /** Aborts when a newer target takes over, or the Hub stops. */
  readonly signal: AbortSignal;
}

export type Verification =
  /** `report` is undefined when there are no tests. A failure in it is only reported. */
  | { readonly kind: 'stays'; readonly report: SmokeReport | undefined }
  | { readonly kind: 'failed'; readonly report: SmokeReport; readonly failure: string }
  | { readonly kind: 'preempted' };

/** For each test. */
const attempts = 3;

export function smokeTestsOf(compiled: CompiledRelease, settings: EnvironmentSettings): readonly SmokeTest[] {
  return [...compiled.release.smoke, ...settings.smoke];
}

export async function verify(found: BeforeVerify): Promise<Verification> {
  const { settings, active, smoke, isRollback, signal } = found;
  const tests = smokeTestsOf(active.compiled, settings);
  if (tests.length === 0) return { kind: 'stays', report: undefined };
  const report = await runSmoke(smoke, { tests, active, isRehearsal: false, attempts, signal });
  if (signal.aborted) return { kind: 'preempted' };
  const failure = describeFailure(report);
  const isTold = isRollback || settings.onSmokeFailure === 'alert';
  return failure === undefined || isTold ? { kind: 'stays', report } : { kind: 'failed', report, failure };
}
