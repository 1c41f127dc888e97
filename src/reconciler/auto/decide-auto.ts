// Whether the Hub promotes by itself, from facts alone. It makes only ordinary promotions that the gates let pass: never a
// rollback, never over a decision of a person that waits, never to content that this environment left by a rollback.
import type { Explanation } from '../admission/explanation.ts';

export interface AutoFacts {
  readonly environment: string;
  /** The environment of `from` that it is taken from, and what it serves there; undefined: none serves anything here. */
  readonly source: AutoSource | undefined;
  /** What the pointer names at the tip, and what is served. */
  readonly desired: string | undefined;
  readonly serving: string | undefined;
  /** Why automation makes no forward move here; undefined: it may. */
  readonly hold: string | undefined;
  /** How the environment left this content before. */
  readonly presence: 'now' | 'promoted-away' | 'rolled-back' | 'never' | 'unknown';
  /** Whether the release was added before the one that is served. */
  readonly isOlder: boolean;
  /** Admission's answer for the move; undefined: it was not asked, or cannot be asked now. */
  readonly explanation: Pick<Explanation, 'outcome' | 'move' | 'message'> | undefined;
}

export interface AutoSource {
  readonly environment: string;
  readonly release: string;
  /** What its pointer names at the tip. */
  readonly desired: string | undefined;
  /** The live analysis holds the release back; undefined: it does not. */
  readonly heldBack: string | undefined;
}

export type AutoDecision =
  | { readonly do: 'promote'; readonly release: string; readonly source: string }
  | { readonly do: 'nothing' }
  | { readonly do: 'wait'; readonly why: string };

export function decideAuto(facts: AutoFacts): AutoDecision {
  const { environment, source, desired, serving, hold, presence, isOlder, explanation } = facts;
  if (source === undefined) return wait('No environment of "from" serves anything here.');
  const { release } = source;
  if (release === desired || release === serving) return { do: 'nothing' };
  if (desired !== serving)
    return wait(`The pointer names ${desired ?? 'nothing'}, which is not served: that decision stands.`);
  if (source.desired !== release)
    return wait(`The pointer of ${source.environment} names ${source.desired ?? 'nothing'} by now.`);
  if (hold !== undefined) return wait(`Automation is held: ${hold}`);
  if (source.heldBack !== undefined) return wait(source.heldBack);
  if (presence === 'unknown') return wait(`Whether ${environment} left ${release} before is not known now.`);
  if (presence === 'rolled-back')
    return wait(`${environment} left ${release} by a rollback: a person promotes it again.`);
  if (isOlder) return wait(`${release} is older than ${serving ?? 'what is served'}.`);
  if (explanation === undefined) return wait('The gates cannot be evaluated now.');
  if (explanation.outcome !== 'admitted') return wait(explanation.message);
  if (explanation.move !== 'promotion') return wait(`The move to ${release} is not a promotion.`);
  return { do: 'promote', release, source: source.environment };
}

function wait(why: string): AutoDecision {
  return { do: 'wait', why };
}
