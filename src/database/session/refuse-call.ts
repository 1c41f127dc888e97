// The outcome of a call that PostgreSQL, the connection or stk itself refused.
import { asStkError } from '../../kernel/errors.ts';
import type { ExecuteOutcome, SqlError } from '../database.ts';
import { SessionLost } from '../wire/exchange.ts';
import { isUnavailability } from '../sql-error.ts';
import { SqlFailure } from '../sql-failure.ts';

/** The session does not have the prepared statement, for example after DISCARD ALL of a pooler. */
export function isForgotten({ sqlstate }: SqlError): boolean {
  return sqlstate === '26000';
}

/** Data, constraints, transactions, resources, operators' actions, exceptions of functions: another plan does not help. */
const notThePlan = /^(?:08|22|23|40|53|57|P0|55P03)/;

/** A statement that was prepared under an older schema may be refused in this way, although a new session would run it. */
export function mayBeStale({ sqlstate }: SqlError): boolean {
  return !notThePlan.test(sqlstate);
}

/** PostgreSQL could not continue with the state of the session: a new one may. */
export function isInternal({ sqlstate }: SqlError): boolean {
  return sqlstate.startsWith('XX');
}

export function refuse(error: SqlError, fatal: boolean): ExecuteOutcome {
  // Class 08 from a server that still answers is about another server, behind a foreign table.
  const isOther = error.sqlstate.startsWith('08') || !isUnavailability(error.sqlstate);
  if (!fatal && isOther) return { kind: 'sql-error', error };
  return { kind: 'unavailable', message: `the database ended the session: ${error.message}`, busy: false };
}

export function explainFailure(error: unknown): ExecuteOutcome {
  if (error instanceof SqlFailure) return refuse(error.error, false);
  if (error instanceof SessionLost) return { kind: 'unavailable', message: error.message, busy: false };
  // A bug in stk. Thrown from here, it could not be caught, and the session would stay taken.
  const message = `the statement could not be prepared: ${asStkError(error).message}`;
  return { kind: 'unavailable', message, busy: false };
}
