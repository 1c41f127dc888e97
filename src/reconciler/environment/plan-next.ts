// When an environment is reconciled again without a new commit: at once for a changed fact, at the time that a stage
// requested, or by the reason. Pure.
import type { Clock } from '../../kernel/clock.ts';
import { isUnfinished } from '../stages/stage.ts';
import type { ReconcileEnd } from '../status/environment-state.ts';
import type { Fact } from '../status/facts.ts';
import { stopTable } from '../status/reasons.ts';
import { backOff, timing, withJitter } from '../status/timing.ts';

/** Milliseconds until the next reconcile; `undefined` when only a change causes it. `changed`: facts since this one began. */
export function planNext(
  { end, failures }: { readonly end: ReconcileEnd; readonly failures: number },
  changed: ReadonlySet<Fact>,
  clock: Clock,
): number | undefined {
  if (!isUnfinished(end)) return undefined;
  if (end.wakes.some((fact) => changed.has(fact))) return 0;
  if (end.kind === 'wait' && end.until !== undefined)
    return Math.min(Math.max(end.until - clock.now(), 0), timing.longestWait);
  switch (stopTable[end.reason].again) {
    case 'on-change':
      return undefined;
    case 'back-off':
      return backOff(failures, clock);
    case 'interval':
      return withJitter(timing.recheck, clock);
  }
}

/** Whether the pointer names nothing readable. */
export function stopsAtPointer(end: ReconcileEnd): boolean {
  return (
    isUnfinished(end) &&
    stopTable[end.reason].condition === 'PointerValid' &&
    end.reason !== 'GitFailed' &&
    end.reason !== 'InternalError'
  );
}
