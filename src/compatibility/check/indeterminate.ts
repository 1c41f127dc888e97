// Separates "cannot tell now" from "does not fit": a lock wait, a time limit or a lost connection is never an
// incompatibility.
import type { SqlError } from '../../database/database.ts';
import { SqlFailure } from '../../database/sql-failure.ts';
import { asStkError } from '../../kernel/errors.ts';
import type { Finding } from '../../model/finding.ts';
import { findingCodes } from './finding-codes.ts';
import type { Verdict } from '../../model/verdict.ts';

type Indeterminate = Extract<Verdict, { kind: 'indeterminate' }>;
type PassingVerdict = Extract<Verdict, { kind: 'indeterminate' | 'unavailable' }>;

const timeLimit = '57014';

/** `undefined` when the refusal is about the statement or the schema, and therefore counts. */
export function readPassing({ sqlstate, message }: SqlError): PassingVerdict | undefined {
  if (/^(08|57P)/.test(sqlstate)) return { kind: 'unavailable', message };
  if (sqlstate === timeLimit) return { kind: 'indeterminate', reason: 'timeout', message, findings: [] };
  // 55006 object in use; XX000 a row of the catalogue vanished while it was read.
  if (sqlstate === 'XX000')
    return { kind: 'indeterminate', reason: 'schema-changing', message, findings: [] };
  if (/^(55P03|55006|40|53)/.test(sqlstate))
    return { kind: 'indeterminate', reason: 'busy', message, findings: [] };
  return undefined;
}

/** Temporary, and not about the statement or the schema. A row that vanished may also be one that is broken for good. */
export function isWait(error: SqlError): boolean {
  return error.sqlstate !== 'XX000' && readPassing(error) !== undefined;
}

export function isTimeLimit({ sqlstate }: Pick<SqlError, 'sqlstate'>): boolean {
  return sqlstate === timeLimit;
}

/** The meaning of an error that ended the check; `undefined` when it is a bug and should be rethrown. */
export function readThrown(thrown: unknown): PassingVerdict | undefined {
  if (thrown instanceof SqlFailure) return readPassing(thrown.error) ?? readRefusedLook(thrown.error);
  const { code, message, details } = asStkError(thrown);
  if (code === 'database-unavailable') return { kind: 'unavailable', message };
  if (code === 'timeout') return { kind: 'indeterminate', reason: 'timeout', message, findings: [] };
  if (code !== 'indeterminate') return undefined;
  if (details['reason'] !== 'role') return { kind: 'indeterminate', reason: 'busy', message, findings: [] };
  const hint = 'Create the role and grant it to the login role.';
  return sayIndeterminate('IND003', { object: 'role', message, hint });
}

/** In every new database, PUBLIC may read what the check itself reads from the catalogue. */
function readRefusedLook({ sqlstate, message }: SqlError): Indeterminate | undefined {
  if (sqlstate !== '42501') return undefined;
  return sayIndeterminate('IND003', {
    object: 'role',
    message: `The role may not read a part of the catalogue that the check needs: ${message}.`,
    hint: 'Grant it back to public, as it is in a new database.',
  });
}

const reasons = { IND001: 'migration-running', IND002: 'schema-changing', IND003: 'role' } as const;

export function sayIndeterminate(
  code: keyof typeof reasons,
  { object, message, hint }: { readonly object: string; readonly message: string; readonly hint: string },
): Indeterminate {
  const expected = {
    IND001: 'no migration running',
    IND002: 'a schema that does not change',
    IND003: 'a role that can be assumed',
  }[code];
  const finding: Finding = {
    code,
    ...findingCodes[code],
    object,
    expected,
    actual: message,
    operations: [],
    hint,
  };
  return { kind: 'indeterminate', reason: reasons[code], message, findings: [finding] };
}
