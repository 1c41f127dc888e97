// What a call ends with that PostgreSQL, the connection or stk itself did not let through.
import { asStkError } from '../../kernel/errors.ts';
import type { ExecuteOutcome, SqlError } from '../database.ts';
import { SessionLost } from '../wire/exchange.ts';
import { isUnavailability } from '../sql-error.ts';
import { SqlFailure } from '../sql-failure.ts';

/** Harmless DDL made the prepared statement unusable; the transaction did nothing, so it can be run again. */
export function isStalePlan(error: SqlError): boolean {
  return error.sqlstate === '26000' || (error.sqlstate === '0A000' && error.message.includes('cached plan'));
}

export function refuse(error: SqlError, fatal: boolean): ExecuteOutcome {
  if (!fatal && !isUnavailability(error.sqlstate)) return { kind: 'sql-error', error };
  return { kind: 'unavailable', message: `the database ended the session: ${error.message}`, busy: false };
}

export function explainFailure(error: unknown): ExecuteOutcome {
  if (error instanceof SqlFailure) return refuse(error.error, false);
  if (error instanceof SessionLost) return { kind: 'unavailable', message: error.message, busy: false };
  // A fault of stk's own. Thrown on from here nobody could catch it, and the session would stay taken.
  const message = `the statement could not be prepared: ${asStkError(error).message}`;
  return { kind: 'unavailable', message, busy: false };
}
