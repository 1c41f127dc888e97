// Step 4: does the release fit the environment's live database? The swap runs inside the check, under its lock, so that
// nothing can fail or change between the last look and the swap.
import type { Verdict } from '../../../model/verdict.ts';
import { asStkError, StkError } from '../../../kernel/errors.ts';
import { isBlocking } from '../../../model/finding.ts';
import type { EnvironmentSettings } from '../../../model/project.ts';
import type { CheckableRelease } from '../../../serving/compile/compile-release.ts';
import type { DatabaseHandle } from '../../database-handles.ts';
import type { StopReason } from '../../status/reasons.ts';
import { proceed, stopWith, type StepOutcome } from './step.ts';

export interface CheckDatabaseRequest {
  readonly compiled: CheckableRelease;
  readonly settings: EnvironmentSettings;
  readonly now: number;
  readonly signal: AbortSignal;
  /** Whatever is remembered of an earlier check, ask everything. */
  readonly isFresh: boolean;
  /** The swap; must not throw. Not given: nothing is swapped. */
  readonly whileLocked?: () => void;
}

export type CompatibleVerdict = Extract<Verdict, { kind: 'compatible' }>;

export async function checkDatabase(
  handle: DatabaseHandle,
  request: CheckDatabaseRequest,
): Promise<StepOutcome<CompatibleVerdict>> {
  const { compiled, settings } = request;
  try {
    return conclude(await askDatabase(handle, request), compiled.release.release, settings.name);
  } catch (thrown) {
    const error = asStkError(thrown);
    switch (error.code) {
      case 'secret-unset':
        return stopWith('SecretUnset', error);
      case 'database-unavailable':
      // A file that `init` names is missing or fails: the embedded database cannot be made.
      case 'project-invalid':
        return stopWith('DatabaseUnavailable', error);
      case 'timeout':
        return stopWith('CheckTimeout', error);
      case 'indeterminate':
        return stopWith('DatabaseBusy', error);
      default:
        return stopWith('InternalError', error);
    }
  }
}

/** The verdict itself, for whoever only wants to know. */
export async function askDatabase(handle: DatabaseHandle, request: CheckDatabaseRequest): Promise<Verdict> {
  const { compiled, settings, now, signal, isFresh, whileLocked } = request;
  return handle.check(
    {
      release: compiled.release,
      statements: compiled.statements,
      digest: compiled.digest,
      strict: settings.compatibility === 'strict',
      accept: settings.accept,
      migrationLock: settings.migrationLock,
      now,
      signal,
      isFresh,
    },
    whileLocked === undefined ? {} : { whileLocked },
  );
}

const indeterminateReasons = {
  busy: 'DatabaseBusy',
  timeout: 'CheckTimeout',
  'schema-changing': 'SchemaChanging',
  'migration-running': 'MigrationRunning',
  role: 'RoleNotAssumable',
} as const satisfies Record<Extract<Verdict, { kind: 'indeterminate' }>['reason'], StopReason>;

function conclude(verdict: Verdict, release: string, environment: string): StepOutcome<CompatibleVerdict> {
  const details = { environment, release };
  switch (verdict.kind) {
    case 'compatible':
      return proceed(verdict);
    case 'incompatible': {
      const { findings } = verdict;
      const blocking = findings.filter(isBlocking);
      const named = blocking.slice(0, 3).map((finding) => `${finding.code} ${finding.object}`);
      const more = blocking.length > named.length ? `, and ${blocking.length - named.length} more` : '';
      const message = `${release} does not fit the database of ${environment}: ${named.join(', ')}${more}.`;
      const hint =
        'Apply the missing migration (the pointer then takes effect by itself), or roll the pointer back.';
      const error = new StkError('incompatible', message, { hint, details: { ...details, findings } });
      return stopWith('Incompatible', error, findings);
    }
    case 'indeterminate':
      return stopWith(
        indeterminateReasons[verdict.reason],
        new StkError('indeterminate', verdict.message, { details }),
        verdict.findings,
      );
    case 'unavailable':
      return stopWith(
        'DatabaseUnavailable',
        new StkError('database-unavailable', verdict.message, { details }),
      );
  }
}
