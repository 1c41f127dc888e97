// One step of a canary's life: the next state, and the events about it. next-canary-state.ts decides the step.
import type { EventWord } from '../../model/pipeline/record.ts';
import {
  noEvidence,
  type Canary,
  type CanaryEvidence,
  type CanaryOutcome,
  type CanaryState,
  type ReturnDecision,
} from './canary-state.ts';

/** An event to record, without what the controller adds to all of them. */
export interface CanaryTold {
  readonly event: EventWord;
  readonly canary: Canary;
  readonly sentence: string;
  readonly evidence: CanaryEvidence;
  readonly reason: string | undefined;
  readonly actor: string | undefined;
  /** Separates this event from others with the same word; `undefined` when a canary has only one. */
  readonly since: number | undefined;
}

export interface NextCanary {
  readonly state: CanaryState;
  readonly told: readonly CanaryTold[];
}

export function returnWith(
  canary: Canary,
  at: number,
  why: Pick<ReturnDecision, 'cause' | 'sentence'> & Partial<ReturnDecision>,
): NextCanary {
  const { cause, sentence, gate, actor, reason, evidence = noEvidence } = why;
  const decision: ReturnDecision = { cause, sentence, gate, actor, reason, evidence, at };
  const word = cause === 'failed' ? 'canary-failed' : 'canary-aborted';
  const told = tell(word, canary, { sentence, reason: reason ?? gate ?? cause, actor, evidence });
  return { state: { kind: 'returning', canary, decision }, told: [told] };
}

export function end({ revision, content }: Canary, outcome: CanaryOutcome): NextCanary {
  return { state: { kind: 'none', ended: { revision, content, outcome } }, told: [] };
}

export function tell(
  event: EventWord,
  canary: Canary,
  said: Pick<CanaryTold, 'sentence'> & Partial<CanaryTold>,
): CanaryTold {
  const { sentence, evidence = noEvidence, reason, actor, since } = said;
  return { event, canary, sentence, evidence, reason, actor, since };
}

export function unchanged(state: CanaryState): NextCanary {
  return { state, told: [] };
}
