// The only entry to this folder: what makes a written value NULL, and which inputs cause it by being absent or by their
// value.
import type { Catalogue } from '../../model/catalogue.ts';
import type { InsertedValue, NullForm } from '../../sql/statement.ts';
import type { CheckedOperation } from '../check/check-context.ts';
import { listValues, mayBeLiteral, mayBeNull } from './input-values.ts';
import {
  nullifsOf,
  parametersOf,
  readOutcome,
  spend,
  type Effort,
  type NullOutcome,
} from './null-outcome.ts';

export interface NullCause {
  /** Inputs that may be absent, and then cause the NULL. */
  readonly inputs: readonly string[];
  /** A value of an input that causes the NULL. */
  readonly sent: { readonly input: string; readonly value: string } | undefined;
  /** For all values of the other inputs. */
  readonly isSure: boolean;
}

/** The effort allowed for one release. */
export function startEffort(): Effort {
  return { left: mostEffort };
}

/** The most certain way in which the value may be NULL; `undefined` when it cannot be. Reduces `effort`. */
export function findNullCause(
  catalogue: Catalogue,
  checked: CheckedOperation,
  value: InsertedValue,
  effort: Effort,
): NullCause | undefined {
  if (value.kind === 'default' || (value.kind === 'expression' && value.form === undefined)) return undefined;
  const form: NullForm = value.kind === 'expression' ? (value.form ?? { kind: 'unknown' }) : value;
  const own: Effort = { left: Math.min(effort.left, mostEffortOfValue) };
  const given = own.left;
  let first: NullCause | undefined;
  for (const cause of findCauses(catalogue, checked, form, own)) {
    first ??= cause;
    if (!cause.isSure) continue;
    first = cause;
    break;
  }
  effort.left -= given - own.left;
  return first;
}

/** One by one, because a certain cause ends the search. */
function* findCauses(
  catalogue: Catalogue,
  { operation, statement }: CheckedOperation,
  form: NullForm,
  effort: Effort,
): Generator<NullCause> {
  const nameOfInput = (number: number): string => statement.parameters[number - 1] ?? '';
  const read = (omitted: readonly number[], values: ReadonlyMap<number, string>): NullOutcome => {
    const outcome = readOutcome(form, { catalogue, omitted: new Set(omitted), values, effort });
    return effort.left < 0 ? 'unknown' : outcome;
  };
  const parameters = [...parametersOf(form)];
  const optional = parameters.filter((number) => mayBeNull(operation, nameOfInput(number)));
  const isPossible = (outcome: NullOutcome): boolean => outcome === 'null' || outcome === 'perhaps';
  // Single inputs first: they give the shortest message.
  const singly = optional.slice(0, mostSingly).map((number) => [number]);
  for (const omitted of [[], ...singly, optional]) {
    const outcome = read(omitted, new Map());
    if (!isPossible(outcome)) continue;
    // When the inputs have few values, the statement may handle all of them.
    const known = parameters.filter((number) => !omitted.includes(number));
    const isProvided =
      outcome === 'perhaps' &&
      !combineValues(known, (number) => listValues(operation, nameOfInput(number)), effort).some((values) =>
        isPossible(read(omitted, values)),
      );
    if (!isProvided) yield { inputs: omitted.map(nameOfInput), sent: undefined, isSure: outcome === 'null' };
  }
  for (const { parameter, value: literal } of nullifsOf(form)) {
    const input = nameOfInput(parameter);
    const outcome = read([], new Map([[parameter, literal]]));
    if (isPossible(outcome) && mayBeLiteral(operation, input, { literal, effort }))
      yield { inputs: [], sent: { input, value: literal }, isSure: outcome === 'null' };
  }
}

/** The most parts of expressions and schemas that are visited for a release, and for one value: a few tenths of a second. */
const mostEffort = 400_000;
const mostEffortOfValue = 40_000;
const mostSingly = 16;
const mostCombinations = 64;

/** Every combination of the values of inputs that have few; when there are too many, they stay open. */
function combineValues(
  numbers: readonly number[],
  valuesOf: (number: number) => readonly string[] | undefined,
  effort: Effort,
): ReadonlyMap<number, string>[] {
  let combinations: ReadonlyMap<number, string>[] = [new Map()];
  for (const number of numbers) {
    const values = valuesOf(number);
    if (values === undefined || values.length * combinations.length > mostCombinations) continue;
    if (!spend(effort, combinations.reduce((sum, { size }) => sum + size + 1, 0) * values.length)) return [];
    combinations = combinations.flatMap((known) =>
      values.map((value) => new Map([...known, [number, value]])),
    );
  }
  return combinations;
}
