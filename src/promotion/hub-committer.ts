// The Hub's committer: one pointer file on the followed branch and its accompanying files, by compare and swap. Other
// people's commits that leave this pointer alone do not matter; one that changes it wins.
import { StkError } from '../kernel/errors.ts';
import type { CommitAuthor, ConfigRepo } from '../git/config-repo.ts';
import type { Committed, Committer } from './apply-move.ts';
import { filesAt } from './files-at.ts';
import type { MovePlan } from './plan.ts';
import { formatPointer, pointerPath } from './pointer-file.ts';
import { readPointerAt, type PointerState } from './pointer-state.ts';

const maxAttempts = 20;

/** `before`: the base of the plan. */
export function createHubCommitter(repo: ConfigRepo, before: PointerState, author: CommitAuthor): Committer {
  return { commit: (plan, message) => commitMove(repo, { plan, before, message, author }) };
}

interface CommittedMove {
  readonly plan: MovePlan;
  readonly before: PointerState;
  readonly message: string;
  readonly author: CommitAuthor;
}

async function commitMove(
  repo: ConfigRepo,
  { plan, before, message, author }: CommittedMove,
): Promise<Committed> {
  const { environment } = plan;
  const path = pointerPath(environment);
  const text = formatPointer(before.text, plan.to, plan.keys);
  let expected = before.revision;
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const beside = await plan.beside?.(filesAt(repo, expected));
    const files = new Map([[path, text], ...(beside ?? [])]);
    const outcome = await repo.commitFiles({ files, message, author, expected });
    if (outcome.kind === 'committed')
      return { kind: 'committed', revision: outcome.revision, pushed: repo.isRemote, notes: [] };
    if (outcome.kind === 'work-tree-dirty') {
      const paths = outcome.paths.slice(0, 5).join(', ');
      return refused(
        new StkError('git-dirty', `the branch is checked out and has uncommitted changes: ${paths}`, {
          hint: 'Commit or undo the changes, or promote with the CLI in that clone.',
          details: { environment },
        }),
      );
    }
    const now = await readPointerAt(repo, environment, outcome.revision ?? (await repo.resolve()));
    if (now.blob !== before.blob) return lostTo(repo, environment, now);
    expected = now.revision;
  }
  return refused(
    new StkError('conflict', `other commits won ${maxAttempts} times in a row; nothing was written`, {
      hint: 'Try again.',
      details: { environment },
    }),
  );
}

async function lostTo(repo: ConfigRepo, environment: string, now: PointerState): Promise<Committed> {
  const [winner] = await repo.pointerChanges({ revision: now.revision, environment, limit: 1 });
  const { revision, by } = winner?.commit ?? {};
  return { kind: 'lost', to: { revision, by, release: now.release } };
}

function refused(error: StkError): Committed {
  return { kind: 'refused', error };
}
