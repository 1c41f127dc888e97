// Stores counts of releases' calls in the state directory. While a comparison runs, its state is written at every look.
// The record of each release is written every ten minutes.
//
//   bakes/<environment>.json          the comparison; a crash loses the calls since the last look
//   bakes/<environment>.record.json   the record; a crash loses at most ten minutes of it
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { unlessAbsent } from '../../git/refs/read-ref.ts';
import type { KeptAfter, ReleaseRecord } from './look-after.ts';

export class BakeStore {
  readonly #directory: string;

  /** `directory`: a separate one in the state directory, created on first write. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** `undefined` when nothing is stored. Rejects with the file system's error, or when another version wrote a file. */
  async read(
    environment: string,
  ): Promise<{ readonly kept: KeptAfter; readonly records: ReleaseRecord[] } | undefined> {
    const kept = await this.#read(this.#file(environment));
    const records = await this.#read(this.#recordFile(environment));
    if (kept === undefined) return undefined;
    if (!isKept(kept)) throw new Error(`${this.#file(environment)} is not of this version`);
    if (records !== undefined && !isRecords(records))
      throw new Error(`${this.#recordFile(environment)} is not of this version`);
    return { kept, records: records ?? [] };
  }

  /** Completely written when it resolves. */
  async write(environment: string, kept: KeptAfter): Promise<void> {
    await this.#write(this.#file(environment), kept);
  }

  /** Completely written when it resolves. */
  async writeRecords(environment: string, records: readonly ReleaseRecord[]): Promise<void> {
    await this.#write(this.#recordFile(environment), records);
  }

  async #read(path: string): Promise<unknown> {
    const text = await unlessAbsent(readFile(path, 'utf8'));
    return text === undefined ? undefined : JSON.parse(text);
  }

  async #write(path: string, value: object): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    await writeFileAtomic(path, JSON.stringify(value), { mode: 0o600 });
  }

  #file(environment: string): string {
    return join(this.#directory, `${environment}.json`);
  }

  #recordFile(environment: string): string {
    return join(this.#directory, `${environment}.record.json`);
  }
}

/** Checks the shape for later versions: only this version writes the files, and always completely. */
function isKept(value: unknown): value is KeptAfter {
  return (
    typeof value === 'object' &&
    value !== null &&
    (!('serving' in value) || typeof value.serving === 'object') &&
    (!('after' in value) ||
      (typeof value.after === 'object' && value.after !== null && 'runs' in value.after))
  );
}

function isRecords(value: unknown): value is ReleaseRecord[] {
  return (
    Array.isArray(value) &&
    value.every((one: unknown) => typeof one === 'object' && one !== null && 'series' in one)
  );
}
