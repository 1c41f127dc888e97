// Questions to the commit graph that no index answers: what a range of commits changed, and which commits changed one
// path. Each takes one or two git processes; frequent callers cache the answer.
import { diffCommits, type PathChange } from './diff-commits.ts';
import { gitText } from '../process/run-git.ts';

export interface CommitRange {
  readonly tip: string;
  /** Commits that are excluded, with everything that they reach. */
  readonly known: readonly string[];
}

export interface CommitChanges {
  readonly revision: string;
  /** Its changes against each parent, in order; once against nothing when it has no parent. */
  readonly against: readonly (readonly PathChange[])[];
}

export interface CommitGraph {
  /** Every commit of the range, parents before children. `folder`: only commits that changed something in it. */
  changes(range: CommitRange & { readonly folder?: string }): Promise<CommitChanges[]>;
  /** The commits of the range that changed the file at `path`; of merges only those with content that no parent has. */
  touching(range: CommitRange & { readonly path: string }): Promise<string[]>;
  /** The same for everything that `tip` reaches, the newest first; reads little more than is consumed. */
  newest(tip: string): AsyncGenerator<CommitChanges, void, void>;
  /**
   * The first-parent commits that changed something at or below `paths` (empty: all), the oldest first; `most` limits
   * them to the newest ones.
   */
  mainline(
    range: CommitRange & { readonly paths: readonly string[]; readonly most?: number },
  ): Promise<string[]>;
}

/** Commits per read, at first and at most. */
const firstPage = 100;
const largestPage = 50_000;

export function createCommitGraph(at: {
  readonly gitDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
}): CommitGraph {
  async function list({ tip, known }: CommitRange, path: string | undefined): Promise<string[][]> {
    const order = ['--topo-order', '--reverse', '--parents'];
    // Without --full-history git leaves out side branches whose changes a merge did not keep; without --sparse-like
    // options it rewrites parents, so a caller that needs the real ones reads them from the commits.
    const scope = path === undefined ? [] : ['--full-history'];
    const text = await gitText({
      directory: at.gitDirectory,
      environment: at.environment,
      args: [
        'rev-list',
        ...(path === undefined ? order : ['--topo-order', '--reverse']),
        ...scope,
        '--end-of-options',
        tip,
        ...known.map((id) => `^${id}`),
        '--',
        ...(path === undefined ? [] : [path]),
      ],
      timeout: 300_000,
    });
    const lines = text === '' ? [] : text.split('\n').map((line) => line.split(' '));
    if (path === undefined || lines.length === 0) return lines;
    const real = await gitText({
      directory: at.gitDirectory,
      environment: at.environment,
      args: ['rev-list', '--no-walk=unsorted', '--parents', '--stdin'],
      input: lines.map(([id = '']) => `${id}\n`).join(''),
      timeout: 300_000,
    });
    return real.split('\n').map((line) => line.split(' '));
  }

  async function changes(range: CommitRange, path: string | undefined): Promise<CommitChanges[]> {
    return changesOf(await list(range, path), path);
  }

  /** `commits`: each with its parents. */
  async function changesOf(
    commits: readonly (readonly string[])[],
    path: string | undefined,
  ): Promise<CommitChanges[]> {
    const rounds = Math.max(1, ...commits.map((parts) => parts.length - 1));
    const byCommit = new Map<string, PathChange[][]>();
    for (const [id = '', ...parents] of commits)
      byCommit.set(
        id,
        Array.from({ length: Math.max(1, parents.length) }, () => []),
      );
    // One process for first parents, and one for each further parent of any merge.
    for (let round = 0; round < rounds; round += 1) {
      const pairs = commits.flatMap(([id = '', ...parents]) => {
        const parent = parents[round];
        return parent === undefined && round > 0 ? [] : [[id, parent] as const];
      });
      for (const change of await diffCommits({
        ...at,
        commits: pairs,
        paths: path === undefined ? [] : [path],
      }))
        byCommit.get(change.revision)?.[round]?.push(change);
    }
    return [...byCommit].map(([revision, against]) => ({ revision, against }));
  }

  async function* newest(tip: string): AsyncGenerator<CommitChanges, void, void> {
    let skip = 0;
    for (let count = firstPage; ; count = Math.min(count * 10, largestPage)) {
      const text = await gitText({
        directory: at.gitDirectory,
        environment: at.environment,
        args: [
          'rev-list',
          '--parents',
          `--skip=${skip}`,
          `--max-count=${count}`,
          '--end-of-options',
          tip,
          '--',
        ],
        timeout: 300_000,
      });
      const commits = text === '' ? [] : text.split('\n').map((line) => line.split(' '));
      yield* await changesOf(commits, undefined);
      if (commits.length < count) return;
      skip += count;
    }
  }

  return {
    newest,
    changes: ({ folder, ...range }) => changes(range, folder),
    async touching({ path, ...range }) {
      const found = await changes(range, path);
      return found
        .filter(({ against }) => against.every((one) => one.some((change) => change.path === path)))
        .map(({ revision }) => revision);
    },
    async mainline({ tip, known, paths, most }) {
      const text = await gitText({
        directory: at.gitDirectory,
        environment: at.environment,
        args: [
          'rev-list',
          // The order in a chain is unique.
          '--first-parent',
          '--reverse',
          ...(most === undefined ? [] : [`--max-count=${most}`]),
          '--end-of-options',
          tip,
          ...known.map((id) => `^${id}`),
          '--',
          ...paths.map((path) => `:(top,literal)${path}`),
        ],
        timeout: 300_000,
      });
      return text === '' ? [] : text.split('\n');
    },
  };
}
