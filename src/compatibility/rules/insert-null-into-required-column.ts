// INS002: a value that may be null or left out by the caller meets a column that took nulls at the cut and no longer does.
import type { Json, JsonObject } from '../../model/json.ts';
import type { SqlOperation } from '../../model/release.ts';
import { baselineRelations } from '../baseline.ts';
import { nameOf, quote, quoteRelation, type Draft, type Rule } from '../check-context.ts';
import { writesOn } from '../writes.ts';

export const findInsertNullIntoRequiredColumn: Rule = (context) =>
  baselineRelations(context).flatMap(({ baseline, relation }) =>
    writesOn(context, relation).flatMap(({ checked, columns = [] }) =>
      columns.flatMap(({ column, value }): Draft[] => {
        const before = baseline.columns.find(({ name }) => name === column.name);
        if (before?.nullable !== true || !column.notNull) return [];
        const parameter =
          value?.kind === 'parameter' ? checked.statement.parameters[value.number - 1] : undefined;
        const isNull = value?.kind === 'null';
        if (!isNull && (parameter === undefined || !mayBeNull(checked.operation, parameter))) return [];
        return [
          {
            code: 'INS002',
            object: `${nameOf(relation)}.${column.name}`,
            expected: isNull
              ? 'a column that takes the NULL'
              : `a column that takes NULL: the input ${parameter} may be left out`,
            actual: 'NOT NULL; it was nullable at the cut',
            operations: [checked.name],
            explains: [checked.name],
            sqlstate: '23502',
            hint: 'Drop the NOT NULL as long as a release may write NULL, or require the input in the release.',
            migration: `alter table ${quoteRelation(relation)} alter column ${quote(column.name)} drop not null;`,
          },
        ];
      }),
    ),
  );

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
