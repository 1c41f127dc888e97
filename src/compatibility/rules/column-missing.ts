// COL001: a column that the contract or a statement names is not there: dropped, renamed, or lost by a view.
import {
  contractRelations,
  findColumn,
  nameOf,
  quote,
  quoteRelation,
  type CheckContext,
  type Draft,
  type Rule,
} from '../check-context.ts';
import { missesSilently, operationsUsing, type AskedColumn } from '../column-users.ts';
import { readMissingColumn } from '../sql-failures.ts';

/** PostgreSQL refuses it, or answers without the column. */
function meets(context: CheckContext, name: string, asked: AskedColumn): boolean {
  const checked = context.operations.find((one) => one.name === name);
  return checked !== undefined && (checked.failure !== undefined || missesSilently(context, checked, asked));
}

export const findColumnMissing: Rule = (context) => {
  const declared = contractRelations(context).flatMap(({ written, relation }): Draft[] => {
    const contract = context.release.schema.tables.get(written)?.columns ?? new Map();
    const missing = [...contract].filter(([name]) => findColumn(relation, name) === undefined);
    const unknown = relation.columns.filter(({ name }) => !contract.has(name)).map(({ name }) => name);
    return missing.map(([name, { type }]): Draft => {
      const hit = operationsUsing(context, relation, name).filter((operation) =>
        meets(context, operation, { relation, column: name }),
      );
      const renamed = unknown.length === 1 ? ` Was it renamed to ${unknown.join()}?` : '';
      return {
        code: 'COL001',
        object: `${nameOf(relation)}.${name}`,
        expected: type === undefined ? 'a column of this name' : `a column of type ${type}`,
        actual: `no such column; there are ${relation.columns.map((column) => column.name).join(', ')}`,
        operations: hit,
        explains: hit,
        sqlstate: '42703',
        hint: `Run the migration that adds the column, or bring it back.${renamed}`,
        ...(type === undefined || relation.kind === 'v'
          ? {}
          : { migration: `alter table ${quoteRelation(relation)} add column ${quote(name)} ${type};` }),
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
        hint: 'Run the migration that adds the column, or bring it back.',
      },
    ];
  });
  return [...declared, ...refused];
};
