// The records of one commit of the records branch, read without verifying or remembering anything: for a clone, in which
// somebody asks once.
import type { ConfigRepo } from '../../git/config-repo.ts';
import { RecordReader } from './record-reader.ts';
import type { RecordsPlace } from './records-branch.ts';
import { collectLastWrites } from './verify-changes.ts';

/** `tip`: null where there are no records yet. */
export function readRecordsAt(
  repo: ConfigRepo,
  { tip, place }: { readonly tip: string | null; readonly place: RecordsPlace },
): RecordReader {
  return new RecordReader(repo, {
    state: { place, tip, integrity: { kind: 'intact' } },
    async additionsBelow(folder, paths) {
      if (tip === null || paths.length === 0) return [];
      const wanted = new Set(paths);
      return collectLastWrites(await repo.graph.changes({ tip, known: [], folder }))
        .filter(({ path }) => wanted.has(path))
        .map((one, position) => ({ ...one, position }));
    },
  });
}
