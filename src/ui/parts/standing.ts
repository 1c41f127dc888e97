// How an environment stands, from its status: in one word, and what stands against it. Pure.
import type { Condition, Status } from '../state/answers.ts';

export interface Standing {
  readonly state: 'good' | 'bad' | 'busy';
  /** The reason of the condition `Ready`, as docs/status.md lists them. */
  readonly reason: string;
  /** '' while nothing stands against it. */
  readonly why: string;
  /** Desired and serving differ. */
  readonly isApart: boolean;
}

export function standingOf({ conditions, admission, desired, serving }: Status): Standing {
  const ready = conditions.find(({ type }) => type === 'Ready');
  const reason = ready?.reason ?? 'Unknown';
  const against = conditions.find((one) => one.type !== 'Ready' && one.reason === reason) ?? ready;
  // What waits for a gate is on its way, and nothing is wrong.
  const isWaiting = admission?.outcome === 'waiting' && reason === 'GatePending';
  const state = ready?.status === 'True' ? 'good' : ready?.status === 'False' && !isWaiting ? 'bad' : 'busy';
  return {
    state,
    reason,
    why: state === 'good' ? '' : (against?.message ?? ''),
    isApart: desired?.release !== serving?.release,
  };
}

/** Conditions that are bad news when they are true, as a card names them; of every other one it is bad when it is false. */
const alarms: Readonly<Record<string, string>> = {
  Drifted: 'drifted',
  ServedFromDisk: 'from disk',
  HistoryRewritten: 'history rewritten',
  ServedVetoed: 'vetoed',
  RollbackPending: 'rollback pending',
  ProposalPending: 'proposal pending',
};

export type Mark = 'pass' | 'fail' | 'pending' | 'idle';

export function markOf({ type, status, reason }: Condition): Mark {
  if (status === 'Unknown') return reason === 'NotReached' ? 'idle' : 'pending';
  if (alarms[type] !== undefined || type === 'Triggered') return status === 'True' ? 'fail' : 'pass';
  return status === 'True' ? 'pass' : 'fail';
}

/** What a person should see beside the reason: a few words each. */
export function flagsOf(status: Status, isFrozen: boolean): readonly string[] {
  const { conditions, desired, triggers = [], debt = [] } = status;
  const { reason } = standingOf(status);
  const firing = triggers.filter(({ state }) => state === 'firing');
  const isDisproved = conditions.some(({ type, status: state }) => type === 'Baked' && state === 'False');
  const flags = [
    ...(isFrozen && reason !== 'Frozen' ? ['frozen'] : []),
    ...conditions.flatMap(({ type, status: state }) => (state === 'True' ? (alarms[type] ?? []) : [])),
    ...(desired?.hold === undefined ? [] : ['held']),
    ...(reason === 'Vetoed' ? ['vetoed'] : []),
    ...firing.map(({ name }) => `${name} fires`),
    ...(isDisproved ? ['worse than before'] : []),
    ...(debt.length === 0 ? [] : ['hotfix debt']),
  ];
  return [...new Set(flags)];
}
