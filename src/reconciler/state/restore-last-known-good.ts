// Puts the last-known-good from disk in place when nothing is served and git or the database cannot be asked. No check
// is made: it passed one when it was recorded.
import type { Clock } from '../../kernel/clock.ts';
import { asStkError } from '../../kernel/errors.ts';
import type { ActiveReleases } from '../../serving/active-releases.ts';
import type { DatabaseHandle, DatabaseHandles } from '../database-handles.ts';
import type { LastKnownGood } from './last-known-good.ts';
import type { ReleaseLibrary } from '../environment/release-library.ts';

export type Restored =
  | { readonly kind: 'restored'; readonly handle: DatabaseHandle }
  /** Something was activated in the meantime. */
  | { readonly kind: 'not-needed' }
  | { readonly kind: 'failed'; readonly message: string };

export interface RestoreTools {
  readonly active: ActiveReleases;
  readonly handles: DatabaseHandles;
  readonly library: ReleaseLibrary;
  readonly clock: Clock;
}

export async function restoreLastKnownGood(
  { active, handles, library, clock }: RestoreTools,
  record: LastKnownGood,
): Promise<Restored> {
  const { environment, release, digest, blob, text, settings, limits, revision } = record;
  try {
    const outcome = await library.compileText({ text, blob, release });
    if (outcome.kind === 'invalid') return { kind: 'failed', message: outcome.error.message };
    if (outcome.compiled.digest !== digest) {
      return {
        kind: 'failed',
        message: `The recorded text of ${release} does not have the recorded digest ${digest}.`,
      };
    }
    if (active.get(environment) !== undefined) return { kind: 'not-needed' };
    const handle = handles.acquire(settings, limits, undefined);
    handle.database.prepare();
    const since = new Date(clock.now()).toISOString();
    const { database } = handle;
    const maxRows = limits.rows;
    active.activate({
      environment,
      revision,
      since,
      compiled: outcome.compiled,
      database,
      maxRows,
      refuseWrites: false,
    });
    return { kind: 'restored', handle };
  } catch (thrown) {
    return { kind: 'failed', message: asStkError(thrown).message };
  }
}
