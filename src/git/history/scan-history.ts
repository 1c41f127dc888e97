// The slow way to the first-parent history of one folder: `git rev-list` for the chain and `git diff-tree` for the
// changes, in a few parallel processes. directory-history.ts uses it once and then continues in-process.
import { diffCommits, type CommitDiff } from './diff-commits.ts';
import { gitBytes } from '../process/run-git.ts';

export interface HistoryScan {
  readonly gitDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly tip: string;
  /** A folder or a file at the root, e.g. environments. */
  readonly path: string;
  /** The number of parallel processes. */
  readonly processes: number;
}

export interface ScannedHistory {
  /** Oldest first. */
  readonly chain: readonly string[];
  /** In the order of the chain. */
  readonly changes: readonly ScannedChange[];
}

/** The path itself, or one file directly in the folder; an id is `undefined` when there is no regular file on that side. */
export interface ScannedChange {
  readonly revision: string;
  readonly name: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

const scanTimeout = 300_000;

export async function scanHistory(scan: HistoryScan): Promise<ScannedHistory> {
  const common = { directory: scan.gitDirectory, environment: scan.environment, timeout: scanTimeout };
  const listed = await gitBytes({
    ...common,
    args: ['rev-list', '--first-parent', '--end-of-options', scan.tip, '--'],
  });
  const chain = listed.toString('latin1').split('\n').slice(0, -1).reverse();
  const parts = await Promise.all(
    splitChain(chain, scan.processes).map(async (commits) => {
      const { gitDirectory, environment, path } = scan;
      const changes = await diffCommits({ gitDirectory, environment, commits, paths: [path] });
      return changes.flatMap(({ path: changed, ...change }) => {
        const name = nameBelow(path, changed);
        return name === undefined ? [] : [{ ...change, name }];
      });
    }),
  );
  return { chain, changes: parts.flat() };
}

/** Cuts the chain into ranges of about equal length, oldest first: each commit with its first parent. A short chain is one range. */
function splitChain(chain: readonly string[], processes: number): CommitDiff['commits'][] {
  const commits = chain.map((id, index) => [id, chain[index - 1]] as const);
  const length = chain.length < 500 ? chain.length : Math.ceil(chain.length / Math.max(1, processes));
  const ranges: CommitDiff['commits'][] = [];
  for (let at = 0; at < commits.length; at += length) ranges.push(commits.slice(at, at + length));
  return ranges;
}

/** The name of a file in the folder `path`; `undefined` when it is deeper, or elsewhere. For `path` itself, its own name. */
function nameBelow(path: string, changed: string): string | undefined {
  if (changed === path) return path;
  const name = changed.slice(path.length + 1);
  return changed.startsWith(`${path}/`) && !name.includes('/') ? name : undefined;
}
