// The records of one commit of the records branch, read without verifying or caching anything: for a command in a clone
// that reads once. For few releases it searches for their commits; for many it reads the branch once.
import type { ConfigRepo } from '../../git/config-repo.ts';
import type { Trust } from '../trust/trust.ts';
import { findWriters, type WrittenFile } from './find-writers.ts';
import { JudgedRecords } from './judged-records.ts';
import type { IndexedRecord } from './record-index.ts';
import type { RecordsPlace } from './records-branch.ts';
import { collectLastWrites } from './verify-changes.ts';

export interface RecordsAt {
  /** `null` when there are no records yet. */
  readonly tip: string | null;
  readonly place: RecordsPlace;
  readonly trust: Trust;
}

/** Up to this many releases, their commits are searched one by one. */
const few = 8;

export function readRecordsAt(repo: ConfigRepo, { tip, place, trust }: RecordsAt): JudgedRecords {
  let asked = 0;
  let whole: Promise<ReadonlyMap<string, readonly IndexedRecord[]>> | undefined;
  const source = {
    state: { place, tip, integrity: { kind: 'intact' } },
    async additionsBelow(folder: string, files: readonly WrittenFile[]): Promise<readonly IndexedRecord[]> {
      if (tip === null || files.length === 0) return [];
      asked += 1;
      if (asked <= few && whole === undefined) return findWriters(repo, { tip, folder, files });
      whole ??= readWhole(repo, tip);
      const wanted = new Set(files.map(({ path }) => path));
      return ((await whole).get(folder) ?? []).filter(({ path }) => wanted.has(path));
    },
  } as const;
  return new JudgedRecords({ repo, source, trust });
}

/** By the folder of the release. */
async function readWhole(
  repo: ConfigRepo,
  tip: string,
): Promise<ReadonlyMap<string, readonly IndexedRecord[]>> {
  const folders = new Map<string, IndexedRecord[]>();
  const writes = collectLastWrites(await repo.graph.changes({ tip, known: [] }));
  for (const [position, one] of writes.entries()) {
    const folder = one.path.split('/').slice(0, 3).join('/');
    const found = folders.get(folder) ?? [];
    if (found.length === 0) folders.set(folder, found);
    found.push({ ...one, position });
  }
  return folders;
}
