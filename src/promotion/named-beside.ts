// Pointer commits that the chain of first parents does not hold: `git pull` makes a merge whose first parent is the work of
// whoever pulled, so that what others promoted meanwhile stands beside the chain ("foxtrot").
import { readPointerRelease } from '../documents/edit-pointer.ts';
import type { ConfigRepo } from '../git/config-repo.ts';
import { isRegularFile } from '../git/objects/parse-tree.ts';
import { maxPointerBytes } from '../model/pointer.ts';
import { pointerPath } from './pointer-file.ts';

export interface NamedBeside {
  /** The newest commit beside the chain whose pointer names the release. */
  readonly revision: string;
  /** The merge that brought it in. */
  readonly merge: string;
}

type Source = Pick<ConfigRepo, 'entryAt' | 'graph' | 'isAncestor' | 'pointerChanges' | 'text'>;

/** Commits that are looked at, the newest first. */
const mostCommits = 500;

/** Undefined: no commit beside the chain names it. Costs a walk over all history: for explaining a refusal. */
export async function findNamedBeside(
  repo: Source,
  request: { readonly revision: string; readonly environment: string; readonly release: string },
): Promise<NamedBeside | undefined> {
  const { revision: tip, environment, release } = request;
  const path = pointerPath(environment);
  const touching = await repo.graph.touching({ tip, known: [], path });
  for (const revision of touching.toReversed().slice(0, mostCommits)) {
    const entry = await repo.entryAt(revision, path);
    if (entry === undefined || !isRegularFile(entry)) continue;
    if (readPointerRelease(await repo.text(entry.id, maxPointerBytes)) !== release) continue;
    const changes = await repo.pointerChanges({ revision: tip, environment });
    for (const { commit } of changes.toReversed())
      if (commit.parents.length > 1 && (await repo.isAncestor(revision, commit.revision)))
        return { revision, merge: commit.revision };
  }
  return undefined;
}
