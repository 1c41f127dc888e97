// INS001: an INSERT leaves out a column that must not be null and that nothing fills.
import {
  nameOf,
  quote,
  quoteRelation,
  type CheckContext,
  type CheckedOperation,
  type Draft,
  type Rule,
} from '../check-context.ts';
import { resolveInsert } from '../insert-analysis.ts';

export const findInsertOmitsRequiredColumn: Rule = (context) =>
  context.operations.flatMap((checked) => findIn(context, checked));

function findIn({ catalogue }: CheckContext, { analysis, name }: CheckedOperation): Draft[] {
  return (analysis?.inserts ?? []).flatMap((insert) => {
    const resolved = resolveInsert(catalogue, insert);
    if (resolved === undefined || resolved.given === undefined) return [];
    const { relation, given } = resolved;
    const filled = new Set(
      given.filter(({ value }) => value?.kind !== 'default').map(({ column }) => column.name),
    );
    const isShaped = relation.triggers.some(({ shapesInserts }) => shapesInserts) || relation.hasRules;
    return relation.columns
      .filter(
        (column) =>
          column.notNull &&
          !column.hasDefault &&
          !column.generated &&
          column.identity === 'none' &&
          !filled.has(column.name),
      )
      .map((column): Draft => ({
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
