// Which tags name which commit, from what `git show-ref --tags --dereference` or `git ls-remote --tags` prints.

/** Commit → names without refs/tags/. An annotated tag counts for the commit that it names. */
export function parseTags(text: string): ReadonlyMap<string, readonly string[]> {
  const commits = new Map<string, string>();
  for (const [, id = '', name = '', peeled] of text.matchAll(
    /^([0-9a-f]{40})\s+refs\/tags\/(\S+?)(\^\{\})?$/gm,
  ))
    if (peeled !== undefined || !commits.has(name)) commits.set(name, id);
  const names = new Map<string, string[]>();
  for (const [name, commit] of commits) names.set(commit, [...(names.get(commit) ?? []), name]);
  return names;
}
