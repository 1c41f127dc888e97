// Whether a function that is new since the cut takes a call from the old one. PostgreSQL takes the function with more
// arguments of exactly the call's types. Reported only when certain.
import type { FunctionBaseline } from '../../model/contract.ts';
import type { CallArgument } from '../../sql/statement.ts';
import type { CheckContext, CheckedOperation } from '../check/check-context.ts';
import { toRelativeType } from './relative-names.ts';
import { relationsOf } from '../check/sql-failures.ts';

export interface Overloads {
  /** Without its schema. */
  readonly name: string;
  readonly before: readonly FunctionBaseline[];
  readonly added: readonly FunctionBaseline[];
}

export function isCallTaken(context: CheckContext, checked: CheckedOperation, overloads: Overloads): boolean {
  const calls = checked.analysis?.calls.filter((call) => call.function.name === overloads.name) ?? [];
  return calls.some((call) => {
    const types = call.arguments.map((argument) => typeOf(context, checked, argument));
    const takes = (one: FunctionBaseline): boolean =>
      one.arguments.length - one.defaults <= types.length && types.length <= one.arguments.length;
    const old = overloads.before.filter(takes);
    return (
      old.length > 0 &&
      overloads.added.some((one) => takes(one) && old.every((other) => isNearer(types, one, other)))
    );
  });
}

/** A column counts only when exactly one relation of the statement has it. */
function typeOf(
  context: CheckContext,
  checked: CheckedOperation,
  argument: CallArgument,
): string | undefined {
  const { catalogue } = context;
  switch (argument.kind) {
    case 'type':
      return argument.type;
    case 'parameter': {
      const { description } = checked;
      const type = description?.ok === true ? description.parameters[argument.number - 1] : undefined;
      return type === undefined ? undefined : toRelativeType(catalogue, type);
    }
    case 'column': {
      const found = relationsOf(context, checked).flatMap(({ columns }) =>
        columns.filter(({ name }) => name === argument.column),
      );
      const [only] = found;
      return found.length === 1 && only !== undefined ? toRelativeType(catalogue, only.type) : undefined;
    }
    case 'other':
      return undefined;
  }
}

/** No argument is farther from the call's types, and one is nearer. */
function isNearer(
  types: readonly (string | undefined)[],
  one: FunctionBaseline,
  other: FunctionBaseline,
): boolean {
  const places = types.map((type, i) => {
    const [now, before] = [one.arguments[i], other.arguments[i]];
    if (now === before) return 'same';
    return type !== undefined && now === type ? 'nearer' : 'farther';
  });
  return places.includes('nearer') && !places.includes('farther');
}
