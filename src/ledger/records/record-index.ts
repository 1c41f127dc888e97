// The verified part of the records branch, cached in the state directory: which commit added which record, in the order
// of the branch. One file for each first folder, so that a start reads none of them and a release reads one. It is only
// a cache: missing records are looked up in git.
import { appendFile, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { unlessAbsent } from '../../git/refs/read-ref.ts';
import { BoundedCache } from '../../kernel/bounded-cache.ts';
import { readJson } from '../../kernel/read-json.ts';

export interface IndexedRecord {
  /** Position in the order of the branch, 0 is the oldest. */
  readonly position: number;
  /** The commit that added it. */
  readonly commit: string;
  readonly path: string;
}

/** The end of the verified part. */
export interface VerifiedUpTo {
  readonly branch: string;
  /** `null` when `records.since` is not used. */
  readonly since: string | null;
  readonly tip: string;
  /** The records before this position are cached. */
  readonly count: number;
}

/** The most lines in memory, over all files. */
const linesKept = 50_000;

export class RecordIndex {
  readonly #directory: string;
  readonly #shards = new BoundedCache<ReadonlyMap<string, readonly IndexedRecord[]>>(linesKept);
  #upTo: VerifiedUpTo | null | undefined;

  /** `directory`: a separate one, created when something is cached. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** `null` when nothing is cached. */
  async upTo(): Promise<VerifiedUpTo | null> {
    this.#upTo ??= parseUpTo(await readOrNothing(join(this.#directory, 'verified.json')));
    return this.#upTo;
  }

  /** The records of a folder `releases/<aa>/<release>` by path. */
  async below(folder: string): Promise<readonly IndexedRecord[]> {
    const upTo = await this.upTo();
    if (upTo === null) return [];
    const digits = folder.split('/')[1] ?? '';
    const known = this.#shards.get(digits);
    const shard = known ?? groupByFolder(await readOrNothing(this.#file(digits)), upTo.count);
    if (known === undefined) this.#shards.set(digits, shard, 1 + shard.size);
    return shard.get(folder) ?? [];
  }

  /** Caches records with rising positions, then the end of the verified part. A crash in between drops them. */
  async remember(records: readonly IndexedRecord[], upTo: VerifiedUpTo): Promise<void> {
    await mkdir(this.#directory, { recursive: true });
    const lines = new Map<string, string>();
    for (const { position, commit, path } of records) {
      const digits = path.split('/')[1] ?? '';
      lines.set(digits, `${lines.get(digits) ?? ''}${position} ${commit} ${path}\n`);
    }
    for (const [digits, text] of lines) {
      await appendFile(this.#file(digits), text, { mode: 0o600 });
      this.#shards.delete(digits);
    }
    await writeFileAtomic(join(this.#directory, 'verified.json'), `${JSON.stringify(upTo)}\n`, {
      mode: 0o600,
    });
    this.#upTo = upTo;
  }

  async forget(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
    this.#upTo = null;
    for (let at = 0; at < 256; at += 1) this.#shards.delete(at.toString(16).padStart(2, '0'));
  }

  #file(digits: string): string {
    return join(this.#directory, `${/^[0-9a-f]{2}$/.test(digits) ? digits : 'other'}.txt`);
  }
}

/**
 * Of lines with the same position the last one is valid: a crash left the others. Of one path the first: a merge may
 * add a known record again. Lines at or after `count` were not completely verified.
 */
function groupByFolder(text: string, count: number): ReadonlyMap<string, readonly IndexedRecord[]> {
  const byPosition = new Map<number, IndexedRecord>();
  for (const line of text.split('\n')) {
    const [place = '', commit = '', path = ''] = line.split(' ');
    const position = Number(place);
    if (path !== '' && commit.length === 40 && Number.isInteger(position) && position < count)
      byPosition.set(position, { position, commit, path });
  }
  const seen = new Set<string>();
  const groups = new Map<string, IndexedRecord[]>();
  for (const record of [...byPosition.values()].sort((a, b) => a.position - b.position)) {
    if (seen.has(record.path)) continue;
    seen.add(record.path);
    const folder = record.path.split('/').slice(0, 3).join('/');
    const group = groups.get(folder);
    if (group === undefined) groups.set(folder, [record]);
    else group.push(record);
  }
  return groups;
}

function parseUpTo(text: string): VerifiedUpTo | null {
  if (text === '') return null;
  // An unreadable cache is ignored; the branch is verified again.
  const value = readJson(text);
  if (typeof value !== 'object' || value === null) return null;
  const { branch, since, tip, count } = { branch: null, since: undefined, tip: null, count: null, ...value };
  if (typeof branch !== 'string' || typeof tip !== 'string' || typeof count !== 'number') return null;
  return since === null || typeof since === 'string' ? { branch, since, tip, count } : null;
}

async function readOrNothing(path: string): Promise<string> {
  return (await unlessAbsent(readFile(path, 'utf8'))) ?? '';
}
