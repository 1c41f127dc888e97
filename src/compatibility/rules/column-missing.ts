// COL001: a column that the contract or a statement names is not there: dropped, renamed, or lost by a view.
import {
  contractRelations,
  findColumn,
  nameOf,
  type CheckContext,
  type Draft,
  type Rule,
} from '../check-context.ts';
import { missesSilently, operationsUsing, type AskedColumn } from '../column-users.ts';
import { suggestColumn } from '../missing-column-remedy.ts';
import { readMissingColumn } from '../sql-failures.ts';

/** PostgreSQL refuses it, or answers without the column. */
function meets(context: CheckContext, name: string, asked: AskedColumn): boolean {
  const checked = context.operations.find((one) => one.name === name);
  return checked !== undefined && (checked.failure !== undefined || missesSilently(context, checked, asked));
}

/** A function's body names a column that is missing: PostgreSQL gives its name alone, and no place in the statement. */
function findInFunctions(context: CheckContext, found: readonly Draft[]): Draft[] {
  return context.operations.flatMap(({ failure, name }): Draft[] => {
    if (failure?.sqlstate !== '42703' || failure.position !== undefined) return [];
    if (found.some(({ explains }) => explains?.includes(name) === true)) return [];
    const column = /^column "?(?:[^".]+\.)?([^".]+)"? does not exist$/.exec(failure.message)?.[1];
    const causes = found.filter(({ object }) => column !== undefined && object.endsWith(`.${column}`));
    const [cause] = causes;
    if (cause === undefined || new Set(causes.map(({ object }) => object)).size > 1) return [];
    return [{ ...cause, operations: [name], explains: [name] }];
  });
}

export const findColumnMissing: Rule = (context) => {
  const declared = contractRelations(context).flatMap(({ written, relation }): Draft[] => {
    const contract = context.release.schema.tables.get(written)?.columns ?? new Map();
    const missing = [...contract].filter(([name]) => findColumn(relation, name) === undefined);
    return missing.map(([name, { type }]): Draft => {
      const hit = operationsUsing(context, relation, name).filter((operation) =>
        meets(context, operation, { relation, column: name }),
      );
      return {
        code: 'COL001',
        object: `${nameOf(relation)}.${name}`,
        expected: type === undefined ? 'a column of this name' : `a column of type ${type}`,
        actual: `no such column; there are ${relation.columns.map((column) => column.name).join(', ')}`,
        operations: hit,
        explains: hit,
        sqlstate: '42703',
        ...suggestColumn(context, relation, { name, type }),
      };
    });
  });
  const refused = context.operations.flatMap((checked): Draft[] => {
    const missing = readMissingColumn(context, checked);
    if (missing === undefined) return [];
    return [
      {
        code: 'COL001',
        object: `${nameOf(missing.relation)}.${missing.column}`,
        expected: 'a column of this name',
        actual: `no such column; there are ${missing.relation.columns.map((column) => column.name).join(', ')}`,
        operations: [checked.name],
        explains: [checked.name],
        sqlstate: '42703',
        ...suggestColumn(context, missing.relation, { name: missing.column, type: undefined }),
      },
    ];
  });
  const found = [...declared, ...refused];
  return [...found, ...findInFunctions(context, found)];
};
