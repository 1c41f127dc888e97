// The moments of a schedule, from the last one that was dealt with. Pure. Several missed moments are made up once.
import type { Starts } from '../../model/pipeline/auto.ts';

/** Milliseconds since 1970. */
export interface Moments {
  /** The newest moment that has come since the last one; `undefined` when none has. */
  readonly due: number | undefined;
  /** The next moment; `undefined` when none exists. */
  readonly next: number | undefined;
}

/** A clock that was ahead by more than this was wrong: its moment is ignored. */
const longestAhead = 86_400_000;

/** `last`: the last moment that was dealt with, or when the schedule was first seen. */
export function momentsOf(starts: Starts, last: number, now: number): Moments {
  const from = last > now + longestAhead ? now : last;
  const first = starts.next(from);
  if (first === undefined || first > now) return { due: undefined, next: first };
  const next = starts.next(now);
  if (starts.next(first) === next) return { due: first, next };
  // The latest time after which a moment comes until now: that moment is the newest.
  let [low, high] = [first, now];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if ((starts.next(middle) ?? Infinity) <= now) low = middle;
    else high = middle;
  }
  return { due: starts.next(low), next };
}
