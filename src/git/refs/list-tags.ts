// Which tags name which commit: in a local repository, or in the remote of a mirror.
import type { Mirror } from '../mirror.ts';
import { failureOf, runGit } from '../process/run-git.ts';
import type { RefPlace } from './keep-ref.ts';

/** Commit → names without refs/tags/. Throws `git-unavailable`, `git-failed`. */
export async function listTags(
  { gitDirectory: directory, environment }: RefPlace,
  mirror: Mirror | undefined,
): Promise<ReadonlyMap<string, readonly string[]>> {
  if (mirror !== undefined) return parseTags(await mirror.listTags());
  const command = { directory, environment, args: ['show-ref', '--tags', '--dereference'] };
  const output = await runGit(command);
  // Exit code 1: there are no tags.
  if (output.exitCode !== 0 && output.exitCode !== 1) throw failureOf(command, output);
  return parseTags(output.stdout.toString('utf8'));
}

/** An annotated tag counts for the commit that it names. */
function parseTags(text: string): ReadonlyMap<string, readonly string[]> {
  const commits = new Map<string, string>();
  for (const [, id = '', name = '', peeled] of text.matchAll(
    /^([0-9a-f]{40})\s+refs\/tags\/(\S+?)(\^\{\})?$/gm,
  ))
    if (peeled !== undefined || !commits.has(name)) commits.set(name, id);
  const names = new Map<string, string[]>();
  for (const [name, commit] of commits) names.set(commit, [...(names.get(commit) ?? []), name]);
  return names;
}
