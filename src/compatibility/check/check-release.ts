// Checks one release: can this database run it? rules/ has one rule a file; find-at-rest.ts decides the order.
import type { Database } from '../../database/database.ts';
import { isBlocking } from '../../model/finding.ts';
import type { AcceptedFinding } from '../../model/project.ts';
import type { Release } from '../../model/release.ts';
import type { Verdict } from '../../model/verdict.ts';
import type { Statement } from '../../sql/statement.ts';
import { applySettings } from './apply-settings.ts';
import type { CheckCache } from './check-cache.ts';
import { findAtRest } from './find-at-rest.ts';
import { holdDatabase, type DatabaseHold } from './hold-database.ts';
import { readThrown } from './indeterminate.ts';

export interface CheckRequest {
  readonly release: Release;
  /** Those of every SQL operation, by name. */
  readonly statements: ReadonlyMap<string, Statement>;
  /** Identifies the release's bytes, for the cache. */
  readonly digest: string;
  readonly strict: boolean;
  readonly accept: readonly AcceptedFinding[];
  /** Milliseconds since the epoch, to judge whether acceptances have expired. */
  readonly now: number;
  /** The cache of this database; `undefined` to ask everything each time. */
  readonly cache?: CheckCache | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** For a database that is not held yet. */
export interface HoldAndCheckRequest extends CheckRequest {
  readonly migrationLock: string | undefined;
}

/** Holds the database for one check. Writes nothing. Rejects only for a bug: problems with the database become a verdict. */
export async function checkRelease(database: Database, request: HoldAndCheckRequest): Promise<Verdict> {
  const hold = await holdDatabase(database, request);
  if (hold.kind !== 'held') return hold;
  try {
    return await checkHeld(hold, request);
  } finally {
    await hold.release();
  }
}

/** The same on a database that is already held and stays held: the verdict is valid until the hold is released. */
export async function checkHeld(hold: DatabaseHold, request: CheckRequest): Promise<Verdict> {
  try {
    const { release, statements, digest, cache, signal } = request;
    const outcome = await hold.use((session) =>
      findAtRest(hold.engine, session, {
        releases: [{ release, statements, digest }],
        settings: request,
        cache,
        answers: cache?.answers,
        // Under `strict` a warning blocks, and this one may be gone at the next check.
        needsPlans: request.strict,
        hint: 'Wait: the Hub checks again when the migration has ended.',
        signal,
      }),
    );
    if ('kind' in outcome) return outcome;
    const { fingerprint } = outcome;
    const findings = applySettings(outcome.findings.get(digest) ?? [], request);
    const kind = findings.some(isBlocking) ? 'incompatible' : 'compatible';
    return { kind, fingerprint, findings };
  } catch (thrown) {
    const verdict = readThrown(thrown);
    if (verdict === undefined) throw thrown;
    return verdict;
  }
}
