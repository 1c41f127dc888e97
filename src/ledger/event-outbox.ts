// The Hub's events on their way to the records branch. `put` fixes the text and the id of an event and stores it on
// disk before it returns. So a crash after the act loses no event and writes none twice: the next start writes what is
// missing, under the same name.
//
//   prepare → on disk → release, once it has happened → as put; cancel, if it does not happen → deleted
//   put → on disk → the first commit at once, then at most one a second → deleted
//                 → the branch cannot be written: reported, and retried with growing pauses
import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { fileRecord, type RecordFile } from '../documents/record/format-record.ts';
import { parseRecord } from '../documents/record/parse-record.ts';
import type { Clock } from '../kernel/clock.ts';
import { asStkError, StkError } from '../kernel/errors.ts';
import { formatProblems } from '../model/problem.ts';
import type { EventRecord } from '../model/pipeline/record.ts';
import { eventKey } from './records/fold-records.ts';
import type { RecordsWriter } from './records/write-records.ts';
import { readJson } from '../kernel/read-json.ts';

export interface EventOutboxOptions {
  /** A separate folder in the state directory. */
  readonly directory: string;
  readonly writer: RecordsWriter;
  readonly clock: Clock;
  /** Called when the state changes. */
  readonly onState: (state: OutboxState) => void;
  /** Called for each new event that is to be written; not for those from an earlier process. Must not throw. */
  readonly onPending?: (event: EventRecord) => void;
  /**
   * Called with each event that has happened, including those from an earlier process. The event stays on disk until
   * the promise resolves. It must not reject.
   */
  readonly onHappened?: (file: RecordFile) => Promise<void>;
}

export type OutboxState =
  | { readonly kind: 'writable' }
  | { readonly kind: 'waiting'; readonly events: number; readonly problem: string };

/** Milliseconds between two commits. */
const pace = 1_000;
const longestPause = 30_000;
/** Events in one commit. */
const mostAtOnce = 100;

export class EventOutbox {
  readonly #options: EventOutboxOptions;
  readonly #pending: Map<string, RecordFile>;
  /** These have not happened yet, or a crash left that open. */
  readonly #prepared: Map<string, RecordFile>;
  /** By path: whether `onHappened` has taken the event over. */
  readonly #handed = new Map<string, Promise<void>>();
  readonly #closing = new AbortController();
  #isHeld = false;
  #draining: Promise<void> | null = null;
  #lastCommit = Number.NEGATIVE_INFINITY;
  #state: OutboxState = { kind: 'writable' };

  private constructor(
    options: EventOutboxOptions,
    pending: Map<string, RecordFile>,
    prepared: Map<string, RecordFile>,
  ) {
    this.#options = options;
    this.#pending = pending;
    this.#prepared = prepared;
  }

  /** Continues with what an earlier process left, and begins to write it. Throws when the folder cannot be used. */
  static async open(options: EventOutboxOptions): Promise<EventOutbox> {
    const { directory } = options;
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const pending = new Map<string, RecordFile>();
    const prepared = new Map<string, RecordFile>();
    for (const name of (await readdir(directory)).filter((one) => one.endsWith('.json')).sort()) {
      const file = readEntry(await readFile(join(directory, name), 'utf8'));
      if (file === null)
        throw new StkError('internal', `${join(directory, name)} is not an event that stk wrote.`, {
          hint: 'Move the file out of the folder and start the Hub again.',
        });
      (file.isPrepared ? prepared : pending).set(file.path, file);
    }
    const outbox = new EventOutbox(options, pending, prepared);
    for (const file of pending.values()) outbox.#hand(file);
    outbox.#drain();
    return outbox;
  }

