// The real time, for tests of what talks to real servers.
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../src/kernel/clock.ts';

export const realClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    delay(ms, undefined, signal === undefined ? {} : { signal }).catch((error: unknown) => {
      if (signal?.aborted !== true) throw error;
    }),
  random: () => Math.random(),
};

/** Lets go on what is under way. A loop that waits for it without a pause would take a whole core from it. */
export function aMoment(): Promise<void> {
  return delay(2);
}
