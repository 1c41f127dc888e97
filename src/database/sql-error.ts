// PostgreSQL's ErrorResponse as stk's SqlError.
import type { SqlError } from './database.ts';

/** The fields of an ErrorResponse as pg-protocol names them. */
export interface ErrorFields {
  readonly message?: string | undefined;
  readonly code?: string | undefined;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  readonly position?: string | undefined;
  readonly internalPosition?: string | undefined;
  readonly schema?: string | undefined;
  readonly table?: string | undefined;
  readonly column?: string | undefined;
  readonly constraint?: string | undefined;
  readonly routine?: string | undefined;
}

/** `shift`: characters that stk added before the statement. */
export function toSqlError(fields: ErrorFields, shift = 0): SqlError {
  const position = fields.position === undefined ? undefined : Number(fields.position) - shift;
  return {
    sqlstate: fields.code ?? 'XX000',
    message: fields.message ?? 'unknown error',
    detail: fields.detail,
    hint: fields.hint,
    position: position !== undefined && position > 0 ? position : undefined,
    ...(fields.internalPosition === undefined ? {} : { internalPosition: Number(fields.internalPosition) }),
    schema: fields.schema,
    table: fields.table,
    column: fields.column,
    constraint: fields.constraint,
    routine: fields.routine,
  };
}

/** A FATAL or PANIC ends the session. */
export function isFatal(severity: string | undefined): boolean {
  return severity === 'FATAL' || severity === 'PANIC';
}

/** A refusal because the server takes no calls now, not because the statement is wrong. */
export function isUnavailability(sqlstate: string): boolean {
  return sqlstate.startsWith('08') || sqlstate.startsWith('57P') || sqlstate === '53300';
}
