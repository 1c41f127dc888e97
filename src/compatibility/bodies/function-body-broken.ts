// FUN005: PostgreSQL cannot run the body of a function in SQL or PL/pgSQL that an operation calls, although it could at
// the cut. A warning when only a branch of a body reaches the missing object.
import { isNamed, readDoubt, readRefusal, type BodyRefusal } from './body-refusal.ts';
import {
  parseName,
  type CheckContext,
  type CheckedBody,
  type Draft,
  type Rule,
} from '../check/check-context.ts';
import { callersOf } from './body-callers.ts';
import { isTimeLimit } from '../check/indeterminate.ts';
import { mentions, readLast, readNames, readQuoted } from '../check/sql-failures.ts';
import { mayBeMade } from './table-makers.ts';
import { listMissingFields } from './trigger-calls.ts';

export const findFunctionBodyBroken: Rule = (context) => {
  const callers = callersOf(context);
  const failures = new Map(context.operations.map(({ name, failure }) => [name, failure?.message]));
  const made = new Set([...callers.keys()].flatMap((one) => [...one.made]));
  return [...callers].flatMap(([checked, { sure, possible, triggers, by }]): Draft[] => {
    const known = new Set(context.release.contract?.absent.get(checked.signature)?.map(readNames));
    const isExpected = (message: string): boolean =>
      known.has(readNames(message)) || made.has(parseName(readQuoted(message) ?? '').name);
    const refusal = readRefusal(context.catalogue, checked, isExpected);
    const doubt = refusal ?? readDoubt(checked, isExpected);
    const rows = triggers.flatMap((call) =>
      listMissingFields(checked, call)
        .filter(({ error }) => !isExpected(error.message))
        .map(({ error, isSure }) => {
          const broken = { checked, by, refusal: error, operations: [call.operation] };
          return isSure && call.isSure ? toDraft(context, broken) : toDoubt(context, broken);
        }),
    );
    if (doubt === undefined) return rows;
    const broken = { checked, by, refusal: doubt };
    if (refusal === undefined || mayBeMade(checked, doubt))
      return [...rows, toDoubt(context, { ...broken, operations: [...sure, ...possible] })];
    // Planning has reported it already.
    const isMet = (name: string): boolean => failures.get(name) === refusal.message;
    const blocked = [...sure, ...possible.filter(isMet)];
    const doubtful = possible.filter((name) => !isMet(name));
    return [
      ...(blocked.length === 0 ? [] : [toDraft(context, { ...broken, operations: blocked })]),
      ...(doubtful.length === 0 ? [] : [toDoubt(context, { ...broken, operations: doubtful })]),
      ...rows,
    ];
  });
};

interface Broken {
  readonly checked: CheckedBody;
  readonly refusal: BodyRefusal;
  readonly operations: readonly string[];
  /** What calls it for rows, as text. */
  readonly by: ReadonlySet<string>;
}

function toDoubt(context: CheckContext, broken: Broken): Draft {
  const draft = toDraft(context, broken);
  const { joins: _joins, explains: _explains, ...rest } = draft;
  return { ...rest, severity: 'warn', actual: `${draft.actual}, when a call reaches that statement` };
}

function toDraft(context: CheckContext, broken: Broken): Draft {
  const { checked, refusal, operations, by } = broken;
  const { schema, name, argumentTypes } = checked.body;
  const types = argumentTypes.map((type) =>
    type.schema === 'pg_catalog' || type.schema === schema ? type.name : `${type.schema}.${type.name}`,
  );
  return {
    code: 'FUN005',
    object: `${schema}.${name}(${types.join(', ')})`,
    expected: 'a body that PostgreSQL can run, as at the cut',
    actual: `${refusal.message} (SQLSTATE ${refusal.sqlstate})`,
    operations,
    explains: operations,
    sqlstate: refusal.sqlstate,
    hint:
      hintFor(refusal, checked.body.isDefiner ? checked.body.owner : context.catalogue.role) +
      (by.size === 0 ? '' : ` PostgreSQL calls it for ${[...by].join(', ')}.`),
    joins: (other) => isSameCause(broken, other),
    ...(refusal.lacking === undefined ? {} : { migration: refusal.lacking.migration }),
  };
}

function hintFor({ sqlstate, lacking }: BodyRefusal, role: string): string {
  if (lacking !== undefined)
    return `Grant role ${lacking.role} the privilege: the function runs with its rights.`;
  if (isTimeLimit({ sqlstate }))
    return 'Check how long EXPLAIN takes for the statements of the body: a call plans them too.';
  if (sqlstate === '42501') return `Grant the privilege to role ${role}, as which the function runs.`;
  return 'Restore what the body names, or replace the function with one that fits.';
}

/** The body's problem has a separate finding, because a statement has the same problem. */
function isSameCause({ checked, refusal, operations }: Broken, other: Draft): boolean {
  const { sqlstate, message, lacking } = refusal;
  const isMentioned = mentions(refusal, other.object.slice(other.object.lastIndexOf('.') + 1));
  // PostgreSQL finds nothing in a schema that cannot be used.
  if (other.code === 'PRV001')
    return (
      (sqlstate === '42501' && mentions(refusal, other.object)) ||
      operations.some((name) => other.operations.includes(name))
    );
  switch (sqlstate) {
    case '42P01': {
      const relation = readQuoted(message);
      return other.code === 'REL001' && relation !== undefined && isNamed(other.object, parseName(relation));
    }
    case '42703': {
      const named = checked.analysis?.relations.some((relation) => isNamed(tableOf(other.object), relation));
      return other.code === 'COL001' && named === true && isMentioned;
    }
    case '42883':
      return other.code === 'FUN001' && isMentioned;
    case '22P02': {
      const label = readLast(message);
      const type = other.object.split('.').at(-2);
      return (
        other.code === 'ENM001' &&
        type !== undefined &&
        mentions(refusal, type) &&
        other.object.endsWith(`.${label}`)
      );
    }
    case '42501':
      if (other.code === 'PRV004') return isMentioned;
      return (
        other.code === 'PRV002' &&
        lacking !== undefined &&
        other.object === lacking.relation &&
        other.expected.startsWith(`role ${lacking.role} has`) &&
        lacking.privileges.every((one) => other.expected.includes(one.toUpperCase()))
      );
    default:
      return false;
  }
}

/** `public.orders.total` → `public.orders`. */
function tableOf(object: string): string {
  return object.slice(0, object.lastIndexOf('.'));
}
