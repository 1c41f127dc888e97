// Finds the commits of the records branch that wrote a few of its files, without walking its history: records are only
// ever added, so a binary search finds the commit. For a changed file, it finds a commit that wrote the current
// content.
import type { ConfigRepo } from '../../git/config-repo.ts';
import type { IndexedRecord } from './record-index.ts';
import { collectLastWrites } from './verify-changes.ts';

/** A file at the tip. */
export interface WrittenFile {
  readonly path: string;
  /** Git blob id. */
  readonly blob: string;
}

export interface WritersQuestion {
  readonly tip: string;
  readonly folder: string;
  /** The files below the folder. */
  readonly files: readonly WrittenFile[];
  /**
   * Commits that are read first, then ten times as many: the records of a release are close together, and often near
   * the tip.
   */
  readonly firstPage?: number;
}

/** In the order of the branch, the oldest first. */
export async function findWriters(
  repo: ConfigRepo,
  { tip, folder, files, firstPage = 1_000 }: WritersQuestion,
): Promise<readonly IndexedRecord[]> {
  const isIn = async (commit: string | undefined, { path, blob }: WrittenFile): Promise<boolean> =>
    (await repo.entryAt(commit ?? '', path))?.id === blob;
  const commits = await readBack(repo, { tip, firstPage }, async (oldest) => {
    const known = await Promise.all(files.map((file) => isIn(oldest, file)));
    return known.includes(true);
  });
  const isThere = (at: number, file: WrittenFile): Promise<boolean> => isIn(commits[at], file);
  const found = await Promise.all(
    files.map(async (file) => {
      let [without, since] = [-1, commits.length - 1];
      while (since - without > 1) {
        const middle = Math.floor((without + since) / 2);
        if (await isThere(middle, file)) since = middle;
        else without = middle;
      }
      return { path: file.path, at: since };
    }),
  );
  const writers = await Promise.all(
    [...new Set(found.map(({ at }) => at))]
      .sort((a, b) => a - b)
      .map(async (at) => {
        const paths = found.filter((one) => one.at === at).map(({ path }) => path);
        return writersIn(repo, { commit: commits[at] ?? '', folder, paths });
      }),
  );
  return writers.flat().map((one, position) => ({ ...one, position }));
}

/** The newest commits, the oldest first: back to one for which `goesOn` is false, or all. */
async function readBack(
  repo: ConfigRepo,
  { tip, firstPage }: { readonly tip: string; readonly firstPage: number },
  goesOn: (oldest: string | undefined) => Promise<boolean>,
): Promise<readonly string[]> {
  for (let most = firstPage; ; most *= 10) {
    const commits = await repo.graph.mainline({ tip, known: [], paths: [], most });
    if (commits.length < most || !(await goesOn(commits[0]))) return commits;
  }
}

/** A merge contains what others wrote. */
async function writersIn(
  repo: ConfigRepo,
  {
    commit,
    folder,
    paths,
  }: { readonly commit: string; readonly folder: string; readonly paths: readonly string[] },
): Promise<readonly { readonly path: string; readonly commit: string }[]> {
  const [first = '', ...others] = (await repo.commit(commit)).parents;
  if (others.length === 0) return paths.map((path) => ({ path, commit }));
  const changes = await repo.graph.changes({ tip: commit, known: [first], folder });
  return collectLastWrites(changes).filter(({ path }) => paths.includes(path));
}
