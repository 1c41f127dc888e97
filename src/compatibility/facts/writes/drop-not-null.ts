// The statement that makes a column accept NULL again, if there is one.
import type { Column, Relation } from '../../../model/relation.ts';
import { quote, quoteRelation } from '../../check/check-context.ts';

/** `undefined` when a primary key or an identity forbids NULL. A domain's NOT NULL must be dropped on the domain. */
export function dropNotNull(relation: Relation, column: Column): string | undefined {
  const isKey = relation.constraints.some(
    ({ type, columns }) => type === 'p' && columns.includes(column.name),
  );
  if (isKey || column.identity !== 'none') return undefined;
  if (column.type.domain?.notNull === true)
    return `alter domain ${quoteRelation(column.type)} drop not null;`;
  return `alter table ${quoteRelation(relation)} alter column ${quote(column.name)} drop not null;`;
}
