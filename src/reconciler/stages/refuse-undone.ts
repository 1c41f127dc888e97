// Stage 3: did this Hub undo the very commit that requests the release? Then it is not activated again; another commit
// that names the same release is another move.
import type { CommitInfo } from '../../git/config-repo.ts';
import { StkError } from '../../kernel/errors.ts';
import type { UndoneMoves } from '../undo/undone-moves.ts';
import { proceed, type StageOutcome, stopForThrown, stopWith, type Target } from './stage.ts';
import type { ReadPointer } from './read-pointer.ts';

export interface BeforeRefuseUndone extends ReadPointer {
  readonly target: Target;
  readonly undone: UndoneMoves;
}

export async function refuseUndone({
  target,
  undone,
  release,
}: BeforeRefuseUndone): Promise<StageOutcome<object>> {
  const { environment } = target;
  if (undone.of(environment).length === 0) return proceed({});
  try {
    const { revision } = await findPointerMove(target);
    const move = undone.find(environment, revision);
    if (move === undefined) return proceed({});
    const { cause, reason, to } = move;
    const message = `The Hub rolled ${environment} back from ${release} to ${to}. ${reason}`;
    const error = new StkError(cause === 'smoke' ? 'smoke-failed' : 'gate-not-met', message, {
      hint: `Promote a corrected release, or this release again: stk release promote --to ${environment} --release-id ID`,
      details: { environment, release },
    });
    return stopWith(cause === 'smoke' ? 'SmokeFailed' : 'Undone', error);
  } catch (thrown) {
    return stopForThrown(thrown, 'PointerUnreadable');
  }
}

/** The newest commit that changed the pointer; the observed one when none did. */
export async function findPointerMove(target: Target): Promise<CommitInfo> {
  const { repo, revision, environment, commit, isNextCommit, pointer } = target;
  const [parent] = commit.parents;
  if (isNextCommit && parent !== undefined) {
    // The previous content was read already: no history is needed.
    const before = await repo.entryAt(parent, `environments/${environment}.yaml`);
    if (before?.id !== pointer?.id) return commit;
  }
  const [change] = await repo.pointerChanges({ revision, environment, limit: 1 });
  return change?.commit ?? commit;
}
