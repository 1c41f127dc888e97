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
