// Stage 5: does the release fit the environment's live database? The only place that starts a check: for a release that
// is about to be served, is served already, or is in question.
import type { DatabaseHold } from '../../compatibility/check/hold-database.ts';
import { type Finding, isBlocking } from '../../model/finding.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { EnvironmentSettings } from '../../model/project.ts';
import type { Verdict } from '../../model/verdict.ts';
import type { CheckableRelease } from '../../serving/compile/compile-release.ts';
import type { DatabaseHandle } from '../database-handles.ts';
import { checkFileStore, type FilesLook } from './check-file-store.ts';
import { explainThrown, explainVerdict } from './database-answer.ts';
import { proceed, type StageOutcome } from './stage.ts';

export interface BeforeCheck {
  readonly handle: DatabaseHandle;
  readonly held: DatabaseHold;
  readonly settings: EnvironmentSettings;
  readonly checkable: CheckableRelease;
  /** Ask everything, despite earlier checks. */
  readonly isFresh: boolean;
  /** Whether the environment's files are checked; when `undefined`, they are, unless it is a rollback. */
  readonly files?: FilesLook | undefined;
  readonly isRollback?: boolean;
  readonly clock: Clock;
  /** Ends the database's work. */
  readonly patience: AbortSignal;
}

export type CompatibleVerdict = Extract<Verdict, { kind: 'compatible' }>;

/**
 * The answer is valid while the database is held and nothing is awaited. A stage that works between the check and the
 * swap must be followed by another check, which costs one fingerprint while the schema is unchanged.
 */
export async function check(
  found: BeforeCheck,
): Promise<StageOutcome<{ readonly verdict: CompatibleVerdict }>> {
  const { handle, held, settings, checkable, isFresh, clock, patience, isRollback = false } = found;
  const { files: look = isRollback ? 'leave' : 'look' } = found;
  const { release, statements, digest } = checkable;
  const { name: environment, accept } = settings;
  const strict = settings.compatibility === 'strict';
  try {
    const files = await checkFileStore(settings, checkable, { clock, signal: patience, look });
    const asked = {
      release,
      statements,
      digest,
      strict,
      accept,
      now: clock.now(),
      signal: patience,
      isFresh,
    };
    const database = await handle.check(held, asked);
    const verdict = withFiles(database, files);
    if (verdict.kind === 'compatible') return proceed({ verdict });
    return explainVerdict(verdict, { environment, release: release.release });
  } catch (thrown) {
    return explainThrown(thrown, environment);
  }
}

/** Adds the findings about files to those about the database. */
function withFiles(verdict: Verdict, files: readonly Finding[]): Verdict {
  if (files.length === 0 || (verdict.kind !== 'compatible' && verdict.kind !== 'incompatible'))
    return verdict;
  const findings = [...verdict.findings, ...files];
  const { fingerprint } = verdict;
  return { kind: findings.some(isBlocking) ? 'incompatible' : 'compatible', fingerprint, findings };
}
