// What the end of a reconcile means: how it is remembered, when to look again, and what is worth telling. Pure; the status
// that follows from it is compute-conditions.ts's business.
import type { Finding } from '../../model/finding.ts';
import type { ReconcileEnd } from '../status/compute-conditions.ts';
import { stopTable, type Again } from '../status/reasons.ts';
import type { ReconcileResult } from './reconcile-environment.ts';
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
  /** Undefined: nothing that was not told before. */
  readonly news: { readonly result: ActivationResult; readonly reason: string } | undefined;
}

export function concludeReconcile(
  result: Exclude<ReconcileResult, { kind: 'preempted' }>,
  before: Before,
): Conclusion {
  switch (result.kind) {
    case 'activated': {
      const { findings } = result.activated.verdict;
      const news = { result: 'activated', reason: 'Activated' } as const;
      return { end: { kind: 'serving', findings }, failures: 0, again: 'on-change', news };
    }
    case 'in-sync': {
      const { findings } = before;
      const news = { result: 'unchanged', reason: 'Serving' } as const;
      return { end: { kind: 'serving', findings }, failures: 0, again: 'on-change', news };
    }
    case 'stopped': {
      const { stop } = result;
      const { again } = stopTable[stop.reason];
      const isKnown =
        !before.isForChange && before.end?.kind === 'stopped' && before.end.stop.reason === stop.reason;
      const outcome: ActivationResult = again === 'back-off' ? 'failed' : 'refused';
      const news = isKnown ? undefined : { result: outcome, reason: stop.reason };
      return { end: { kind: 'stopped', stop }, failures: before.failures + 1, again, news };
    }
  }
}

/** Whether the end says that the pointer names nothing that could be read. */
export function stopsAtPointer(end: ReconcileEnd): boolean {
  return (
    end.kind === 'stopped' &&
    stopTable[end.stop.reason].condition === 'PointerValid' &&
    end.stop.reason !== 'GitFailed' &&
    end.stop.reason !== 'InternalError'
  );
}
