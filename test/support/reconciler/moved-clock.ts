// A clock that a test moves: what sleeps wakes when its time has come, and no sooner.
import type { Clock } from '../../../src/kernel/clock.ts';

export interface MovedClock extends Clock {
  /** Milliseconds that it was moved. */
  monotonic(): number;
  /** Wakes everything that is due, in its order. */
  advance(ms: number): void;
}

export function createMovedClock(start = Date.now()): MovedClock {
  let moved = 0;
  const sleepers = new Set<{ readonly at: number; readonly wake: () => void }>();
  return {
    now: () => start + moved,
    monotonic: () => moved,
    random: () => 0.5,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) return resolve();
        const wake = (): void => {
          sleepers.delete(sleeper);
          signal?.removeEventListener('abort', wake);
          resolve();
        };
        const sleeper = { at: moved + ms, wake };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', wake, { once: true });
      }),
    advance(ms) {
      moved += ms;
      const due = [...sleepers].filter(({ at }) => at <= moved).sort((a, b) => a.at - b.at);
      for (const { wake } of due) wake();
    },
  };
}
