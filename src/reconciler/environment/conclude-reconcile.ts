// What the end of a reconcile means: how it is remembered, when to look again, and what is worth telling. Pure; the status
// that follows from it is compute-conditions.ts's business.
import type { Finding } from '../../model/finding.ts';
import type { ReconcileEnd } from '../status/compute-conditions.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Fact } from '../status/facts.ts';
import { backOff, timing, withJitter } from '../status/timing.ts';
import { isUnfinished } from '../stages/stage.ts';
import { stopTable, type Again } from '../status/reasons.ts';
import type { ReconcileResult } from './reconcile.ts';
import type { ActivationResult } from '../reconciler-metrics.ts';

export interface Before {
  /** How the last one ended. */
  readonly end: ReconcileEnd | undefined;
  /** This one was made for a change, not for a wait that was over. */
  readonly isForChange: boolean;
  /** Stops in a row since the last change. */
  readonly failures: number;
  /** Of the check that what is served passed. */
  readonly findings: readonly Finding[];
}

export interface Conclusion {
  readonly end: ReconcileEnd;
  readonly failures: number;
  readonly again: Again;
  /** When to reconcile again, milliseconds since the epoch; undefined: as `again` says. */
  readonly until?: number | undefined;
  /** Undefined: nothing that was not told before. */
  readonly news: { readonly result: ActivationResult; readonly reason: string } | undefined;
}

export function concludeReconcile(
  result: Exclude<ReconcileResult, { kind: 'preempted' }>,
  before: Before,
): Conclusion {
  switch (result.kind) {
    case 'activated': {
      const { findings } = result.verdict;
      const news = { result: 'activated', reason: 'Activated' } as const;
      return { end: { kind: 'serving', findings }, failures: 0, again: 'on-change', news };
    }
    case 'in-sync': {
      const { findings } = before;
      const news = { result: 'unchanged', reason: 'Serving' } as const;
      return { end: { kind: 'serving', findings }, failures: 0, again: 'on-change', news };
    }
    case 'wait':
    case 'stop': {
      const { reason } = result;
      const { again } = stopTable[reason];
      const isKnown = !before.isForChange && isUnfinished(before.end) && before.end.reason === reason;
      const outcome: ActivationResult = again === 'back-off' ? 'failed' : 'refused';
      const news = isKnown ? undefined : { result: outcome, reason };
      const until = result.kind === 'wait' ? result.until : undefined;
      return { end: result, failures: before.failures + 1, again, until, news };
    }
  }
}

/** Milliseconds until the next reconcile; undefined: only a change brings it. `changed`: facts since this one began. */
export function planNext(
  { end, failures, again, until }: Conclusion,
  changed: ReadonlySet<Fact>,
  clock: Clock,
): number | undefined {
  if (isUnfinished(end) && end.wakes.some((fact) => changed.has(fact))) return 0;
  if (until !== undefined) return Math.min(Math.max(until - clock.now(), 0), timing.longestWait);
  switch (again) {
    case 'on-change':
      return undefined;
    case 'back-off':
      return backOff(failures, clock);
    case 'interval':
      return withJitter(timing.recheck, clock);
  }
}

/** Whether the end says that the pointer names nothing that could be read. */
export function stopsAtPointer(end: ReconcileEnd): boolean {
  return (
    isUnfinished(end) &&
    stopTable[end.reason].condition === 'PointerValid' &&
    end.reason !== 'GitFailed' &&
    end.reason !== 'InternalError'
  );
}
