// The state of an environment in the form of `GET …/environments/{e}`.
import type { Condition } from '../../model/condition.ts';
import { findingsOf } from './compute-conditions.ts';
import { presentDecision } from '../admission/explanation.ts';
import type { HotfixDebt } from '../admission/read-debt.ts';
import type { EnvironmentState } from './environment-state.ts';
import type { EnvironmentStatus, PresentedDebt } from './status.ts';

export interface StatusRequest {
  readonly project: string;
  /** The newest revision that the loop has processed. */
  readonly observedRevision: string | undefined;
  /** Milliseconds since 1970. */
  readonly healthySince: number | undefined;
}

export function describeStatus(
  { state, conditions }: { readonly state: EnvironmentState; readonly conditions: readonly Condition[] },
  { project, observedRevision, healthySince }: StatusRequest,
): EnvironmentStatus {
  const { environment, desired, arms, isReconciling, concludedRevision, decision, blob, debt } = state;
  const observed = isReconciling ? concludedRevision : observedRevision;
  const stable = arms?.stable;
  const serving =
    stable === undefined
      ? null
      : { release: stable.compiled.release.release, revision: stable.revision, since: stable.since };
  const health =
    decision === undefined || blob === undefined
      ? {}
      : {
          digest: blob.blob,
          healthySince: healthySince === undefined ? null : new Date(healthySince).toISOString(),
        };
  return {
    project,
    environment,
    desired: desired ?? null,
    serving: serving && { ...serving, ...health },
    observedRevision: observed ?? null,
    conditions,
    ...(decision === undefined ? {} : { admission: presentDecision(decision) }),
    ...(debt.length === 0 ? {} : { debt: debt.map(presentDebt) }),
    findings: findingsOf(state),
  };
}

function presentDebt({ gate, since, due, overdue, help }: HotfixDebt): PresentedDebt {
  return { gate, since: new Date(since).toISOString(), due: new Date(due).toISOString(), overdue, help };
}
