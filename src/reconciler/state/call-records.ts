// The calls of an environment over the last days, with any release: counts in slots of ten minutes, in the state
// directory. Kept for environments that a gate judges, as far back as the gate needs.
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { unlessAbsent } from '../../git/refs/read-ref.ts';
import type { CallTally } from '../../serving/call-tally.ts';
import { membersOf, readJson } from '../../kernel/read-json.ts';

/** Times are milliseconds since 1970. */
export interface RecordedCalls {
  /** Since when every call was counted. */
  readonly since: number;
  readonly calls: number;
  readonly errors: number;
  /** By bucket of latency-buckets.ts. */
  readonly latency: ReadonlyMap<number, number>;
}

interface Slot {
  readonly at: number;
  calls: number;
  errors: number;
  latency: [bucket: number, count: number][];
}

interface Record {
  readonly since: number;
  /** When calls were last added. */
  seen: number;
  slots: Slot[];
}

const slotMs = 600_000;
/** A longer stop of the Hub starts the record again. */
const longestStop = 600_000;
const writeEvery = 60_000;

export class CallRecords {
  readonly #directory: string;
  readonly #tally: CallTally;
  /** How far back a gate needs the calls, by environment. */
  #wanted: ReadonlyMap<string, number> = new Map();
  readonly #records = new Map<string, Record>();
  #writtenAt = 0;

  /** `directory`: a separate one in the state directory, created on first write. */
  constructor(directory: string, tally: CallTally) {
    this.#directory = directory;
    this.#tally = tally;
  }

  /** `wanted`: by environment, how far back a gate needs the calls. Returns the unreadable files: their records start again. */
  async configure(wanted: ReadonlyMap<string, number>): Promise<readonly string[]> {
    const problems: string[] = [];
    this.#wanted = wanted;
    this.#tally.count(wanted.keys());
    for (const environment of this.#records.keys())
      if (!wanted.has(environment)) this.#records.delete(environment);
    for (const environment of wanted.keys()) {
      if (this.#records.has(environment)) continue;
      try {
        const text = await unlessAbsent(readFile(this.#file(environment), 'utf8'));
        const record = text === undefined ? undefined : parse(text);
        if (record !== undefined) this.#records.set(environment, record);
      } catch (error) {
        problems.push(`${this.#file(environment)} cannot be read: ${String(error)}`);
      }
    }
    return problems;
  }

  /** Adds what was counted since the last time. */
  note(environment: string, now: number): void {
    const longest = this.#wanted.get(environment);
    const taken = this.#tally.of(environment)?.take(false);
    if (longest === undefined || taken === undefined) return;
    let record = this.#records.get(environment);
    if (record === undefined || Math.abs(now - record.seen) > longestStop) {
      record = { since: now, seen: now, slots: [] };
      this.#records.set(environment, record);
    }
    record.seen = now;
    record.slots = record.slots.filter(({ at }) => at + slotMs > now - longest);
    if (taken.calls === 0) return;
    const at = Math.floor(now / slotMs) * slotMs;
    let slot = record.slots.at(-1);
    if (slot?.at !== at) record.slots.push((slot = { at, calls: 0, errors: 0, latency: [] }));
    slot.calls += taken.calls;
    slot.errors += taken.errors;
    const latency = new Map(slot.latency);
    for (const [bucket, count] of taken.latency) latency.set(bucket, (latency.get(bucket) ?? 0) + count);
    slot.latency = [...latency];
  }

  /** The calls since `from`, in steps of ten minutes; `undefined` when none of them were counted yet. */
  of(environment: string, from: number): RecordedCalls | undefined {
    const record = this.#records.get(environment);
    if (record === undefined) return undefined;
    const latency = new Map<number, number>();
    let [calls, errors] = [0, 0];
    for (const slot of record.slots) {
      if (slot.at + slotMs <= from) continue;
      calls += slot.calls;
      errors += slot.errors;
      for (const [bucket, count] of slot.latency) latency.set(bucket, (latency.get(bucket) ?? 0) + count);
    }
    return { since: record.since, calls, errors, latency };
  }

  /** Once a minute, or at the end: a crash loses at most one minute of calls. Rejects with the file system's error. */
  async write(now: number, isLast = false): Promise<void> {
    if (this.#records.size === 0 || (!isLast && now - this.#writtenAt < writeEvery)) return;
    this.#writtenAt = now;
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    for (const [environment, record] of this.#records)
      await writeFileAtomic(this.#file(environment), JSON.stringify(record), { mode: 0o600 });
  }

  #file(environment: string): string {
    return join(this.#directory, `${environment}.json`);
  }
}

/** `undefined` when it was altered, or another version wrote it. */
function parse(text: string): Record | undefined {
  const value = readJson(text);
  return isRecord(value) ? value : undefined;
}

function isRecord(value: unknown): value is Record {
  const members = membersOf(value);
  const slots = members.get('slots');
  return (
    ['since', 'seen'].every((name) => typeof members.get(name) === 'number') &&
    Array.isArray(slots) &&
    slots.every(isSlot)
  );
}

function isSlot(value: unknown): value is Slot {
  const members = membersOf(value);
  const latency = members.get('latency');
  return (
    ['at', 'calls', 'errors'].every((name) => typeof members.get(name) === 'number') &&
    Array.isArray(latency) &&
    latency.every(
      (pair: unknown) => Array.isArray(pair) && pair.length === 2 && pair.every((n) => typeof n === 'number'),
    )
  );
}
