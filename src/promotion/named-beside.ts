// Pointer commits outside the chain of first parents. `git pull` makes a merge whose first parent is the puller's own
// work, so that the others' promotions are beside the chain ("foxtrot").
import { readPointerRelease } from '../documents/edit-pointer.ts';
import type { ConfigRepo } from '../git/config-repo.ts';
import { isRegularFile } from '../git/objects/parse-tree.ts';
import { maxPointerBytes } from '../model/pointer.ts';
import { pointerPath } from './pointer-file.ts';

export interface NamedBeside {
  /** The newest commit beside the chain whose pointer names the release. */
  readonly revision: string;
  /** The merge that contains it. */
  readonly merge: string;
}

type BesideSource = Pick<ConfigRepo, 'commit' | 'entryAt' | 'graph' | 'isAncestor' | 'text'>;

/** The most commits that are searched, the newest first. */
const mostCommits = 500;

/** `undefined` when no commit beside the chain names it. Walks the whole history: only for explaining a refusal. */
export async function findNamedBeside(
  repo: BesideSource,
  request: { readonly revision: string; readonly environment: string; readonly release: string },
): Promise<NamedBeside | undefined> {
  const { revision: tip, environment, release } = request;
  const path = pointerPath(environment);
  const touching = await repo.graph.touching({ tip, known: [], path });
  for (const revision of touching.toReversed().slice(0, mostCommits)) {
    const entry = await repo.entryAt(revision, path);
    if (entry === undefined || !isRegularFile(entry)) continue;
    if (readPointerRelease(await repo.text(entry.id, maxPointerBytes)) !== release) continue;
    const merge = await findMerge(repo, revision, tip);
    if (merge !== undefined) return { revision, merge };
  }
  return undefined;
}

/**
 * The commit of the chain that merged `revision`, whatever it did to the pointer; `undefined` when it is in the chain
 * itself.
 */
async function findMerge(repo: BesideSource, revision: string, tip: string): Promise<string | undefined> {
  const chain = await repo.graph.mainline({ tip, known: [revision], paths: [] });
  // From one commit on, all contain it.
  let [from, to] = [0, chain.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (await repo.isAncestor(revision, chain[middle] ?? tip)) to = middle;
    else from = middle + 1;
  }
  const first = chain[from];
  if (first === undefined) return undefined;
  return (await repo.commit(first)).parents[0] === revision ? undefined : first;
}
