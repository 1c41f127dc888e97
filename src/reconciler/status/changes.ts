// Waits for a condition: a waiter checks again after every change, and at the latest when it gives up or the Hub stops.
// A permanent watcher is told what may have changed.
import { setMaxListeners } from 'node:events';
import type { EventRecord } from '../../model/pipeline/record.ts';
import type { StateWatcher } from '../hub-state.ts';

export class Changes {
  readonly #stopping: AbortSignal;
  readonly #watchers = new Set<StateWatcher>();
  readonly #waiters = new Set<() => void>();

  constructor(stopping: AbortSignal) {
    this.#stopping = stopping;
    // There may be as many waiters as requests and environments; each removes its listener.
    setMaxListeners(0, stopping);
  }

  /** The Hub stops. */
  get isOver(): boolean {
    return this.#stopping.aborted;
  }

  /** Something changed, in one environment or (undefined) in all. */
  notify(environment?: string): void {
    for (const wake of this.#waiters) wake();
    for (const watcher of this.#watchers) watcher.changed(environment);
  }

  /** A basis of gates changed. */
  tellFacts(): void {
    for (const watcher of this.#watchers) watcher.factChanged();
  }

  tellEvent(event: EventRecord): void {
    for (const watcher of this.#watchers) watcher.told(event);
  }

  /** Returns the function that ends it. */
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
