// Whether what an environment serves is proposed to another one, from facts alone.
import type { MoveClass } from '../../model/pipeline/record.ts';
import type { SmokeEnd } from '../state/activation-memory.ts';

export interface BackportFacts {
  readonly from: string;
  readonly target: string;
  readonly release: string;
  /** How `from` came to serve it. */
  readonly class: MoveClass;
  /** How its smoke tests ended there; undefined: they have not. */
  readonly smoke: SmokeEnd | undefined;
  /** What the target's pointer names at the tip, and what it serves, as far as this Hub knows. */
  readonly named: readonly string[];
  /** That of `named` which was added after the release; undefined: none. */
  readonly newer: string | undefined;
  /** Why the release is vetoed; undefined: it is not. */
  readonly veto: string | undefined;
  /** Why the Hub may not commit for the target; undefined: it may. */
  readonly unsigned: string | undefined;
  /** Undefined: not known now. */
  readonly wasProposed: boolean | undefined;
}

export type BackportDecision =
  | { readonly do: 'propose' }
  /** It was proposed before. */
  | { readonly do: 'keep' }
  /** `done`: the target needs none of what was proposed. `stop`: what is open stays open, with this sentence. */
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