  /** Events that are not on the branch yet, the oldest first. */
  get pending(): readonly RecordFile[] {
    return [...this.#pending.values()];
  }

  get state(): OutboxState {
    return this.#state;
  }

  /** Events that wait for `release` or `cancel`, including those from an earlier process. */
  get prepared(): readonly RecordFile[] {
    return [...this.#prepared.values()];
  }

  /** Stores it on disk, then writes it in the background. Returns the waiting event about the same thing if there is one. */
  async put(event: EventRecord): Promise<RecordFile> {
    const { file, isNew } = await this.#store(event, { isPrepared: false });
    if (isNew) this.#setPending(file);
    this.#drain();
    return file;
  }

  /** Stores it on disk before the act; it is not written to the branch until `release`. */
  async prepare(event: EventRecord): Promise<RecordFile> {
    const { file, isNew } = await this.#store(event, { isPrepared: true });
    if (isNew) this.#prepared.set(file.path, file);
    return file;
  }

  /** The prepared event has happened. Does not wait. */
  release({ path }: RecordFile): void {
    const file = this.#prepared.get(path);
    if (file === undefined) return;
    this.#prepared.delete(path);
    this.#setPending(file);
    this.#drain();
  }

  /** The prepared event does not happen. */
  async cancel({ path }: RecordFile): Promise<void> {
    if (this.#prepared.delete(path)) await rm(this.#fileOf(path), { force: true });
  }

  #setPending(file: RecordFile): void {
    this.#pending.set(file.path, file);
    if (file.record.record === 'event') this.#options.onPending?.(file.record);
    this.#hand(file);
  }

  async #store(
    event: EventRecord,
    { isPrepared }: { readonly isPrepared: boolean },
  ): Promise<{ readonly file: RecordFile; readonly isNew: boolean }> {
    const filed = fileRecord(event);
    if (!filed.ok)
      throw new StkError('internal', `an event is not a record: ${formatProblems(filed.problems)}`);
    const key = eventKey(event);
    const same = [...this.pending, ...this.prepared].find(
      ({ record }) => record.record === 'event' && eventKey(record) === key,
    );
    if (same !== undefined) return { file: same, isNew: false };
    const { path, text } = filed.value;
    const entry = { path, text, ...(isPrepared ? { isPrepared } : {}) };
    await writeFileAtomic(this.#fileOf(path), JSON.stringify(entry), { mode: 0o600 });
    await syncFolder(this.#options.directory);
    return { file: filed.value, isNew: true };
  }

  /** While the branch is not intact, nothing is written to it. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    if (!isHeld) this.#drain();
  }

  /** Resolves when nothing is being written, and no pause before a retry runs. */
  async settled(): Promise<void> {
    await this.#draining;
  }

  /** Events that are not written stay on disk. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#draining;
  }

  #hand(file: RecordFile): void {
    const handed = this.#options.onHappened?.(file);
    if (handed !== undefined) this.#handed.set(file.path, handed);
  }

  #drain(): void {
    this.#draining ??= this.#writeAll().finally(() => {
      this.#draining = null;
      // One that was put while the last round ended.
      const goesOn = this.#pending.size > 0 && !this.#isHeld && !this.#closing.signal.aborted;
      if (goesOn) this.#drain();
    });
  }

  async #writeAll(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#closing;
    let failures = 0;
    while (this.#pending.size > 0 && !this.#isHeld && !signal.aborted) {
      const wait = this.#lastCommit + pace - clock.now();
      if (wait > 0) await clock.sleep(wait, signal);
      if (signal.aborted || this.#isHeld) return;
      try {
        await this.#writeSome();
        failures = 0;
        this.#note({ kind: 'writable' });
      } catch (thrown) {
        failures += 1;
        const problem = asStkError(thrown).message;
        this.#note({ kind: 'waiting', events: this.#pending.size, problem });
        const pause = Math.min(longestPause, pace * 2 ** (failures - 1));
        await clock.sleep(pause * (0.5 + clock.random()), signal);
      }
    }
  }

  async #writeSome(): Promise<void> {
    const files = this.pending.slice(0, mostAtOnce);
    await this.#options.writer.write(files, this.#closing.signal);
    this.#lastCommit = this.#options.clock.now();
    for (const { path } of files) {
      await this.#handed.get(path);
      this.#handed.delete(path);
      // A crash before the file is deleted repeats the write, which finds the event on the branch.
      await rm(this.#fileOf(path), { force: true });
      this.#pending.delete(path);
    }
  }

  #note(state: OutboxState): void {
    const before = this.#state;
    this.#state = state;
    const isSame = JSON.stringify(before) === JSON.stringify(state);
    if (!isSame) this.#options.onState(state);
  }

  #fileOf(path: string): string {
    const id = path.slice(path.lastIndexOf('/') + 1).replace(/\.yaml$/, '');
    return join(this.#options.directory, `${id}.json`);
  }
}

function readEntry(text: string): (RecordFile & { readonly isPrepared: boolean }) | null {
  const value = readJson(text);
  if (typeof value !== 'object' || value === null || !('path' in value) || !('text' in value)) return null;
  const { path, text: content } = value;
  if (typeof path !== 'string' || typeof content !== 'string') return null;
  const parsed = parseRecord(content, { path });
  const isPrepared = 'isPrepared' in value && value.isPrepared === true;
  return parsed.ok ? { path, text: content, record: parsed.value, isPrepared } : null;
}

async function syncFolder(directory: string): Promise<void> {
  const folder = await open(directory, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
