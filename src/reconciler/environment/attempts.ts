// Works on one target at a time: a newer one pre-empts the running attempt and ends the wait for the next. Owns the
// timer; the owner decides what an attempt does and when to retry.
//
//   idle --aim--> attempting --ends--> idle, or waiting --time--> attempting
//                 attempting, waiting --aim--> attempting (the newer target)
import type { Clock } from '../../kernel/clock.ts';

export interface AttemptsOptions<T> {
  readonly clock: Clock;
  /** Ends soon after `signal` aborts, also while it waits. Must not reject. */
  attempt(target: T, signal: AbortSignal): Promise<void>;
}

export class Attempts<T> {
  readonly #options: AttemptsOptions<T>;
  readonly #stopping = new AbortController();
  #target: T | undefined;
  #isPending = false;
  #running: Promise<void> | undefined;
  #attempt = new AbortController();
  #timer = new AbortController();

  constructor(options: AttemptsOptions<T>) {
    this.#options = options;
  }

  get target(): T | undefined {
    return this.#target;
  }

  /** Resolves when nothing runs; `undefined` when nothing does now. */
  get running(): Promise<void> | undefined {
    return this.#running;
  }

  aim(target: T): void {
    this.#target = target;
    this.#attempt.abort();
    this.#start();
  }

  /** Attempts the current target again in `ms`, whatever was planned. */
  again(ms: number): void {
    if (this.#isPending) return;
    this.#timer.abort();
    this.#timer = new AbortController();
    const { signal } = this.#timer;
    void this.#options.clock.sleep(ms, signal).then(() => {
      if (!signal.aborted) this.#start();
    });
  }

  /** Aborts a running attempt; resolves when it has ended. */
  async close(): Promise<void> {
    this.#stopping.abort();
    this.#attempt.abort();
    this.#timer.abort();
    await this.#running;
  }

  #start(): void {
    this.#timer.abort();
    if (this.#stopping.signal.aborted) return;
    this.#isPending = true;
    this.#running ??= this.#drain().finally(() => {
      this.#running = undefined;
    });
  }

  async #drain(): Promise<void> {
    while (this.#isPending && this.#target !== undefined && !this.#stopping.signal.aborted) {
      this.#isPending = false;
      this.#attempt = new AbortController();
      await this.#options.attempt(this.#target, this.#attempt.signal);
    }
  }
}
