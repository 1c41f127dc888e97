// Waiting for something to be so: whoever waits looks again whenever a change is told, and at the latest when it gives up
// or the Hub stops. Who watches for good is told what may be another.
import { setMaxListeners } from 'node:events';
import type { EventRecord } from '../../model/pipeline/record.ts';
import type { StateWatcher } from '../hub-state.ts';

export class Changes {
  readonly #stopping: AbortSignal;
  readonly #watchers = new Set<StateWatcher>();
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

  /** Something is another, of one environment or (undefined) of all. */
  notify(environment?: string): void {
    for (const wake of this.#waiters) wake();
    for (const watcher of this.#watchers) watcher.changed(environment);
  }

  /** What gates rest on is another. */
  tellFacts(): void {
    for (const watcher of this.#watchers) watcher.factChanged();
  }

  tellEvent(event: EventRecord): void {
    for (const watcher of this.#watchers) watcher.told(event);
  }

  /** Gives what ends it. */
  watch(watcher: StateWatcher): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
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
