// Waits until a commit has been observed and its changes have settled, or a time has passed.
import type { Clock } from '../../kernel/clock.ts';
import type { Changes } from './changes.ts';

export interface ObservedWait {
  readonly clock: Clock;
  readonly changes: Changes;
  /** The last revision that the loop has observed. */
  observed(): string | undefined;
  /** Whether the awaited commit is part of a revision. */
  contains(observed: string): Promise<boolean>;
  isSettled(): boolean;
  /** Milliseconds. */
  readonly ms: number;
}

export async function waitUntilObserved(wait: ObservedWait): Promise<void> {
  const { clock, changes, isSettled, ms } = wait;
  const timeout = new AbortController();
  const timer = clock.sleep(ms, timeout.signal).then(() => timeout.abort());
  try {
    const contains = await observedContains(wait, timeout.signal);
    if (contains) await changes.until(isSettled, timeout.signal);
  } finally {
    timeout.abort();
    await timer;
  }
}

async function observedContains(
  { changes, observed, contains }: ObservedWait,
  signal: AbortSignal,
): Promise<boolean> {
  let known: string | undefined;
  while (!signal.aborted && !changes.isOver) {
    const now = observed();
    if (now !== undefined && now !== known && (await contains(now))) return true;
    known = now;
    await changes.until(() => observed() !== known, signal);
  }
  return false;
}
