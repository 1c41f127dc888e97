// One call against one active release: permission, validation, the statement, cardinality. Independent of HTTP and of
// the serving table: the caller read that reference once and passes it in.
import type { ExecuteOutcome } from '../database/database.ts';
import { isJsonObject, type Json, type JsonObject } from '../kernel/json.ts';
import type { ActiveRelease } from './serving-table.ts';
import type { CallOutcome, CallRefusal } from './call-outcome.ts';
import type { CompiledOperation } from './compile/compiled-release.ts';
import { failsByDefault } from './fails-by-default.ts';
import { matchesPermission } from './matches-permission.ts';
import { refuseSqlError } from './refuse-sql-error.ts';

export interface CallRequest {
  readonly operation: string;
  /** `undefined` for no input, which is validated as {}. */
  readonly input: Json | undefined;
  readonly roles: readonly string[];
  /** The caller's claims as JSON text; `undefined` when none exists. */
  readonly claims: string | undefined;
  /** The effects of its statement are rolled back. */
  readonly isRehearsal?: boolean;
}

type SqlOperation = Extract<CompiledOperation, { kind: 'sql' }>;

const forbidden: CallRefusal = {
  kind: 'refused',
  code: 'forbidden',
  detail: "None of the caller's roles may call this operation.",
  hint: 'The `permissions` of the release say which role may call which operation.',
};
const driftedAway: CallRefusal = {
  kind: 'refused',
  code: 'incompatible',
  detail:
    'The database no longer fits the serving release, and this environment refuses writes until it fits again.',
  hint: '`stk status` shows the findings; apply the missing migration, or move the pointer to a release that fits.',
};
const notAnObject: CallRefusal = {
  kind: 'refused',
  code: 'invalid-input',
  detail: 'The input is not valid.',
  errors: [{ pointer: '', detail: 'must be object' }],
};

/** A constant's outcome is returned directly; a statement's is a promise, which never rejects. */
export function executeCall(active: ActiveRelease, request: CallRequest): CallOutcome | Promise<CallOutcome> {
  const { compiled } = active;
  if (!compiled.isAllowed(request.roles, request.operation)) return refuseUnheld(active, request);
  const operation = compiled.operations.get(request.operation);
  if (operation === undefined) return refuseUnknown();
  const input = request.input === undefined ? {} : request.input;
  if (!isJsonObject(input)) return notAnObject;
  const errors = operation.validate(input);
  if (errors !== undefined)
    return { kind: 'refused', code: 'invalid-input', detail: 'The input is not valid.', errors };
  if (operation.kind === 'constant') return { kind: 'done', result: operation.json };
  if (active.refuseWrites && operation.statement.mode === 'write') return driftedAway;
  return runStatement(active, operation, input, request);
}

async function runStatement(
  active: ActiveRelease,
  operation: SqlOperation,
  input: JsonObject,
  { claims, isRehearsal = false }: CallRequest,
): Promise<CallOutcome> {
  const { parameters, returns, statement } = operation;
  const values = new Array<Json | undefined>(parameters.length);
  for (let index = 0; index < parameters.length; index += 1) {
    const name = parameters[index];
    values[index] = name !== undefined && Object.hasOwn(input, name) ? input[name] : undefined;
  }
  const outcome = await active.database.execute({
    statement,
    values,
    claims,
    wants: returns === 'count' ? 'count' : 'rows',
    maxRows: returns === 'one' ? 1 : active.maxRows,
    isRehearsal,
  });
  if (outcome.kind !== 'sql-error') return concludeStatement(active, operation, outcome);
  const { error } = outcome;
  const { inserts } = operation;
  const isOfDefault =
    error.sqlstate.startsWith('22') &&
    (await failsByDefault(active.database, { inserts, sqlstate: error.sqlstate, claims }));
  return refuseSqlError(error, { ...operation, isOfDefault });
}

function concludeStatement(
  active: ActiveRelease,
  operation: SqlOperation,
  outcome: Exclude<ExecuteOutcome, { kind: 'sql-error' }>,
): CallOutcome {
  switch (outcome.kind) {
    case 'done': {
      const presented = presentRows(operation.returns, outcome);
      return outcome.wasStale === true ? { ...presented, suspectsDrift: true } : presented;
    }
    case 'too-many-rows':
      return {
        kind: 'refused',
        code: 'too-many-rows',
        detail:
          operation.returns === 'one'
            ? 'The operation found more than one row, but it returns one; nothing was changed.'
            : `The operation found more rows than the limit of ${active.maxRows} (limits.rows); nothing was changed.`,
        hint:
          operation.returns === 'one'
            ? 'Correct the operation in a new release: returns: many, or a condition on a unique key.'
            : 'Request fewer rows, or raise limits.rows in stk.yaml.',
      };
    case 'invalid-value': {
      const name = operation.parameters[outcome.parameter] ?? '';
      return {
        kind: 'refused',
        code: 'invalid-input',
        detail: 'The input is not valid.',
        errors: [{ pointer: `/${escapePointer(name)}`, detail: `must be ${outcome.expected}` }],
      };
    }
    case 'unavailable':
      return {
        kind: 'refused',
        code: 'database-unavailable',
        detail: outcome.busy
          ? 'The database of this environment is busy: no session became free in time.'
          : 'The database of this environment does not answer.',
      };
  }
}

function presentRows(
  returns: 'one' | 'many' | 'count',
  { rows, count }: { readonly rows: readonly string[]; readonly count: number },
): CallOutcome {
  if (returns === 'count') return { kind: 'done', result: String(count) };
  if (returns === 'many') return { kind: 'done', result: `[${rows.join(',')}]` };
  const [row] = rows;
  if (row !== undefined) return { kind: 'done', result: row };
  return { kind: 'refused', code: 'no-row', detail: 'The operation found no row.' };
}

/**
 * A caller without the permission learns nothing: existing and missing operations look the same, unless one of its
 * permissions would cover the name.
 */
function refuseUnheld(active: ActiveRelease, { roles, operation }: CallRequest): CallRefusal {
  const { permissions } = active.compiled.release;
  const covered = roles.some((role) =>
    permissions.get(role)?.some((permission) => matchesPermission(permission, operation)),
  );
  return covered ? refuseUnknown() : forbidden;
}

function refuseUnknown(): CallRefusal {
  return {
    kind: 'refused',
    code: 'unknown-operation',
    detail: 'The serving release has no such operation.',
    hint: 'Stk-Release names the serving release; operations differ from release to release.',
  };
}

function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
