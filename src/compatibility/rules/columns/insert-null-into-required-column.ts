// INS002: a value that may be null or left out by the caller meets a column that took nulls at the cut and no longer does, or
// before which a view's trigger stood.
import type { Catalogue } from '../../../model/catalogue.ts';
import type { Column, Relation } from '../../../model/relation.ts';
import type { InsertedValue, NullForm } from '../../../sql/statement.ts';
import { baselineRelations } from '../../facts/baseline.ts';
import {
  nameOf,
  type CheckContext,
  type CheckedOperation,
  type Draft,
  type Rule,
} from '../../check/check-context.ts';
import { baselineOf } from '../../facts/column-users.ts';
import { dropNotNull } from '../../facts/drop-not-null.ts';
import { listValues, mayBeLiteral, mayBeNull } from '../../facts/input-values.ts';
import {
  nullifsOf,
  parametersOf,
  readOutcome,
  spend,
  type Effort,
  type NullOutcome,
} from '../../facts/null-outcome.ts';
import { writesOn, type Write } from '../../facts/writes.ts';

export const findInsertNullIntoRequiredColumn: Rule = (context) => {
  const effort: Effort = { left: mostEffort };
  return baselineRelations(context).flatMap(({ baseline, relation }) =>
    writesOn(context, relation).flatMap((write) => {
      const { checked, columns = [] } = write;
      const shield = findLostTrigger(context, write);
      return columns.flatMap(({ column, value }): Draft[] => {
        const before = baseline.columns.find(({ name }) => name === column.name);
        if (before === undefined || !column.notNull || (!before.nullable && shield === undefined)) return [];
        const cause = value === undefined ? undefined : findNull(context.catalogue, checked, value, effort);
        if (cause === undefined) return [];
        return [
          {
            code: 'INS002',
            ...(cause.isSure ? {} : { severity: 'warn' }),
            object: `${nameOf(relation)}.${column.name}`,
            expected: sayExpected(cause),
            actual: before.nullable
              ? 'NOT NULL; it was nullable at the cut'
              : `NOT NULL; at the cut ${shield} stood before it`,
            operations: [checked.name],
            explains: [checked.name],
            sqlstate: '23502',
            ...suggest(before.nullable, relation, column),
          },
        ];
      });
    }),
  );
};

/** The trigger or rule of a view that took the write at the cut: now it comes through to the table. */
function findLostTrigger(context: CheckContext, { kind, through }: Write): string | undefined {
  for (const view of through) {
    const lost = baselineOf(context, view)?.triggers.find(({ instead }) => instead.includes(kind));
    if (lost !== undefined) return `${nameOf(view)}.${lost.name}`;
  }
  return undefined;
}

function suggest(
  wasNullable: boolean,
  relation: Relation,
  column: Column,
): Pick<Draft, 'hint' | 'migration'> {
  // What the trigger made of the NULL, it made for every release.
  if (!wasNullable) return { hint: 'Bring the trigger back, or require the input in the release.' };
  const hint = 'Drop the NOT NULL as long as a release may write NULL, or require the input in the release.';
  const migration = dropNotNull(relation, column);
  return migration === undefined ? { hint } : { hint, migration };
}

interface NullCause {
  /** Inputs that may be left out, and make the NULL then. */
  readonly inputs: readonly string[];
  /** A value that an input may have and that makes the NULL. */
  readonly sent: { readonly input: string; readonly value: string } | undefined;
  /** Whatever the other values are. */
  readonly isSure: boolean;
}

function sayExpected({ inputs, sent, isSure }: NullCause): string {
  if (sent !== undefined)
    return `a column that takes NULL: the input ${sent.input} may be '${sent.value}'${isSure ? '' : ', and other values tell what is written then'}`;
  if (inputs.length === 0)
    return isSure
      ? 'a column that takes the NULL'
      : 'a column that takes NULL, which some values or rows lead to';
  const subject = inputs.length === 1 ? `the input ${inputs.join()}` : `the inputs ${inputs.join(', ')}`;
  return `a column that takes NULL: ${subject} may be left out${isSure ? '' : ', and other values tell what is written then'}`;
}

function findNull(
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

/** One by one, since a sure one ends the search. */
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
  // Each alone first: that one is the shortest thing to say.
  const singly = optional.slice(0, mostSingly).map((number) => [number]);
  for (const omitted of [[], ...singly, optional]) {
    const outcome = read(omitted, new Map());
    if (!isPossible(outcome)) continue;
    // Where the inputs have few values, all of them may be provided for.
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

/** Parts of expressions and schemas that are looked at in a release, and for one value: some tenths of a second at most. */
const mostEffort = 400_000;
const mostEffortOfValue = 40_000;
const mostSingly = 16;
const mostCombinations = 64;

/** Every combination of the values of those that have few; too many of them are left open. */
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
