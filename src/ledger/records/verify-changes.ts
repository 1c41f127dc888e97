// Whether commits of the records branch only add files, and which commit added which. Pure.
import type { CommitChanges } from '../../git/history/commit-graph.ts';

export interface Additions {
  /** Path and the commit that added it, in the order of the branch. */
  readonly added: readonly { readonly path: string; readonly commit: string }[];
  /** Files that a commit changed or removed. */
  readonly broken: readonly {
    readonly path: string;
    readonly commit: string;
    readonly how: 'changed' | 'removed';
  }[];
}

/** `changes`: parents before children. A merge only adds what none of its parents has. */
export function collectAdditions(changes: readonly CommitChanges[]): Additions {
  const added = new Map<string, string>();
  const broken: { path: string; commit: string; how: 'changed' | 'removed' }[] = [];
  for (const { revision, against } of changes) {
    for (const one of against.flat().filter((change) => change.before !== undefined))
      broken.push({ path: one.path, commit: revision, how: one.after === undefined ? 'removed' : 'changed' });
    // Parents come first, so a path from a merge has its commit already.
    for (const { path, before } of against[0] ?? [])
      if (before === undefined && !added.has(path)) added.set(path, revision);
  }
  return { added: [...added].map(([path, commit]) => ({ path, commit })), broken };
}

/** In ranges that are accepted unchanged (before `records.since`), the last commit that wrote a file is its author. */
export function collectLastWrites(changes: readonly CommitChanges[]): Additions['added'] {
  const last = new Map<string, string>();
  for (const { revision, against } of changes) {
    const [first = [], ...others] = against;
    for (const { path, after } of first) {
      if (after === undefined) last.delete(path);
      else if (others.every((other) => other.some((change) => change.path === path))) {
        last.delete(path);
        last.set(path, revision);
      }
    }
  }
  return [...last].map(([path, commit]) => ({ path, commit }));
}
