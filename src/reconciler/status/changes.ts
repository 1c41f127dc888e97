// Waiting for something to be so: whoever waits looks again whenever a change is told, and at the latest when it gives up
// or the Hub stops.
import { setMaxListeners } from 'node:events';

export class Changes {
  readonly #stopping: AbortSignal;
  readonly #waiters = new Set<() => void>();

  constructor(stopping: AbortSignal) {
    this.#stopping = stopping;
    // As many wait at once as there are requests and environments; each takes its listener away.
    setMaxListeners(0, stopping);
  }

  /** The Hub stops. */
  get isOver(): boolean {
    return this.#stopping.aborted;
  }

  notify(): void {
    for (const wake of this.#waiters) wake();
  }

  /** Resolves when `holds` does, or the signal aborts, or the Hub stops. */
  async until(holds: () => boolean, signal: AbortSignal = this.#stopping): Promise<void> {
    while (!holds() && !signal.aborted && !this.#stopping.aborted) await this.#change(signal);
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiters.delete(wake);
        signal.removeEventListener('abort', wake);
        this.#stopping.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiters.add(wake);
      signal.addEventListener('abort', wake, { once: true });
      this.#stopping.addEventListener('abort', wake, { once: true });
    });
  }
}
