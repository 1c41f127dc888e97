// Whether what an environment serves is proposed to another one, from facts alone.
import type { MoveClass } from '../../model/pipeline/record.ts';
import type { SmokeEnd } from '../state/activation-memory.ts';

export interface BackportFacts {
  readonly from: string;
  readonly target: string;
  readonly release: string;
  /** How `from` came to serve it. */
  readonly class: MoveClass;
  /** The result of its smoke tests there; `undefined` when they have not ended. */
  readonly smoke: SmokeEnd | undefined;
  /** What the target's pointer names at the tip, and what it serves, as far as this Hub knows. */
  readonly named: readonly string[];
  /** The release of `named` that was added after it; `undefined` when none was. */
  readonly newer: string | undefined;
  /** Why the release is vetoed; `undefined` when it is not. */
  readonly veto: string | undefined;
  /** Why the Hub may not commit for the target; `undefined` when it may. */
  readonly unsigned: string | undefined;
  /** `undefined` when unknown now. */
  readonly wasProposed: boolean | undefined;
}

export type BackportDecision =
  | { readonly do: 'propose' }
  /** It was proposed before. */
  | { readonly do: 'keep' }
  /** `done`: the target no longer needs the proposals. `stop`: open ones stay open, with this sentence. */
  | { readonly do: 'done' | 'stop'; readonly why: string }
  | { readonly do: 'wait' };

export function decideBackport(facts: BackportFacts): BackportDecision {
  const { from, target, release, smoke, named, newer, veto, unsigned, wasProposed } = facts;
  if (facts.class === 'rollback') return stop(`${from} rolled back to ${release} since.`);
  if (named.includes(release)) return { do: 'done', why: `${target} has ${release} already.` };
  if (newer !== undefined)
    return { do: 'done', why: `${target} has ${newer}, which is newer than ${release}.` };
  if (veto !== undefined) return stop(`${release} is vetoed: ${veto}`);
  if (smoke === undefined || wasProposed === undefined) return { do: 'wait' };
  if (smoke === 'failed') return stop(`The smoke tests of ${release} failed in ${from}.`);
  if (wasProposed) return { do: 'keep' };
  return unsigned === undefined ? { do: 'propose' } : stop(`${unsigned}.`);
}

function stop(why: string): BackportDecision {
  return { do: 'stop', why };
}
