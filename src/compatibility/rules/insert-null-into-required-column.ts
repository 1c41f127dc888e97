// INS002: a value that may be null or left out by the caller meets a column that took nulls at the cut and no longer does.
import type { Catalogue } from '../../model/catalogue.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { SqlOperation } from '../../model/release.ts';
import type { InsertedValue, NullForm } from '../../sql/statement.ts';
import { baselineRelations } from '../baseline.ts';
import { nameOf, type CheckedOperation, type Draft, type Rule } from '../check-context.ts';
import { dropNotNull } from '../drop-not-null.ts';
import { parametersOf, readOutcome } from '../null-outcome.ts';
import { writesOn } from '../writes.ts';

export const findInsertNullIntoRequiredColumn: Rule = (context) =>
  baselineRelations(context).flatMap(({ baseline, relation }) =>
    writesOn(context, relation).flatMap(({ checked, columns = [] }) =>
      columns.flatMap(({ column, value }): Draft[] => {
        const before = baseline.columns.find(({ name }) => name === column.name);
        if (before?.nullable !== true || !column.notNull) return [];
        const cause = value === undefined ? undefined : findNull(context.catalogue, checked, value);
        if (cause === undefined) return [];
        return [
          {
            code: 'INS002',
            ...(cause.isSure ? {} : { severity: 'warn' }),
            object: `${nameOf(relation)}.${column.name}`,
            expected: sayExpected(cause),
            actual: 'NOT NULL; it was nullable at the cut',
            operations: [checked.name],
            explains: [checked.name],
            sqlstate: '23502',
            hint: 'Drop the NOT NULL as long as a release may write NULL, or require the input in the release.',
            ...toMigration(dropNotNull(relation, column)),
          },
        ];
      }),
    ),
  );

function toMigration(migration: string | undefined): Pick<Draft, 'migration'> {
  return migration === undefined ? {} : { migration };
}

interface NullCause {
  /** Inputs that may be left out, and make the NULL then; none: it is NULL always. */
  readonly inputs: readonly string[];
  /** Whatever the other values are. */
  readonly isSure: boolean;
}

function sayExpected({ inputs, isSure }: NullCause): string {
  if (inputs.length === 0) return 'a column that takes the NULL';
  const subject = inputs.length === 1 ? `the input ${inputs.join()}` : `the inputs ${inputs.join(', ')}`;
  return `a column that takes NULL: ${subject} may be left out${isSure ? '' : ', and other values tell what is written then'}`;
}

function findNull(
  catalogue: Catalogue,
  { operation, statement }: CheckedOperation,
  value: InsertedValue,
): NullCause | undefined {
  if (value.kind === 'default' || (value.kind === 'expression' && value.form === undefined)) return undefined;
  const form: NullForm = value.kind === 'expression' ? (value.form ?? { kind: 'unknown' }) : value;
  const nameOfInput = (number: number): string => statement.parameters[number - 1] ?? '';
  const optional = [...parametersOf(form)].filter((number) => mayBeNull(operation, nameOfInput(number)));
  // Each alone first: that one is the shortest thing to say.
  const omissions = [[], ...optional.map((number) => [number]), optional];
  const causes = omissions.flatMap((omitted): NullCause[] => {
    const outcome = readOutcome(form, { catalogue, omitted: new Set(omitted) });
    const isNull = outcome === 'null' || (outcome === 'perhaps' && omitted.length > 0);
    return isNull ? [{ inputs: omitted.map(nameOfInput), isSure: outcome === 'null' }] : [];
  });
  return causes.find(({ isSure }) => isSure) ?? causes[0];
}

/** Unless the input's schema requires it and gives a type that is not null. */
function mayBeNull({ input }: SqlOperation, parameter: string): boolean {
  if (typeof input !== 'object') return true;
  const { required } = input;
  if (!Array.isArray(required) || !required.includes(parameter)) return true;
  const properties = input['properties'];
  const property =
    isObject(properties) && Object.hasOwn(properties, parameter) ? properties[parameter] : true;
  if (!isObject(property)) return true;
  const { type, enum: values, const: constant } = property;
  if (values !== undefined) return Array.isArray(values) && values.includes(null);
  if (constant !== undefined) return constant === null;
  if (type === undefined)
    return (
      property['anyOf'] === undefined &&
      property['oneOf'] === undefined &&
      property['allOf'] === undefined &&
      property['$ref'] === undefined
    );
  return Array.isArray(type) ? type.includes('null') : type === 'null';
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
