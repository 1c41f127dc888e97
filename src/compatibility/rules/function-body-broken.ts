// FUN005: PostgreSQL cannot run the body of a function in SQL that an operation calls, though it could at the cut.
import { isNamed, readRefusal, type BodyRefusal } from '../body-refusal.ts';
import { parseName, type CheckContext, type CheckedBody, type Draft, type Rule } from '../check-context.ts';
import { callersOf } from '../function-bodies.ts';
import { readQuoted } from '../sql-failures.ts';

export const findFunctionBodyBroken: Rule = (context) => {
  return [...callersOf(context)].flatMap(([checked, operations]): Draft[] => {
    const refusal = readRefusal(context.catalogue, checked);
    return refusal === undefined ? [] : [toDraft(context, { checked, refusal, operations })];
  });
};

interface Broken {
  readonly checked: CheckedBody;
  readonly refusal: BodyRefusal;
  readonly operations: readonly string[];
}

function toDraft(context: CheckContext, broken: Broken): Draft {
  const { checked, refusal, operations } = broken;
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
    hint: hintFor(refusal),
    joins: (other) => isSameCause(broken, other),
    ...(refusal.lacking === undefined ? {} : { migration: refusal.lacking.migration }),
  };
}

function hintFor({ sqlstate, lacking }: BodyRefusal): string {
  if (lacking !== undefined)
    return `Grant role ${lacking.role} the privilege: the function runs with its rights.`;
  if (sqlstate === '42501') return 'Grant the privilege to the role that the function runs as.';
  return 'Bring back what the body names, or replace the function by one whose body fits.';
}

/** What the body meets has a finding of its own, since a statement meets it too. */
function isSameCause({ checked, refusal, operations }: Broken, other: Draft): boolean {
  const { sqlstate, message, lacking } = refusal;
  // Behind a schema that cannot be used nothing is found.
  if (other.code === 'PRV001')
    return (
      message.endsWith(`schema ${other.object}`) || operations.some((name) => other.operations.includes(name))
    );
  switch (sqlstate) {
    case '42P01': {
      const relation = readQuoted(message);
      return other.code === 'REL001' && relation !== undefined && isNamed(other.object, parseName(relation));
    }
    case '42703': {
      const column = /^column "?(?:[^".]+\.)?([^".]+)"?(?: of relation ".+")? does not exist$/.exec(
        message,
      )?.[1];
      const named = checked.analysis?.relations.some((relation) => isNamed(tableOf(other.object), relation));
      return other.code === 'COL001' && named === true && other.object.endsWith(`.${column}`);
    }
    case '42883': {
      const called = /^function (?:[^(]+\.)?([^.(]+)\(/.exec(message)?.[1];
      return other.code === 'FUN001' && other.object.endsWith(`.${called}`);
    }
    case '22P02': {
      const [, type, label] = /enum "?([^":]+)"?: "(.*)"$/s.exec(message) ?? [];
      return other.code === 'ENM001' && type !== undefined && other.object.endsWith(`${type}.${label}`);
    }
    case '42501': {
      const called = /^permission denied for function (.+)$/.exec(message)?.[1];
      if (called !== undefined) return other.code === 'PRV004' && other.object.endsWith(`.${called}`);
      return (
        other.code === 'PRV002' &&
        lacking !== undefined &&
        other.object === lacking.relation &&
        other.expected.startsWith(`role ${lacking.role} has`) &&
        lacking.privileges.every((one) => other.expected.includes(one.toUpperCase()))
      );
    }
    default:
      return false;
  }
}

/** `public.orders.total` → `public.orders`. */
function tableOf(object: string): string {
  return object.slice(0, object.lastIndexOf('.'));
}
