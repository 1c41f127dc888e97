// What events and answers call a decision.
import type { Decision } from './admission-desk.ts';

export type DecisionOutcome = 'admitted' | 'waiting' | 'refused';

/** `waiting`: it takes effect by itself when what is missing arrives. `refused`: it needs another record or another move. */
export function outcomeOf({ admission }: Pick<Decision, 'admission'>): DecisionOutcome {
  if (admission.isAdmitted) return 'admitted';
  const isWaiting = admission.refusals.every(({ reason }) => reason === 'GatePending' || reason === 'Frozen');
  return isWaiting ? 'waiting' : 'refused';
}
