// COL004, a warning: a column that the release relies on as never null may be null.
import type { Catalogue, Column, Relation } from '../../model/catalogue.ts';
import {
  contractRelations,
  findColumn,
  nameOf,
  operationsUsing,
  type Draft,
  type Rule,
} from '../check-context.ts';

export const findColumnNullable: Rule = (context) =>
  contractRelations(context).flatMap(({ written, relation }) =>
    [...(context.release.schema.tables.get(written)?.columns ?? [])].flatMap(
      ([name, { nullable }]): Draft[] => {
        const column = findColumn(relation, name);
        if (column === undefined || nullable || !mayBeNull(context.catalogue, relation, column)) return [];
        return [
          {
            code: 'COL004',
            object: `${nameOf(relation)}.${name}`,
            expected: 'a column that is never null',
            actual: 'it may be null',
            operations: operationsUsing(context, relation, name),
            hint: 'Say `nullable: true` in the contract if callers can take a null, or set the column NOT NULL.',
          },
        ];
      },
    ),
  );

/** Of a view only where it shows a table's column as it is. */
function mayBeNull(catalogue: Catalogue, relation: Relation, column: Column, depth = 0): boolean {
  if (column.notNull) return false;
  if (relation.kind !== 'v' && relation.kind !== 'm') return true;
  const base = catalogue.relations.find(({ oid }) => oid === column.origin?.relation);
  const origin = base?.columns.find(({ number }) => number === column.origin?.column);
  return (
    base !== undefined && origin !== undefined && depth < 8 && mayBeNull(catalogue, base, origin, depth + 1)
  );
}
