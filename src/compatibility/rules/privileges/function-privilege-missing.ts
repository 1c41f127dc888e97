// PRV004: the role may not execute a function: one that a statement calls, one behind it that a plan shows, or one that
// PostgreSQL calls when it writes a row, which no plan shows.
import type { RefusedFunction } from '../../../model/function-state.ts';
import {
  findFunctions,
  qualify,
  quote,
  quoteRelation,
  type CheckContext,
  type Draft,
  type Rule,
} from '../../check/check-context.ts';
import { mentions } from '../../check/sql-failures.ts';
import { isCalled, sayCaller } from '../../facts/writes/write-calls.ts';
import { findWrites } from '../../facts/writes/writes.ts';

export const findFunctionPrivilegeMissing: Rule = (context) => {
  const called = findCalled(context);
  const explained = new Set(called.map(({ operation }) => operation));
  const lacks = [...called, ...findWhenWritten(context), ...findHidden(context, explained)];
  const byObject = new Map<string, Lack[]>();
  for (const lack of lacks) {
    const group = byObject.get(lack.object);
    if (group === undefined) byObject.set(lack.object, [lack]);
    else group.push(lack);
  }
  return [...byObject].flatMap(([object, group]) => toDraft(context, object, group));
};

interface Lack {
  /** `schema.name`. */
  readonly object: string;
  readonly operation: string;
  /** Overloads that the role may not execute; empty when unknown. */
  readonly functions: readonly RefusedFunction[];
  /** What calls it; '' when the statement itself does. */
  readonly by: string;
  /** Whether PostgreSQL's refusal is about it. */
  readonly isRefusal: boolean;
  /** Whether every call that reaches a row fails. */
  readonly isSure: boolean;
}

function findCalled({ catalogue, operations }: CheckContext): Lack[] {
  return operations.flatMap(({ analysis, failure, name }) =>
    (analysis?.functions ?? []).flatMap((call): Lack[] => {
      const candidates = findFunctions(catalogue, call);
      const [first] = candidates;
      const refused = failure?.sqlstate === '42501' && mentions(failure, call.name);
      if (first === undefined || (!refused && candidates.some((one) => one.executable))) return [];
      const lacking = candidates.filter((one) => !one.executable);
      // PostgreSQL refused another function of this name.
      if (lacking.length === 0) return [];
      const counts = (analysis?.calls ?? [])
        .filter(({ function: { name: called, schema } }) => called === call.name && schema === call.schema)
        .map((one) => one.arguments.length);
      // It is unknown which of them PostgreSQL takes, but the number of arguments is known.
      const fitting = lacking.filter(({ argumentTypes: { length }, defaults }) =>
        counts.some((count) => count <= length && count >= length - defaults),
      );
      const functions = fitting.length > 0 ? fitting : lacking;
      const object = `${functions[0]?.schema ?? first.schema}.${first.name}`;
      return [{ object, operation: name, functions, by: '', isRefusal: true, isSure: true }];
    }),
  );
}

/**
 * In the plan, behind an operator, a cast, a default, a domain's check, a view or a policy: PostgreSQL gives its name
 * and nothing else.
 */
function findHidden(
  { catalogue, operations, refusedFunctions }: CheckContext,
  explained: ReadonlySet<string>,
): Lack[] {
  return operations.flatMap(({ failure, name }): Lack[] => {
    if (failure?.sqlstate !== '42501' || explained.has(name)) return [];
    const found = refusedFunctions.find((one) => mentions(failure, one.name))?.name;
    if (found === undefined) return [];
    const candidates = refusedFunctions.filter((one) => one.name === found);
    const schemas = [...new Set(candidates.map(({ schema }) => schema))];
    const schema = schemas.length === 1 ? schemas[0] : undefined;
    // A grant by name must not include functions of the same name in other schemas.
    const isOnPath = catalogue.schemas.some(({ name: one, rank }) => one === schema && rank >= 0);
    const functions = candidates.length === 1 || isOnPath ? candidates : [];
    const by = 'an operator, a cast, a default, a check, a view or a policy';
    const object = qualify(catalogue, { schema, name: found });
    return [{ object, operation: name, functions, by, isRefusal: true, isSure: true }];
  });
}

function findWhenWritten(context: CheckContext): Lack[] {
  return findWrites(context).flatMap((write) =>
    write.relation.writeCalls.flatMap((call): Lack[] => {
      const isSure = isCalled(write, call);
      if (isSure === undefined) return [];
      const { schema, name } = call;
      return [
        {
          object: `${schema}.${name}`,
          operation: write.checked.name,
          functions: [call],
          by: sayCaller(write.relation, call),
          isRefusal: write.checked.failure?.sqlstate === '42501' && mentions(write.checked.failure, name),
          isSure,
        },
      ];
    }),
  );
}

/** One draft for all: functions that many writes call for many reasons would give many. */
function toDraft(
  { catalogue: { role } }: CheckContext,
  object: string,
  group: readonly Lack[],
): Draft | readonly [] {
  const [first] = group;
  if (first === undefined) return [];
  const isSure = group.some((one) => one.isSure);
  const functions = new Set(group.flatMap((one) => one.functions));
  const spelled = [...new Set([...functions].map((one) => `${quoteRelation(one)}(${one.arguments})`))].sort();
  return {
    code: 'PRV004',
    ...(isSure ? {} : { severity: 'warn' }),
    object,
    expected: `role ${role} may execute it`,
    actual: first.by === '' ? 'not allowed' : `not allowed; ${first.by} calls it`,
    operations: namesOf(group),
    explains: namesOf(group.filter(({ isRefusal }) => isRefusal)),
    sqlstate: '42501',
    hint: isSure
      ? 'Grant the role EXECUTE on the function.'
      : 'Grant the role EXECUTE on the function: it is called for rows that move to another place.',
    ...(spelled.length > 0
      ? { migration: `grant execute on function ${spelled.join(', ')} to ${quote(role)};` }
      : {}),
  };
}

function namesOf(lacks: readonly Lack[]): string[] {
  return [...new Set(lacks.map(({ operation }) => operation))];
}
