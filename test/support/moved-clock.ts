// The real time, moved ahead by hand: what sleeps wakes when its time has come, whichever way it came.
import type { Clock } from '../../src/kernel/clock.ts';
import { realClock } from './clock.ts';

export interface MovedClock extends Clock {
  move(ms: number): void;
}

export function createMovedClock(): MovedClock {
  let ahead = 0;
  const sleepers = new Set<{ readonly until: number; wake(): void }>();
  const now = (): number => realClock.now() + ahead;
  return {
    now,
    random: () => realClock.random(),
    async sleep(ms, signal) {
      const woken = new AbortController();
      const sleeper = { until: now() + ms, wake: () => woken.abort() };
      sleepers.add(sleeper);
      await realClock.sleep(
        ms,
        signal === undefined ? woken.signal : AbortSignal.any([woken.signal, signal]),
      );
      sleepers.delete(sleeper);
    },
    move(ms) {
      ahead += ms;
      for (const sleeper of sleepers) if (sleeper.until <= now()) sleeper.wake();
    },
  };
}
