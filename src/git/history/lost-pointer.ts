// Who moved a pointer that somebody else wanted to move: the newest first-parent commit that touched the file.
import type { PointerCommitOutcome, WorkingCopyContext } from '../clone/pointer-commit.ts';
import { entryAt } from '../clone/read-revision.ts';
import { gitText } from '../process/run-git.ts';

export async function lostTo(
  context: WorkingCopyContext,
  tip: string,
  path: string,
): Promise<PointerCommitOutcome> {
  const said = await gitText({
    directory: context.root,
    environment: context.environment,
    args: ['log', '-1', '--first-parent', '--no-show-signature', '--format=%H%x00%an <%ae>', tip, '--', path],
  });
  const [revision = tip, by = ''] = said.split('\0');
  const entry = await entryAt(context, tip, path);
  return { kind: 'lost', revision: revision === '' ? tip : revision, by, blob: entry?.id };
}
