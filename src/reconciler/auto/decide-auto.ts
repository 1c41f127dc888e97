// Whether the Hub promotes automatically, from facts alone. Only ordinary promotions that the gates allow: never a
// rollback, never over a person's decision that is still waiting, never to content that this environment left by a
// rollback.
import type { Explanation } from '../admission/explanation.ts';

export interface AutoFacts {
  readonly environment: string;
  readonly candidate: AutoCandidate;
  /** What the pointer names at the tip, and what is served. */
  readonly desired: string | undefined;
  readonly serving: string | undefined;
  /** Why no automatic forward move is allowed here; `undefined` when one is. */
  readonly hold: string | undefined;
  /** The release whose canary runs in this environment; `undefined` when none does. */
  readonly canary: string | undefined;
  /** How the environment left this content before. */
  readonly presence: 'now' | 'promoted-away' | 'rolled-back' | 'never' | 'unknown';
  /** Whether it was added before the served release; `undefined` when unknown. */
  readonly isOlder: boolean | undefined;
  /** The environment that it entered as a hotfix; `undefined` when none, or stk.yaml does not choose by age. */
  readonly hotfixIn: string | undefined;
  /** Admission's answer for the move; `undefined` when unknown now. */
  readonly explanation: Pick<Explanation, 'outcome' | 'move' | 'message'> | undefined;
}

export interface AutoCandidate {
  readonly release: string;
  /** The environment of `from` that serves it; `undefined` when it was chosen by its age or its version. */
  readonly source: AutoSource | undefined;
}

export interface AutoSource {
  readonly environment: string;
  /** What its pointer names at the tip. */
  readonly desired: string | undefined;
  /** Why the live analysis holds the release back; `undefined` when it does not. */
  readonly heldBack: string | undefined;
}

export type AutoDecision =
  | { readonly do: 'promote'; readonly release: string; readonly source: string | undefined }
  | { readonly do: 'nothing'; readonly why: string }
  | { readonly do: 'wait'; readonly release: string | undefined; readonly why: string };

export function decideAuto(facts: AutoFacts): AutoDecision {
  const { environment, candidate, desired, serving, explanation } = facts;
  const { release, source } = candidate;
  if (release === serving) return { do: 'nothing', why: `${environment} serves ${release} already.` };
  if (release === desired)
    return { do: 'nothing', why: `The pointer of ${environment} names ${release} already.` };
  const why = whyNot(facts);
  if (why !== undefined) return { do: 'wait', release, why };
  if (explanation === undefined) return { do: 'wait', release, why: 'The gates cannot be evaluated now.' };
  if (explanation.outcome !== 'admitted') return { do: 'wait', release, why: explanation.message };
  if (explanation.move !== 'promotion')
    return { do: 'wait', release, why: `The move to ${release} is not a promotion.` };
  return { do: 'promote', release, source: source?.environment };
}

/** Reasons that come before the gates; `undefined` when none exist. */
function whyNot(facts: AutoFacts): string | undefined {
  const { environment, candidate, desired, serving, hold, presence, isOlder, hotfixIn } = facts;
  const { release, source } = candidate;
  const served = serving ?? 'what is served';
  if (desired !== serving)
    return `The pointer names ${desired ?? 'nothing'}, which is not served: that decision stands.`;
  if (source !== undefined && source.desired !== release)
    return `The pointer of ${source.environment} names ${source.desired ?? 'nothing'} by now.`;
  if (hold !== undefined) return `Automation is held: ${hold}`;
  if (facts.canary !== undefined)
    return `The canary of ${facts.canary} in ${environment} is not over: automation waits for its end.`;
  if (source?.heldBack !== undefined) return source.heldBack;
  if (presence === 'unknown') return `Whether ${environment} left ${release} before is not known now.`;
  if (presence === 'rolled-back')
    return `${environment} left ${release} by a rollback: a person promotes it again.`;
  if (isOlder === undefined) return `Which of ${release} and ${served} is older is not known.`;
  if (isOlder) return `${release} is older than ${served}.`;
  if (hotfixIn !== undefined)
    return `${release} is a hotfix of ${hotfixIn}: a person promotes it to ${environment}.`;
  return undefined;
}
