// The state of an environment as `GET …/environments/{e}` shows it.
import type { Condition } from '../../model/condition.ts';
import { findingsOf } from './compute-conditions.ts';
import type { EnvironmentState } from './environment-state.ts';
import type { EnvironmentStatus } from './status.ts';

export interface StatusRequest {
  readonly project: string;
  /** The newest revision that the loop has acted on. */
  readonly observedRevision: string | undefined;
}

export function describeStatus(
  { state, conditions }: { readonly state: EnvironmentState; readonly conditions: readonly Condition[] },
  { project, observedRevision }: StatusRequest,
): EnvironmentStatus {
  const { environment, desired, arms, isReconciling, concludedRevision } = state;
  const observed = isReconciling ? concludedRevision : observedRevision;
  const stable = arms?.stable;
  const serving =
    stable === undefined
      ? null
      : { release: stable.compiled.release.release, revision: stable.revision, since: stable.since };
  return {
    project,
    environment,
    desired: desired ?? null,
    serving,
    observedRevision: observed ?? null,
    conditions,
    findings: findingsOf(state),
  };
}
