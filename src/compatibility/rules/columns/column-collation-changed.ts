// COL007, a warning: a column that the release reads has another collation than at the cut.
import { quoteIdentifier } from '../../../kernel/quote-identifier.ts';
import type { Column, Relation } from '../../../model/relation.ts';
import { baselineRelations } from '../../facts/baseline.ts';
import {
  findColumn,
  isTable,
  nameOf,
  quote,
  quoteRelation,
  type CheckContext,
  type Rule,
} from '../../check/check-context.ts';
import { operationsUsing, usesColumn } from '../../facts/column-users.ts';
import { toRelativeType } from '../../facts/relative-names.ts';
import { mergeIntoRoots, type RootedDraft } from '../../facts/view-roots.ts';

export const findColumnCollationChanged: Rule = (context) =>
  mergeIntoRoots(
    context,
    baselineRelations(context).flatMap(({ baseline, relation }) =>
      baseline.columns.flatMap((before): RootedDraft[] => {
        // Older releases did not measure collations: an absent one may have been any.
        if (before.collation === undefined) return [];
        const column = findColumn(relation, before.name);
        // COL002 reports a different type.
        if (column === undefined || toRelativeType(context.catalogue, column.type) !== before.type) return [];
        const now =
          column.collation === undefined ? undefined : toRelativeType(context.catalogue, column.collation);
        if (now === before.collation) return [];
        const operations = findReaders(context, relation, column.name);
        if (operations.length === 0) return [];
        return [
          {
            code: 'COL007',
            relation,
            column,
            object: `${nameOf(relation)}.${column.name}`,
            expected: `${sayCollation(before.collation)}, as at the cut`,
            actual: sayCollation(now),
            operations,
            hint: 'It sorts and compares differently, and fails beside a column with a third collation (42P22). Restore its collation, or accept the finding.',
            ...suggest(context, { relation, column, collation: before.collation }),
          },
        ];
      }),
    ),
  );

function findReaders(context: CheckContext, relation: Relation, column: string): string[] {
  const using = new Set(operationsUsing(context, relation, column));
  return context.operations
    .filter(
      (checked) => using.has(checked.name) && usesColumn(context, checked, { relation, column }, 'read'),
    )
    .map(({ name }) => name);
}

function sayCollation(collation: string | undefined): string {
  return collation === undefined ? 'the collation of its type' : `collation ${collation.replace(/^\./, '')}`;
}

/** Not when a view shows the column: PostgreSQL then refuses the change. */
function suggest(
  { catalogue }: CheckContext,
  {
    relation,
    column,
    collation,
  }: { readonly relation: Relation; readonly column: Column; readonly collation: string },
): { readonly migration?: string } {
  const isShown = catalogue.relations.some(({ behind }) => behind.includes(relation.oid));
  if (!isTable(relation) || isShown || collation.includes('.')) return {};
  return {
    migration: `alter table ${quoteRelation(relation)} alter column ${quote(column.name)} type ${column.type.text} collate ${quoteIdentifier(collation)};`,
  };
}
