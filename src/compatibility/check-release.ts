// The check: can this database run this release? Orders the questions; the rules are one a file in rules/.
import type { Database } from '../database/database.ts';
import type { AcceptedFinding } from '../model/project.ts';
import type { Release } from '../model/release.ts';
import type { Statement } from '../sql/statement.ts';
import type { Verdict } from './verdict.ts';

export interface CheckRequest {
  readonly release: Release;
  /** Of every SQL operation, by name. */
  readonly statements: ReadonlyMap<string, Statement>;
  /** Identifies the release's bytes, for the cache. */
  readonly digest: string;
  readonly strict: boolean;
  readonly accept: readonly AcceptedFinding[];
  readonly migrationLock: string | undefined;
  /** Milliseconds since the epoch, to judge expiry. */
  readonly now: number;
  readonly signal?: AbortSignal | undefined;
}

export interface CheckHooks {
  /** Runs under the migration lock after the second fingerprint agreed and nothing blocks: the swap. Must not throw. */
  readonly whileLocked?: () => void;
}

export async function checkRelease(_database: Database, _request: CheckRequest, _hooks: CheckHooks = {}): Promise<Verdict> {
  throw new Error('not built yet');
}
