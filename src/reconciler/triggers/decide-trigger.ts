// The consequence of a firing trigger, from facts alone. It only ever lowers exposure: it rolls back when that is safe,
// otherwise it freezes or alerts. When in doubt, it alerts.
import type { MoveClass } from '../../model/pipeline/record.ts';
import type { Trigger } from '../../model/pipeline/trigger.ts';
import type { ChosenTarget } from '../undo/choose-target.ts';

/** Times are milliseconds since 1970. */
export interface FiringFacts {
  readonly now: number;
  readonly environment: string;
  readonly trigger: Pick<Trigger, 'do' | 'withinMs'>;
  readonly served: {
    readonly release: string;
    readonly class: MoveClass;
    readonly activatedAt: number;
  };
  /** This Hub holds the lock of the environment, and nobody else can. */
  readonly isLeader: boolean;
  /** freezes/halt.yaml exists. */
  readonly isHalted: boolean;
  /** A freeze is in force for the environment. */
  readonly isFrozen: boolean;
  readonly isDatabaseReachable: boolean;
  /** It was bad for long enough while the database answered. */
  readonly isBlamed: boolean;
  /** What the pointer names at the tip. */
  readonly desired: string | undefined;
  /** This Hub has decided to undo the move already. */
  readonly isBeingUndone: boolean;
  /**
   * When the Hub last rolled this environment back automatically, except a canary's return; `undefined` when not within
   * the last hour.
   */
  readonly rolledBackAt: number | undefined;
  /** `undefined` when it was not determined yet. */
  readonly target: ChosenTarget | undefined;
}

export type TriggerDecision =
  | { readonly do: 'rollback'; readonly to: string }
  | { readonly do: 'freeze' | 'alert'; readonly why: string }
  /** All facts allow a rollback: find its target. */
  | { readonly do: 'ask-target' };

const hour = 3_600_000;

/** Why the Hub rolls nothing back while everything is halted. */
export const whyHalted = 'Everything is halted: the Hub only alerts. stk unfreeze halt ends that.';

/** Why the Hub does not roll the environment back once more; `undefined` where nothing stands against it. */
export function whyNotAgain({
  now,
  environment,
  rolledBackAt,
}: Pick<FiringFacts, 'now' | 'environment' | 'rolledBackAt'>): string | undefined {
  if (rolledBackAt === undefined || now - rolledBackAt >= hour) return undefined;
  return `${environment} was rolled back ${minutes(now - rolledBackAt)} ago, and one rollback an hour is the limit.`;
}

export function decideTrigger(facts: FiringFacts): TriggerDecision {
  const { trigger, isHalted, isLeader } = facts;
  if (trigger.do === 'alert') return alert('It only alerts.');
  if (isHalted) return alert(whyHalted);
  if (!isLeader)
    return alert('This Hub does not hold the lock of the environment now, so that it only alerts.');
  return trigger.do === 'freeze' ? freeze(facts, 'It freezes.') : decideRollback(facts);
}

function decideRollback(facts: FiringFacts): TriggerDecision {
  const { now, environment, served, trigger, target, desired } = facts;
  if (facts.isBeingUndone) return alert(`${served.release} is being rolled back already.`);
  if (served.class === 'rollback')
    return alert(`${served.release} came by a rollback, and a rollback is never rolled back.`);
  if (now - served.activatedAt > trigger.withinMs)
    return alert(
      `${served.release} has been served for longer than ${minutes(trigger.withinMs)}, the time "within" which it is rolled back.`,
    );
  if (!facts.isDatabaseReachable) return alert('The database does not answer, and no release changes that.');
  if (!facts.isBlamed)
    return alert('The database did not answer meanwhile: the time counts anew for a rollback since it does.');
  if (desired !== served.release)
    return alert(`The pointer of ${environment} names ${desired ?? 'nothing'}: that decision stands.`);
  const again = whyNotAgain(facts);
  if (again !== undefined) return alert(again);
  if (target === undefined) return { do: 'ask-target' };
  if (target.release === null) return freeze(facts, whatWouldHaveToBe(environment, target));
  if (target.fits !== true) return alert('Whether a release fits to go back to cannot be told now.');
  return { do: 'rollback', to: target.release };
}

function freeze({ isFrozen, environment }: FiringFacts, why: string): TriggerDecision {
  return isFrozen ? alert(`${environment} is frozen already. ${why}`) : { do: 'freeze', why };
}

/** No release is a possible target: gives the reason for each. */
function whatWouldHaveToBe(environment: string, { skipped }: ChosenTarget): string {
  if (skipped.length === 0)
    return `${environment} served no other release before: a release that is corrected has to be promoted.`;
  const reasons = skipped.map(({ release, why }) => `${release}: ${why}`).join('; ');
  return `None of the releases before can be gone back to. One of these would have to change: ${reasons}.`;
}

function alert(why: string): TriggerDecision {
  return { do: 'alert', why };
}

function minutes(ms: number): string {
  return `${Math.floor(ms / 60_000)} minutes`;
}
