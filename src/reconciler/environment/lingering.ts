// Lets the database questions of a pre-empted attempt continue for a while, so that the next attempt finds the answers.
// Otherwise a pointer that moves faster than a check would never be served. One at a time for each environment.
import type { Clock } from '../../kernel/clock.ts';
import { timing } from '../status/timing.ts';

export class Lingering {
  readonly #clock: Clock;
  readonly #stopping: AbortSignal;
  #isTaken = false;

  constructor(clock: Clock, stopping: AbortSignal) {
    this.#clock = clock;
    this.#stopping = stopping;
  }

  /** Runs `work` with a signal that aborts some time after `preempted`, and at once when another one lingers already. */
  async run<T>(preempted: AbortSignal, work: (patience: AbortSignal) => Promise<T>): Promise<T> {
    const ending = new AbortController();
    const ended = new AbortController();
    const linger = (): void => {
      if (this.#isTaken || this.#stopping.aborted) {
        ending.abort();
        return;
      }
      this.#isTaken = true;
      const until = AbortSignal.any([ended.signal, this.#stopping]);
      void this.#clock.sleep(timing.lingering, until).then(() => {
        this.#isTaken = false;
        ending.abort();
      });
    };
    if (preempted.aborted) linger();
    else preempted.addEventListener('abort', linger, { once: true });
    try {
      return await work(ending.signal);
    } finally {
      preempted.removeEventListener('abort', linger);
      ended.abort();
    }
  }
}
