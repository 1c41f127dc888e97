// Works on one target at a time: a newer one pre-empts the attempt that runs and cuts short the wait for the next. Owns the
// timer; what an attempt does and when to try again is the owner's business.
//
//   idle --aim--> attempting --ends--> idle, or waiting --time--> attempting
//                 attempting, waiting --aim--> attempting (the newer target)
import type { Clock } from '../../kernel/clock.ts';

export interface AttemptsOptions<T> {
  readonly clock: Clock;
  /** Ends soon after `signal` aborts, whatever it waits for. Must not reject. */
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

  /** Resolves when nothing runs; `undefined` when nothing does. */
  get running(): Promise<void> | undefined {
    return this.#running;
  }

  aim(target: T): void {
    this.#target = target;
    this.#attempt.abort();
    this.#start();
  }

  /** Attempts the present target again in `ms`, whatever was planned before. */
  again(ms: number): void {
    if (this.#isPending) return;
    this.#timer.abort();
    this.#timer = new AbortController();
    const { signal } = this.#timer;
    void this.#options.clock.sleep(ms, signal).then(() => {
      if (!signal.aborted) this.#start();
    });
  }

  /** Aborts what runs; resolves when it has ended. */
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
