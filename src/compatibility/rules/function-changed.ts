// FUN002: a function that a statement calls takes other types now; a cast hides it. FUN003: it gives another type.
// FUN004, a warning: it does something else.
import type { Relation } from '../../model/catalogue.ts';
import type { FunctionBaseline } from '../../model/contract.ts';
import {
  findRelation,
  parseName,
  qualify,
  type CheckContext,
  type CheckedOperation,
  type Draft,
  type Rule,
} from '../check-context.ts';
import { measureFunction } from '../measure-baseline.ts';
import { toRelativeName, toRelativeType } from '../relative-names.ts';
import { isCallTaken } from '../taken-calls.ts';

export const findFunctionChanged: Rule = (context) => {
  const { catalogue, release } = context;
  return [...(release.contract?.functions ?? [])].flatMap(([name, before]): Draft[] => {
    const now = catalogue.functions
      .filter((one) => one.schema !== 'pg_catalog' && toRelativeName(catalogue, one) === name)
      .map((one) => measureFunction(catalogue, one));
    if (now.length === 0) return [];
    const object = qualify(catalogue, parseName(name));
    const added = now.filter((one) => !before.some((old) => isSameCall(old, one)));
    return [
      ...before.flatMap((old) => {
        const callers = findCallers(context, name, old);
        return callers.length === 0 ? [] : compareFunction(context, object, { old, now, callers });
      }),
      ...(added.length > 0 ? findTaken(context, { name, object, before, added, now }) : []),
    ];
  });
};

interface Compared {
  readonly old: FunctionBaseline;
  readonly now: readonly FunctionBaseline[];
  readonly callers: readonly string[];
}

function compareFunction(context: CheckContext, object: string, { old, now, callers }: Compared): Draft[] {
  const found = now.find((one) => isSameCall(old, one));
  const hint =
    'Bring the old form back, beside the new one if need be, or serve a release that knows this one.';
  const draft = { object, operations: callers, explains: callers, hint };
  if (found === undefined) {
    const actual = now.map((one) => `(${one.arguments.map(show).join(', ')})`).join(', ');
    return [{ ...draft, code: 'FUN002', expected: `(${old.arguments.map(show).join(', ')})`, actual }];
  }
  if (!isSameResult(context, old.result, found.result)) {
    // A row that becomes rows: whether there are more or fewer than one depends on the data.
    const isMore = isSameResult(context, `SETOF ${old.result}`, found.result);
    return [
      {
        ...draft,
        code: 'FUN003',
        ...(isMore ? { severity: 'warn' } : {}),
        expected: `returns ${old.result}`,
        actual: `returns ${found.result}`,
      },
    ];
  }
  if (old.body === found.body) return [];
  return [
    {
      ...draft,
      code: 'FUN004',
      explains: [],
      expected: 'the function as it was at the cut',
      actual: 'it does something else',
      hint: 'Compare the two; cut a release against the new one, or accept the finding.',
    },
  ];
}

/** A new function of the same name that PostgreSQL takes instead: the operation's parameters have other types. */
function findTaken(
  context: CheckContext,
  {
    name,
    object,
    before: old,
    added,
    now,
  }: {
    readonly name: string;
    readonly object: string;
    readonly before: readonly FunctionBaseline[];
    readonly added: readonly FunctionBaseline[];
    readonly now: readonly FunctionBaseline[];
  },
): Draft[] {
  const hit = context.operations.filter((checked) => {
    const before = context.release.contract?.operations.get(checked.name);
    if (before === undefined || checked.description?.ok !== true || !calls(before.functions, name))
      return false;
    const types = checked.description.parameters.map((type) => toRelativeType(context.catalogue, type));
    if (before.parameters.some(({ type }, i) => types[i] !== undefined && types[i] !== type)) return true;
    const called = old.filter((one) => before.functions.includes(`${name}(${one.arguments.join(', ')})`));
    return isCallTaken(context, checked, { name: parseName(name).name, before: called, added });
  });
  if (hit.length === 0) return [];
  return [
    {
      code: 'FUN002',
      object,
      expected: 'the function that the statement called at the cut',
      actual: `another of this name takes the call: ${now.map((one) => `(${one.arguments.map(show).join(', ')})`).join(', ')}`,
      operations: hit.map((checked) => checked.name),
      explains: hit.map((checked) => checked.name),
      hint: 'Cast the parameter in the statement, or drop the other function.',
    },
  ];
}

/** Of operations that PostgreSQL refuses FUN001 and others speak. */
function findCallers(context: CheckContext, name: string, old: FunctionBaseline): string[] {
  const signature = `${name}(${old.arguments.join(', ')})`;
  const isCaller = (checked: CheckedOperation): boolean => {
    const functions = context.release.contract?.operations.get(checked.name)?.functions ?? [];
    return checked.failure === undefined && functions.includes(signature);
  };
  return context.operations.filter(isCaller).map((checked) => checked.name);
}

function calls(functions: readonly string[], name: string): boolean {
  return functions.some((signature) => signature.startsWith(`${name}(`));
}

/** The same argument types, or more that have defaults. */
function isSameCall(old: FunctionBaseline, one: FunctionBaseline): boolean {
  return (
    old.arguments.every((type, i) => type === one.arguments[i]) &&
    one.arguments.length - one.defaults <= old.arguments.length
  );
}

/** A table function may give more columns than it did. Rows of one column need no name for it: OPS004 knows the result's. */
function isSameResult(context: CheckContext, before: string, after: string): boolean {
  if (before === after) return true;
  const [old, now] = [before, after].map((text) => /^TABLE\((.*)\)$/s.exec(text)?.[1]);
  if (old !== undefined && now !== undefined && now.startsWith(`${old}, `)) return true;
  const [oldItem, nowItem] = [readItem(before), readItem(after)];
  if (oldItem === undefined || nowItem === undefined) return false;
  return oldItem === nowItem || isBehind(context, oldItem, nowItem);
}

/** `SETOF integer` and `TABLE(i integer)` → integer. */
function readItem(result: string): string | undefined {
  const column = /^TABLE\((?:"(?:[^"]|"")*"|[^" ]+) ([^,]+|numeric\(\d+,\d+\))\)$/s.exec(result)?.[1];
  return column ?? /^SETOF (.+)$/s.exec(result)?.[1];
}

/** The table was renamed, and a view with its columns in their order took its name. */
function isBehind({ catalogue, release }: CheckContext, before: string, after: string): boolean {
  const find = (name: string): Relation | undefined => findRelation(catalogue, parseName(name));
  const view = find(before);
  if (view?.kind !== 'v') return false;
  const asked = parseName(after);
  const table = catalogue.relations.find(
    (one) =>
      view.behind.includes(one.oid) && one.name === asked.name && (asked.schema ?? one.schema) === one.schema,
  );
  const columns =
    release.contract?.relations.get(toRelativeName(catalogue, view))?.columns ??
    view.columns.map(({ name, type }) => ({ name, type: toRelativeType(catalogue, type) }));
  return (
    table !== undefined &&
    columns.every(({ name, type }, i) => {
      const now = table.columns[i];
      return now?.name === name && toRelativeType(catalogue, now.type) === type;
    })
  );
}

function show(type: string): string {
  return type.replace(/^\./, '');
}
