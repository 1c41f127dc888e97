// The meaning of PostgreSQL's refusal for the caller: SQLSTATE → code. Names the rule that refused (a constraint or
// column), never the statement or a value. So PostgreSQL's own message is not passed on.
import type { SqlError } from '../database/database.ts';
import type { ErrorCode } from '../kernel/errors.ts';
import type { CallRefusal } from './call-outcome.ts';

interface Meaning {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly hint?: string;
  readonly suspectsDrift?: boolean;
}

const wrongValue: Meaning = {
  code: 'invalid-input',
  detail: 'The database refused a value of the input',
};
const broken: Meaning = {
  code: 'internal',
  detail: 'The operation no longer runs on this database',
  hint: 'The Hub checks the release against the database again; `stk status` shows the findings.',
  suspectsDrift: true,
};
const constraint: Meaning = {
  code: 'constraint',
  detail: 'The change conflicts with rows that exist',
};
const notTheInput: Meaning = {
  code: 'internal',
  detail: 'The database could not compute a value that is not part of the input',
  hint: 'A default, a sequence or the operation itself is the cause: the Hub checks the release against the database again.',
  suspectsDrift: true,
};
const noPartition: Meaning = {
  code: 'constraint',
  detail: 'No partition of the table accepts the row',
  hint: 'Create a partition for it, or a default partition.',
  suspectsDrift: true,
};
const retry: Meaning = {
  code: 'serialization',
  detail: 'The transaction conflicted with a concurrent transaction and was rolled back',
  hint: 'Send the call again.',
};
const lostDatabase: Meaning = {
  code: 'database-unavailable',
  detail: 'The database ended the session or accepts no more sessions',
};

/** SQLSTATEs with a separate meaning; https://www.postgresql.org/docs/current/errcodes-appendix.html */
const byState: ReadonlyMap<string, Meaning> = new Map([
  ['23502', wrongValue],
  ['23514', wrongValue],
  [
    '25006',
    {
      code: 'internal',
      detail: 'The operation tried to write, but it is declared as a read, or the database is a standby',
      hint: 'Declare it `mode: write` in a new release, or point the environment to the primary.',
    },
  ],
  ['25P03', { code: 'timeout', detail: 'The transaction took longer than the database allows' }],
  ['25P04', { code: 'timeout', detail: 'The transaction took longer than the database allows' }],
  ['55P03', { code: 'timeout', detail: 'A lock was not free within the limit (limits.lock)' }],
  [
    '54000',
    {
      code: 'internal',
      detail: 'A size limit was exceeded: one of the database, or that of an answer, 64 MiB',
      hint: 'Request fewer rows or columns in a new release.',
    },
  ],
  [
    '57014',
    {
      code: 'timeout',
      detail: 'The statement took longer than the limit (limits.statement) or was cancelled',
    },
  ],
  ['P0001', { code: 'raised', detail: 'The operation refused the request with an exception' }],
]);

/** The targets of the operation's values. */
export interface GivenValues {
  readonly parameters: readonly string[];
  /** Columns that the statement writes; `undefined` when unknown. */
  readonly columns: readonly string[] | undefined;
  /** The default of an omitted column fails in this way by itself. */
  readonly isOfDefault?: boolean;
}

/** The meaning of a class (the first two characters) when the state itself has no entry. */
const byClass: ReadonlyMap<string, Meaning> = new Map([
  // A lost connection never comes as PostgreSQL's answer: this is about a server behind a foreign table.
  [
    '08',
    {
      code: 'database-unavailable',
      detail: 'A server behind a foreign table of the database does not answer',
    },
  ],
  ['0A', broken],
  ['22', wrongValue],
  ['23', constraint],
  ['26', broken],
  ['28', lostDatabase],
  ['3D', lostDatabase],
  ['3F', broken],
  ['40', retry],
  ['42', broken],
  ['53', lostDatabase],
  ['55', broken],
  ['57', lostDatabase],
  ['HV', broken],
  ['XX', broken],
]);

const unknown: Meaning = { code: 'internal', detail: 'The database could not run the operation' };

export function refuseSqlError(error: SqlError, given: GivenValues): CallRefusal {
  const meaning =
    notByTheInput(error, given) ??
    byState.get(error.sqlstate) ??
    byClass.get(error.sqlstate.slice(0, 2)) ??
    unknown;
  return {
    kind: 'refused',
    code: meaning.code,
    detail: `${meaning.detail} (SQLSTATE ${error.sqlstate}${nameCulprit(error)}).`,
    sqlstate: error.sqlstate,
    ...(meaning.hint === undefined ? {} : { hint: meaning.hint }),
    ...(meaning.suspectsDrift === undefined ? {} : { suspectsDrift: meaning.suspectsDrift }),
  };
}

/** `undefined` when the input may be the cause. */
function notByTheInput(
  error: SqlError,
  { parameters, columns, isOfDefault }: GivenValues,
): Meaning | undefined {
  const { sqlstate, table, constraint, column } = error;
  if (sqlstate === '23514' && table !== undefined && constraint === undefined) return noPartition;
  // An index row that is a little too long is named; for one that is far too long, only the routine shows it.
  const isOfIndex = constraint !== undefined || error.routine?.startsWith('index_form_tuple') === true;
  if (sqlstate === '54000' && isOfIndex) return wrongValue;
  if (
    sqlstate === '2200H' ||
    (sqlstate.startsWith('22') && (parameters.length === 0 || isOfDefault === true))
  )
    return notTheInput;
  const isGiven = column === undefined || columns === undefined || columns.includes(column);
  return sqlstate === '23502' && !isGiven ? notTheInput : undefined;
}

function nameCulprit(error: SqlError): string {
  if (!error.sqlstate.startsWith('23') && error.sqlstate !== '54000') return '';
  if (error.constraint !== undefined) return `, constraint ${error.constraint}`;
  return error.column === undefined ? '' : `, column ${error.column}`;
}
