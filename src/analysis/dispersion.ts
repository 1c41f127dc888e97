// How much more the counts scatter than independent calls would: Pearson's statistic over intervals of time and over
// groups of callers. When failures come in clusters (a few callers, or bursts), the same counts are weaker evidence.
import type { Counts } from './confidence-sequence.ts';
import { exceeding, type BadKind, type Tally } from './tally.ts';

/** From here on counts are divided by the dispersion. */
const noticeable = 1.5;

/** Bad events of one arm, with what their dispersion is computed from. */
export interface Scatter extends Counts {
  /** Intervals with at least one bad event. */
  readonly badIntervals: number;
  readonly intervals: number;
  readonly squares: number;
  readonly callers: { readonly calls: readonly number[]; readonly bad: readonly number[] } | null;
}

export function scatterOf(tally: Tally, kind: BadKind, hasCallers: boolean): Scatter {
  const { bad, intervals, squares, callers } = tally[kind];
  return {
    calls: tally.calls,
    bad,
    badIntervals: intervals,
    intervals: tally.intervals,
    squares,
    callers: hasCallers ? { calls: tally.callerCalls, bad: callers } : null,
  };
}

/**
 * Calls above the upper edge of `bucket`, as bad events. Not counted by caller: that would need a count for each bucket
 * and group.
 */
export function scatterAbove(tally: Tally, bucket: number): Scatter {
  const { bad, intervals, squares } = exceeding(tally.latency, bucket);
  return {
    calls: tally.latency.calls,
    bad,
    badIntervals: intervals,
    intervals: tally.latency.intervals,
    squares,
    callers: null,
  };
}

/** Pearson's statistic over its degrees of freedom, at least 1. It is 1 when none or all calls are bad. */
export function dispersionOf(scatter: Scatter): number {
  const { calls, bad, intervals, squares, callers } = scatter;
  if (calls === 0 || bad === 0 || bad >= calls) return 1;
  const rate = bad / calls;
  const unit = rate * (1 - rate);
  const overTime = intervals > 1 ? (squares - (bad * bad) / calls) / unit / (intervals - 1) : 1;
  let overCallers = 1;
  if (callers !== null) {
    let sum = 0;
    let groups = 0;
    let total = 0;
    for (const [group, calledBy] of callers.calls.entries()) {
      if (calledBy === 0) continue;
      groups += 1;
      total += calledBy;
      const badOf = callers.bad[group] ?? 0;
      sum += (badOf * badOf) / calledBy;
    }
    if (groups > 1 && total > 0) overCallers = (sum - (bad * bad) / total) / unit / (groups - 1);
  }
  return Math.max(1, overTime, overCallers);
}

/** The counts of both arms as the bounds take them. The canary's dispersion is at least what stable's predicts. */
export function weakened(canary: Scatter, stable: Scatter): { canary: Counts; stable: Counts } {
  const ofStable = dispersionOf(stable);
  const expected = stable.calls === 0 ? 1 : 1 + ((ofStable - 1) * canary.calls) / stable.calls;
  return {
    canary: divided(canary, Math.max(dispersionOf(canary), expected)),
    stable: divided(stable, ofStable),
  };
}

function divided({ calls, bad }: Counts, by: number): Counts {
  return by > noticeable ? { calls: calls / by, bad: bad / by } : { calls, bad };
}
