// The authors of a pointer's move and of a release: the people who may not approve it.
import type { CommitInfo, ConfigRepo } from '../../git/config-repo.ts';
import type { Content, PointerHistory } from './pointer-history.ts';

/**
 * Mails (lower case) of all authors and co-authors of commits that changed the pointer after it last named the served
 * content. `served` null: nothing is served, so every commit that changed it counts.
 */
export async function moveAuthors(
  repo: ConfigRepo,
  pointers: PointerHistory,
  request: { readonly revision: string; readonly environment: string; readonly served: Content | null },
): Promise<ReadonlySet<string>> {
  const { revision, environment, served } = request;
  const authors = new Set<string>();
  for await (const { commit, release, digest } of pointers.walk(revision, environment)) {
    if (served !== null && release === served.release && digest === served.digest) break;
    await addAuthors(repo, authors, commit, `environments/${environment}.yaml`);
  }
  return authors;
}

/** Mails (lower case) of all authors and co-authors of changes of the release's file. */
export async function releaseAuthors(
  repo: ConfigRepo,
  { revision, release }: { readonly revision: string; readonly release: string },
): Promise<ReadonlySet<string>> {
  const path = `releases/${release}.yaml`;
  const authors = new Set<string>();
  for (const change of await repo.fileHistory({ revision, path }))
    await addAuthors(repo, authors, await repo.commit(change.revision), path);
  return authors;
}

/** For a merge, those of its commits that changed the file; its own only if it changed the file itself. */
async function addAuthors(
  repo: ConfigRepo,
  authors: Set<string>,
  commit: CommitInfo,
  path: string,
): Promise<void> {
  const [first, ...others] = commit.parents;
  if (first === undefined || others.length === 0) {
    for (const mail of authorsOf(commit)) authors.add(mail);
    return;
  }
  for (const revision of await repo.graph.touching({ tip: commit.revision, known: [first], path }))
    for (const mail of authorsOf(await repo.commit(revision))) authors.add(mail);
}

/** The author, the co-authors and, for a commit by the Hub, the subject of the caller's token. */
export function authorsOf({ mail, coAuthors, trailers }: CommitInfo): string[] {
  const actor = trailers.get('Stk-Actor');
  return [mail, ...coAuthors, ...(actor === undefined ? [] : [actor])]
    .filter((one) => one !== '')
    .map((one) => one.toLowerCase());
}
