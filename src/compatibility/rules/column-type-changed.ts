// COL002: a column has another type than the contract says. COL003: the same type, narrower.
import {
  contractRelations,
  findColumn,
  nameOf,
  operationsUsing,
  type Draft,
  type Rule,
} from '../check-context.ts';
import { comparable, compareTypes, isNarrowing } from '../column-types.ts';

export const findColumnTypeChanged: Rule = (context) =>
  contractRelations(context).flatMap(({ written, relation }) =>
    [...(context.release.schema.tables.get(written)?.columns ?? [])].flatMap(([name, { type }]): Draft[] => {
      const column = findColumn(relation, name);
      if (column === undefined || type === undefined) return [];
      const spelled = context.types.get(type);
      const hit = operationsUsing(context, relation, name);
      const draft = {
        object: `${nameOf(relation)}.${name}`,
        expected: type,
        actual: column.type.text,
        operations: hit,
        explains: hit,
        hint: `Bring the column's type back to ${type}, or serve a release that knows ${column.type.text}.`,
      };
      if (spelled === undefined) {
        return [{ ...draft, code: 'COL002', actual: `${column.type.text}; no type ${type} is known here` }];
      }
      const expected = { schema: spelled.type.schema, name: spelled.type.name, typmod: spelled.typmod };
      const actual = comparable(column.type);
      const comparison = compareTypes(expected, actual);
      if (comparison === 'narrower') return [{ ...draft, code: 'COL003' }];
      if (comparison !== 'other') return [];
      return [{ ...draft, code: isNarrowing(expected, actual) ? 'COL003' : 'COL002' }];
    }),
  );
