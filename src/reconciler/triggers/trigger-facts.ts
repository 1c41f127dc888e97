// The facts for a trigger's decision: how long the served release has been served, freezes and halt, what the pointer
// names at the tip, and what the Hub rolled back before.
import type { GovernedParts } from '../admission/governed-parts.ts';
import { causeOf } from '../admission/facts/move-facts.ts';
import type { ServedHere } from '../admission/served-here.ts';
import { countingRules } from '../../ledger/records/counting-rules.ts';
import type { EventRecord } from '../../model/pipeline/record.ts';
import { haltName } from '../../promotion/stop-files.ts';
import { readPointerAt, type PointerState } from '../../promotion/pointer-state.ts';
import type { FiringFacts } from './decide-trigger.ts';

/** The activation of the served release. */
export interface ServedSince {
  readonly release: string;
  readonly digest: string;
  /** The pointer commit. */
  readonly revision: string;
  readonly class: FiringFacts['served']['class'];
  /** By the first Hub that served it. Milliseconds since 1970. */
  readonly activatedAt: number;
  /** Events of this activation, the oldest first, including those on their way to the branch. */
  readonly events: readonly EventRecord[];
}

const hour = 3_600_000;

/** `undefined` when its commit is unknown yet. Rejects with git's errors. */
export async function readServedSince(
  { place, teller, activations, servedBy }: GovernedParts,
  { environment, served, now }: { environment: string; served: ServedHere; now: number },
): Promise<ServedSince | undefined> {
  const revision = servedBy(environment);
  const mine = activations.of(environment).filter((one) => one.revision === revision);
  const last = mine.at(-1);
  if (revision === undefined || last?.digest !== served.digest) return undefined;
  const rules = countingRules(place.project.pipeline, now);
  const counting = await place.ledger.eventsOf(served, rules);
  const waiting = teller.pending.filter((one): one is EventRecord => one.record === 'event');
  const events = [...counting.map(({ record }) => record), ...waiting].filter(
    (one) => one.environment === environment && one.revision === revision && one.digest === served.digest,
  );
  const told = events.flatMap(({ event, at }) => (event === 'activated' ? [at] : []));
  const activatedAt = Math.min(...mine.map(({ at }) => at), ...told);
  const { release, digest } = served;
  return { release, digest, revision, class: last.class, activatedAt, events };
}

export type TipFacts = Pick<FiringFacts, 'isHalted' | 'isFrozen' | 'desired' | 'rolledBackAt'> & {
  /** The basis of the decision: if the tip has another one, the decision is dropped. */
  readonly pointer: PointerState;
};

/** Of the current tip in git. Rejects with git's errors. */
export async function readTip(
  { place, repo }: GovernedParts,
  { environment, now }: { readonly environment: string; readonly now: number },
): Promise<TipFacts> {
  const { ledger, project } = place;
  const tip = await repo.resolve();
  const pointer = await readPointerAt(repo, environment, tip);
  const freezes = await ledger.freezes(tip, new Set(project.environments.keys()));
  const holding = freezes.filter(
    ({ from, until }) => (from ?? -Infinity) <= now && now < (until ?? Infinity),
  );
  let rolledBackAt: number | undefined;
  for await (const { commit } of ledger.pointers.walk(tip, environment)) {
    const at = Date.parse(commit.at);
    if (now - at >= hour) break;
    const cause = causeOf(commit, project.pipeline);
    if (cause !== 'smoke' && cause !== 'trigger') continue;
    rolledBackAt = at;
    break;
  }
  return {
    pointer,
    desired: pointer.release,
    rolledBackAt,
    isHalted: holding.some(({ name }) => name === haltName),
    isFrozen: holding.some(({ environments }) => environments?.includes(environment) ?? true),
  };
}
