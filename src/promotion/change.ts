// The history of one environment's pointer as `GET …/history` shows it. Derives the action of each commit; reads
// nothing.
import type { CommitInfo } from '../git/config-repo.ts';

/**
 * The action of a pointer commit. `promote` and `rollback` come from the trailers when these match the real change, and
 * are derived otherwise: a release that the environment named before is a rollback, a new one a promotion. `revert`: a
 * `git revert` that brought an earlier release back. `edit`: the same release, other text. `remove`: the pointer was
 * deleted. `invalid`: the pointer names no release.
 */
export type ChangeAction = 'promote' | 'rollback' | 'revert' | 'edit' | 'remove' | 'invalid';

/** One entry of `GET …/history`. */
export interface Change {
  readonly revision: string;
  /** `null` when removed, or unreadable. */
  readonly release: string | null;
  readonly previous: string | null;
  readonly action: ChangeAction;
  /** `Name <mail>` of the author. */
  readonly by: string;
  /** RFC 3339. */
  readonly at: string;
  /** `Stk-Reason`, or null. */
  readonly reason: string | null;
  readonly subject: string;
}

/** A pointer commit with the releases before and after it; `undefined` when unreadable. */
export interface NamedChange {
  readonly commit: CommitInfo;
  readonly environment: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
  readonly removed: boolean;
}

/** `changes` are all of one environment, newest first, like the result. */
export function toChanges(changes: readonly NamedChange[]): readonly Change[] {
  const named = new Set<string>();
  const oldestFirst = changes.toReversed().map((change) => {
    if (change.before !== undefined) named.add(change.before);
    const action = actionOf(change, named);
    if (change.after !== undefined) named.add(change.after);
    const { commit } = change;
    return {
      revision: commit.revision,
      release: change.after ?? null,
      previous: change.before ?? null,
      action,
      by: commit.by,
      at: commit.at,
      reason: commit.trailers.get('Stk-Reason') ?? null,
      subject: commit.subject,
    };
  });
  return oldestFirst.toReversed();
}

function actionOf(change: NamedChange, namedBefore: ReadonlySet<string>): ChangeAction {
  const { after, before, commit } = change;
  if (change.removed) return 'remove';
  if (after === undefined) return 'invalid';
  if (after === before) return 'edit';
  const claimed = claimedAction(change);
  if (claimed !== undefined) return claimed;
  if (!namedBefore.has(after)) return 'promote';
  return /^Revert "|^Reapply "|^revert:/.test(commit.subject) ? 'revert' : 'rollback';
}

/** The action that the trailers claim, if they describe exactly this change (a cherry-pick has another's). */
function claimedAction(change: NamedChange): 'promote' | 'rollback' | undefined {
  const { trailers } = change.commit;
  const action = trailers.get('Stk-Action');
  if (action !== 'promote' && action !== 'rollback') return undefined;
  const matches =
    trailers.get('Stk-Environment') === change.environment &&
    trailers.get('Stk-To') === change.after &&
    trailers.get('Stk-From') === change.before;
  return matches ? action : undefined;
}
