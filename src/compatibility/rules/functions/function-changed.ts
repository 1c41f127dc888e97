// FUN002: a function that a statement calls now takes other types, which a cast hides. FUN003: it returns another type;
// a warning when it was only used by an operator, a cast or an aggregate. FUN004, a warning: it does something else.
import type { FunctionBaseline } from '../../../model/contract.ts';
import {
  namesFunction,
  parseName,
  qualify,
  type CheckContext,
  type CheckedOperation,
  type Draft,
  type Rule,
} from '../../check/check-context.ts';
import { digestsOfFunction } from '../../facts/definitions.ts';
import { compareResult, showResult, type ResultComparison } from '../../facts/function-results.ts';
import { measureFunction } from '../../measure/measure-functions.ts';
import { toRelativeName, toRelativeType } from '../../facts/relative-names.ts';
import { isCallTaken } from '../../facts/taken-calls.ts';

export const findFunctionChanged: Rule = (context) => {
  const { catalogue, release } = context;
  return [...(release.contract?.functions ?? [])].flatMap(([name, before]): Draft[] => {
    const now = catalogue.functions
      .filter((one) => one.schema !== 'pg_catalog' && toRelativeName(catalogue, one) === name)
      .map((one) => ({ ...measureFunction(catalogue, one), bodies: digestsOfFunction(one) }));
    if (now.length === 0) return [];
    const object = qualify(catalogue, parseName(name));
    const added = now.filter((one) => !before.some((old) => isSameCall(old, one)));
    return [
      ...before.flatMap((old) => {
        const callers = findCallers(context, name, old);
        return callers.length === 0 ? [] : compareFunction(context, { name, object, old, now, callers });
      }),
      ...(added.length > 0 ? findTaken(context, { name, object, before, added, now }) : []),
    ];
  });
};

interface LiveFunction extends FunctionBaseline {
  /** `body`, in the forms that older and newer releases wrote. */
  readonly bodies: readonly string[];
}

interface Compared {
  /** As the contract writes it. */
  readonly name: string;
  readonly object: string;
  readonly old: FunctionBaseline;
  readonly now: readonly LiveFunction[];
  readonly callers: readonly CheckedOperation[];
}

function compareFunction(context: CheckContext, { name, object, old, now, callers }: Compared): Draft[] {
  const found = now.find((one) => isSameCall(old, one));
  const hint =
    'Restore the old form, beside the new one if necessary, or serve a release that knows the new one.';
  const names = callers.map((caller) => caller.name);
  const draft = { object, operations: names, explains: names, hint };
  if (found === undefined) {
    // An operator, a cast or an aggregate that PostgreSQL finds has a function, perhaps another one.
    const hit = callers
      .filter((caller) => namesFunction(caller, parseName(name)))
      .map((caller) => caller.name);
    if (hit.length === 0) return [];
    const actual = now.map((one) => `(${one.arguments.map(show).join(', ')})`).join(', ');
    const expected = `(${old.arguments.map(show).join(', ')})`;
    return [{ ...draft, operations: hit, explains: hit, code: 'FUN002', expected, actual }];
  }
  const results = new Map(
    callers.map((caller) => [caller.name, compareResult(context, caller, { before: old, after: found })]),
  );
  const toDraft = (
    result: ResultComparison,
    said: Omit<Draft, keyof typeof draft>,
    of: readonly string[] = names,
  ): Draft[] => {
    const hit = of.filter((caller) => results.get(caller) === result);
    return hit.length === 0 ? [] : [{ ...draft, operations: hit, explains: hit, ...said }];
  };
  const named = callers.filter((one) => namesFunction(one, parseName(name))).map((one) => one.name);
  const behind = names.filter((one) => !named.includes(one));
  const changed = { expected: `returns ${showResult(old)}`, actual: `returns ${showResult(found)}` };
  return [
    ...toDraft('other', { code: 'FUN003', ...changed }, named),
    // Whether the statement still uses it through an operator, a cast or an aggregate is unknown.
    ...toDraft('other', { code: 'FUN003', severity: 'warn', ...changed }, behind).map((one) => ({
      ...one,
      explains: [],
    })),
    ...toDraft('more', { code: 'FUN003', severity: 'warn', ...changed }),
    ...toDraft('perhaps', { code: 'FUN004', ...changed }).map((one) => ({ ...one, explains: [] })),
    ...(found.bodies.includes(old.body)
      ? []
      : toDraft('same', {
          code: 'FUN004',
          expected: 'the function as at the cut',
          actual: 'its body has changed',
          yieldsTo: (other) => other.code === 'FUN005' && other.object.startsWith(`${object}(`),
        }).map((one) => ({ ...one, explains: [], hint: compareBodies }))),
  ];
}

const compareBodies = 'Compare the two; cut a release against the new one, or accept the finding.';

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
    if (before === undefined || checked.description?.ok !== true || !namesFunction(checked, parseName(name)))
      return false;
    if (!calls(before.functions, name)) return false;
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
      actual: `PostgreSQL calls another function of this name: ${now.map((one) => `(${one.arguments.map(show).join(', ')})`).join(', ')}`,
      operations: hit.map((checked) => checked.name),
      explains: hit.map((checked) => checked.name),
      hint: 'Cast the parameter in the statement, or drop the other function.',
    },
  ];
}

/** FUN001 and others report operations that PostgreSQL refuses. */
function findCallers(context: CheckContext, name: string, old: FunctionBaseline): CheckedOperation[] {
  const signature = `${name}(${old.arguments.join(', ')})`;
  const isCaller = (checked: CheckedOperation): boolean => {
    const functions = context.release.contract?.operations.get(checked.name)?.functions ?? [];
    return checked.failure === undefined && functions.includes(signature);
  };
  return context.operations.filter(isCaller);
}

function calls(functions: readonly string[], name: string): boolean {
  return functions.some((signature) => signature.startsWith(`${name}(`));
}

/** The same argument types, possibly with more that have defaults. */
function isSameCall(old: FunctionBaseline, one: FunctionBaseline): boolean {
  return (
    old.arguments.every((type, i) => type === one.arguments[i]) &&
    one.arguments.length - one.defaults <= old.arguments.length
  );
}

function show(type: string): string {
  return type.replace(/^\./, '');
}
