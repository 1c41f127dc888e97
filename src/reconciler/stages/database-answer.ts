// What it means for a reconcile that a database cannot be held, does not answer, or does not fit: a reason, and what
// makes a retry useful.
import { readThrown } from '../../compatibility/check/indeterminate.ts';
import { asStkError, StkError } from '../../kernel/errors.ts';
import { isBlocking } from '../../model/finding.ts';
import type { Verdict } from '../../model/verdict.ts';
import type { StopReason } from '../status/reasons.ts';
import { stopWith, type Unfinished } from './stage.ts';

const indeterminateReasons = {
  busy: 'DatabaseBusy',
  timeout: 'CheckTimeout',
  'schema-changing': 'SchemaChanging',
  'migration-running': 'MigrationRunning',
  role: 'RoleNotAssumable',
} as const satisfies Record<Extract<Verdict, { kind: 'indeterminate' }>['reason'], StopReason>;

export interface AskedOf {
  readonly environment: string;
  /** `undefined` when no release was checked yet. */
  readonly release?: string;
}

export function explainVerdict(
  verdict: Exclude<Verdict, { kind: 'compatible' }>,
  { environment, release }: AskedOf,
): Unfinished {
  const details = { environment, ...(release === undefined ? {} : { release }) };
  const wakes = [`database:${environment}`] as const;
  switch (verdict.kind) {
    case 'incompatible': {
      const { findings } = verdict;
      const blocking = findings.filter(isBlocking);
      const named = blocking.slice(0, 3).map((finding) => `${finding.code} ${finding.object}`);
      const more = blocking.length > named.length ? `, and ${blocking.length - named.length} more` : '';
      const message = `${release ?? ''} does not fit the database of ${environment}: ${named.join(', ')}${more}.`;
      const hint = 'Apply the missing migration (the pointer then takes effect), or roll the pointer back.';
      const error = new StkError('incompatible', message, { hint, details: { ...details, findings } });
      return stopWith('Incompatible', error, { findings, wakes, verdict });
    }
    case 'indeterminate': {
      const { message, findings } = verdict;
      return {
        kind: 'wait',
        reason: indeterminateReasons[verdict.reason],
        message,
        findings,
        wakes,
        verdict,
      };
    }
    case 'unavailable': {
      const error = new StkError('database-unavailable', verdict.message, { details });
      return stopWith('DatabaseUnavailable', error, { wakes, verdict });
    }
  }
}

/** The error of holding or checking. */
export function explainThrown(thrown: unknown, environment: string): Unfinished {
  const verdict = readThrown(thrown);
  if (verdict !== undefined) return explainVerdict(verdict, { environment });
  const error = asStkError(thrown);
  if (error.code === 'secret-unset') return stopWith('SecretUnset', error);
  // A file in `init` is missing or fails: the embedded database cannot be created.
  if (error.code === 'project-invalid') return stopWith('DatabaseUnavailable', error);
  return stopWith('InternalError', error);
}
