// Who moved a pointer that somebody else tried to move: the newest first-parent commit that changed the file.
import type { PointerCommitOutcome, WorkingCopyContext } from '../clone/pointer-commit.ts';
import { entryAt } from '../clone/read-revision.ts';
import { parseCommit } from '../objects/parse-commit.ts';
import { gitBytes, gitText } from '../process/run-git.ts';

export async function lostTo(
  context: WorkingCopyContext,
  tip: string,
  path: string,
): Promise<PointerCommitOutcome> {
  const run = { directory: context.root, environment: context.environment };
  const listed = await gitText({ ...run, args: ['rev-list', '-1', '--first-parent', tip, '--', path] });
  const revision = listed === '' ? tip : listed;
  const { by } = parseCommit(revision, await gitBytes({ ...run, args: ['cat-file', 'commit', revision] }));
  const entry = await entryAt(context, tip, path);
  return { kind: 'lost', revision, by, blob: entry?.id };
}
