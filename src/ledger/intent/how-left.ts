// How an environment's pointer left a content that it once named: by a promotion, or by any rollback. Uses only the
// pointer's history, so that a move counts even if it was never served.
import type { Content, PointerHistory, PointerMove } from './pointer-history.ts';

export type Leaving = 'now' | 'promoted-away' | 'rolled-back' | 'never';

/** Whether the first release was added before the second; `false` when unknown. */
export type IsOlder = (release: string, other: string) => boolean;

/** From the newest commit that left the content. A file that is gone or names nothing counts as a rollback. */
export async function howLeft(
  pointers: PointerHistory,
  { revision, environment }: { readonly revision: string; readonly environment: string },
  { content, isOlder }: { readonly content: Content; readonly isOlder: IsOlder },
): Promise<Leaving> {
  /** The move after the current one. */
  let next: PointerMove | undefined;
  let leaving: PointerMove | undefined;
  for await (const move of pointers.walk(revision, environment)) {
    if (leaving === undefined) {
      if (!names(move, content)) next = move;
      else if (next === undefined) return 'now';
      else if (isRollback(next, content, isOlder)) return 'rolled-back';
      else if (isSaidToPromote(next)) return 'promoted-away';
      else leaving = next;
    } else if (
      leaving.release !== null &&
      names(move, { release: leaving.release, digest: leaving.digest ?? '' })
    )
      // A plain `git revert`: it restored a release that was named before.
      return 'rolled-back';
  }
  return leaving === undefined ? 'never' : 'promoted-away';
}

function names({ release, digest }: PointerMove, content: Content): boolean {
  return (
    release === content.release && (digest === null || content.digest === '' || digest === content.digest)
  );
}

function isRollback({ commit, release }: PointerMove, content: Content, isOlder: IsOlder): boolean {
  return (
    commit.trailers.get('Stk-Action') === 'rollback' || release === null || isOlder(release, content.release)
  );
}

function isSaidToPromote({ commit }: PointerMove): boolean {
  return commit.trailers.get('Stk-Action') === 'promote';
}
