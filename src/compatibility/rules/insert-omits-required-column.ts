// INS001: an INSERT leaves out a column that must not be null and that nothing fills.
import {
  findColumn,
  findContract,
  findRelation,
  nameOf,
  quote,
  quoteRelation,
  type CheckContext,
  type CheckedOperation,
  type Draft,
  type Rule,
} from '../check-context.ts';
import { comparable, compareTypes } from '../column-types.ts';
import { resolveInsert } from '../insert-analysis.ts';
import type { Column } from '../../model/catalogue.ts';
import type { InsertTarget } from '../../sql/statement.ts';

export const findInsertOmitsRequiredColumn: Rule = (context) =>
  context.operations.flatMap((checked) => findIn(context, checked));

function findIn(context: CheckContext, { analysis, name }: CheckedOperation): Draft[] {
  return (analysis?.inserts ?? []).flatMap((insert) => {
    const resolved = resolveInsert(context.catalogue, insert);
    if (resolved === undefined || resolved.given === undefined) return [];
    const { relation, given } = resolved;
    const filled = new Set(
      given.filter(({ value }) => value?.kind !== 'default').map(({ column }) => column.name),
    );
    const isShaped = relation.triggers.some(({ shapesInserts }) => shapesInserts) || relation.hasRules;
    const required = relation.columns.filter(
      (column) =>
        column.notNull &&
        !column.hasDefault &&
        !column.generated &&
        column.identity === 'none' &&
        !filled.has(column.name),
    );
    return leaveOutRenamed(context, insert, required).map((column): Draft => ({
      code: 'INS001',
      // A trigger may fill it: that cannot be told without running it.
      ...(isShaped ? { severity: 'warn' } : {}),
      object: `${nameOf(relation)}.${column.name}`,
      expected: 'nullable, or with a default: the INSERT leaves it out',
      actual: isShaped
        ? 'NOT NULL without a default, unless a trigger fills it'
        : 'NOT NULL without a default',
      operations: [name],
      sqlstate: '23502',
      hint: 'Give the column a default, at least until no release leaves it out.',
      migration: `alter table ${quoteRelation(relation)} alter column ${quote(column.name)} drop not null; -- or: set default …`,
    }));
  });
}

/** A column that took the place of one that the INSERT names and that is gone: that is COL001's, once. */
function leaveOutRenamed(context: CheckContext, insert: InsertTarget, required: readonly Column[]): Column[] {
  const named = findRelation(context.catalogue, insert.relation);
  const left = [...required];
  if (named === undefined) return left;
  const contract = findContract(context, named);
  for (const name of insert.columns ?? []) {
    if (findColumn(named, name) !== undefined) continue;
    const spelled = context.types.get(contract?.columns.get(name)?.type ?? '');
    const index = left.findIndex((column) => {
      if (contract?.columns.has(column.name) === true) return false;
      if (spelled === undefined) return true;
      const { schema, name: type } = spelled.type;
      return (
        compareTypes({ schema, name: type, typmod: spelled.typmod }, comparable(column.type)) !== 'other'
      );
    });
    if (index >= 0) left.splice(index, 1);
  }
  return left;
}
