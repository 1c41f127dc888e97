// Records one environment's last-known-good in the background: one write runs, only the newest waits. A failed write (a
// full disk) is reported, and serving continues; it is retried until it or a newer one succeeds.
import type { Clock } from '../../kernel/clock.ts';
import type { RecordState } from '../status/environment-state.ts';
import type { LastKnownGood, LastKnownGoodStore } from './last-known-good.ts';
import { timing, withJitter } from '../status/timing.ts';

export type PendingRecord = Omit<LastKnownGood, 'text'> & { readonly text: () => Promise<string> };

export interface RecordWriterOptions {
  readonly store: LastKnownGoodStore;
  readonly clock: Clock;
  readonly onState: (state: RecordState) => void;
}

export class RecordWriter {
  readonly #store: LastKnownGoodStore;
  readonly #clock: Clock;
  readonly #onState: (state: RecordState) => void;
  readonly #closing = new AbortController();
  #newest: PendingRecord | undefined;
  #next: PendingRecord | undefined;
  #writing: Promise<void> | undefined;

  constructor({ store, clock, onState }: RecordWriterOptions) {
    this.#store = store;
    this.#clock = clock;
    this.#onState = onState;
  }

  get isWriting(): boolean {
    return this.#writing !== undefined;
  }

  write(record: PendingRecord): void {
    this.#newest = record;
    this.#next = record;
    this.#writing ??= this.#drain().finally(() => {
      this.#writing = undefined;
    });
  }

  /** Resolves when nothing is being written; never rejects. Does not wait for retries. */
  async written(): Promise<void> {
    await this.#writing;
  }

  /** Ends retries; resolves as {@link written}. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.written();
  }

  async #drain(): Promise<void> {
    for (let record = this.#take(); record !== undefined; record = this.#take()) {
      const state = await this.#writeOne(record);
      this.#onState(state);
      if (state.kind !== 'ok') this.#tryAgain(record);
    }
  }

  async #writeOne(record: PendingRecord): Promise<RecordState> {
    try {
      await this.#store.write({ ...record, text: await record.text() });
      return { kind: 'ok' };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const message = `${record.release} is served, but after a restart without git or the database it may not be: ${why}`;
      return { kind: 'not-recorded', message };
    }
  }

  #tryAgain(record: PendingRecord): void {
    const { signal } = this.#closing;
    void this.#clock.sleep(withJitter(timing.recordAgain, this.#clock), signal).then(() => {
      if (!signal.aborted && this.#newest === record) this.write(record);
    });
  }

  #take(): PendingRecord | undefined {
    const record = this.#next;
    this.#next = undefined;
    return record;
  }
}
