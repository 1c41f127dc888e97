// The word for a decision in events and answers.
import type { RefusalReason } from '../../gates/admission/admit.ts';
import type { Decision } from './admission-desk.ts';

export type DecisionOutcome = 'admitted' | 'waiting' | 'refused';

const waits: ReadonlySet<RefusalReason> = new Set(['GatePending', 'Frozen', 'CanaryNeedsStable']);

/**
 * `waiting`: it takes effect automatically when what is missing arrives. `refused`: it needs another record or another
 * move.
 */
export function outcomeOf({ admission }: Pick<Decision, 'admission'>): DecisionOutcome {
  if (admission.isAdmitted) return 'admitted';
  const isWaiting = admission.refusals.every(({ reason }) => waits.has(reason));
  return isWaiting ? 'waiting' : 'refused';
}
