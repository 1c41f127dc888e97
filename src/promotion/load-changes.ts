// Loads an environment's pointer history from the config repo for toChanges. Judges nothing itself.
import type { ConfigRepo, PointerChange } from '../git/config-repo.ts';
import { readPointerRelease } from '../documents/edit-pointer.ts';
import { maxPointerBytes } from '../model/pointer.ts';
import { StkError } from '../kernel/errors.ts';
import { type Change, toChanges } from './change.ts';

/** The most pointer commits of one environment that are read; older ones are neither shown nor rollback targets. */
const maxChanges = 10_000;

type ChangeSource = Pick<ConfigRepo, 'pointerChanges' | 'text'>;

/** Every change of the environment's pointer up to `revision`, newest first. */
export async function loadChanges(
  repo: ChangeSource,
  request: { readonly revision: string; readonly environment: string },
): Promise<readonly Change[]> {
  const { revision, environment } = request;
  const changes = await repo.pointerChanges({ revision, environment, limit: maxChanges });
  const releases = new Map<string, string | undefined>();
  for (const blob of distinctBlobs(changes)) releases.set(blob, await releaseNamedBy(repo, blob));
  const named = (blob: string | undefined): string | undefined =>
    blob === undefined ? undefined : releases.get(blob);
  return toChanges(
    changes.map((change) => ({
      commit: change.commit,
      environment,
      before: named(change.before),
      after: named(change.after),
      removed: change.after === undefined,
    })),
  );
}

function distinctBlobs(changes: readonly PointerChange[]): ReadonlySet<string> {
  const blobs = changes.flatMap((change) => [change.before, change.after]);
  return new Set(blobs.filter((blob) => blob !== undefined));
}

/** `undefined` for an unreadable pointer: history is shown anyway. */
async function releaseNamedBy(repo: ChangeSource, blob: string): Promise<string | undefined> {
  try {
    return readPointerRelease(await repo.text(blob, maxPointerBytes));
  } catch (error) {
    const isUnreadable = error instanceof StkError && ['too-large', 'malformed'].includes(error.code);
    if (isUnreadable) return undefined;
    throw error;
  }
}
