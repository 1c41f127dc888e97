// FUN002: a function that a statement calls takes other types now; a cast hides it. FUN003: it gives another type.
// FUN004, a warning: it does something else.
import type { FunctionBaseline } from '../../model/contract.ts';
import {
  parseName,
  qualify,
  type CheckContext,
  type CheckedOperation,
  type Draft,
  type Rule,
} from '../check-context.ts';
import { measureFunction } from '../measure-baseline.ts';
import { toRelativeName, toRelativeType } from '../relative-names.ts';

export const findFunctionChanged: Rule = (context) => {
  const { catalogue, release } = context;
  return [...(release.contract?.functions ?? [])].flatMap(([name, before]): Draft[] => {
    const now = catalogue.functions
      .filter((one) => one.schema !== 'pg_catalog' && toRelativeName(catalogue, one) === name)
      .map((one) => measureFunction(catalogue, one));
    if (now.length === 0) return [];
    const object = qualify(catalogue, parseName(name));
    const isAdded = now.some((one) => !before.some((old) => isSameCall(old, one)));
    return [
      ...before.flatMap((old) => {
        const callers = findCallers(context, name, old);
        return callers.length === 0 ? [] : compareFunction(object, { old, now, callers });
      }),
      ...(isAdded ? findTaken(context, { name, object, now }) : []),
    ];
  });
};

interface Compared {
  readonly old: FunctionBaseline;
  readonly now: readonly FunctionBaseline[];
  readonly callers: readonly string[];
}

function compareFunction(object: string, { old, now, callers }: Compared): Draft[] {
  const found = now.find((one) => isSameCall(old, one));
  const hint =
    'Bring the old form back, beside the new one if need be, or serve a release that knows this one.';
  const draft = { object, operations: callers, explains: callers, hint };
  if (found === undefined) {
    const actual = now.map((one) => `(${one.arguments.map(show).join(', ')})`).join(', ');
    return [{ ...draft, code: 'FUN002', expected: `(${old.arguments.map(show).join(', ')})`, actual }];
  }
  if (!isSameResult(old.result, found.result))
    return [
      { ...draft, code: 'FUN003', expected: `returns ${old.result}`, actual: `returns ${found.result}` },
    ];
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
    now,
  }: { readonly name: string; readonly object: string; readonly now: readonly FunctionBaseline[] },
): Draft[] {
  const hit = context.operations.filter((checked) => {
    const before = context.release.contract?.operations.get(checked.name);
    if (before === undefined || checked.description?.ok !== true || !calls(before.functions, name))
      return false;
    const types = checked.description.parameters.map((type) => toRelativeType(context.catalogue, type));
    return before.parameters.some(({ type }, i) => types[i] !== undefined && types[i] !== type);
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

/** A table function may give more columns than it did. */
function isSameResult(before: string, after: string): boolean {
  if (before === after) return true;
  const [old, now] = [before, after].map((text) => /^TABLE\((.*)\)$/s.exec(text)?.[1]);
  return old !== undefined && now !== undefined && now.startsWith(`${old}, `);
}

function show(type: string): string {
  return type.replace(/^\./, '');
}
