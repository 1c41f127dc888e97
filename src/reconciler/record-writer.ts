// Records one environment's last-known-good, off the way to the swap: one write runs, only the newest waits. A write
// that fails (a full disk) is told, and serving goes on.
import type { RecordState } from './compute-conditions.ts';
import type { LastKnownGood, LastKnownGoodStore } from './last-known-good.ts';

export type PendingRecord = Omit<LastKnownGood, 'text'> & { readonly text: () => Promise<string> };

export class RecordWriter {
  readonly #store: LastKnownGoodStore;
  readonly #onState: (state: RecordState) => void;
  #next: PendingRecord | undefined;
  #writing: Promise<void> | undefined;

  constructor(store: LastKnownGoodStore, onState: (state: RecordState) => void) {
    this.#store = store;
    this.#onState = onState;
  }

  get isWriting(): boolean {
    return this.#writing !== undefined;
  }

  write(record: PendingRecord): void {
    this.#next = record;
    this.#writing ??= this.#drain().finally(() => {
      this.#writing = undefined;
    });
  }

  /** Resolves when nothing is being written; never rejects. */
  async written(): Promise<void> {
    await this.#writing;
  }

  async #drain(): Promise<void> {
    for (let record = this.#take(); record !== undefined; record = this.#take()) {
      this.#onState(await this.#writeOne(record));
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

  #take(): PendingRecord | undefined {
    const record = this.#next;
    this.#next = undefined;
    return record;
  }
}
