// KEY001: no unique index for a key of the contract or an ON CONFLICT. KEY002: there is one, but it is deferrable.
import type { Relation, UniqueIndex } from '../../model/catalogue.ts';
import { resolveInsert } from '../insert-analysis.ts';
import type { ConflictTarget, InsertTarget } from '../../sql/statement.ts';
import {
  contractRelations,
  findColumn,
  findRelation,
  isReachable,
  nameOf,
  quote,
  quoteRelation,
  type CheckContext,
  type Draft,
  type Rule,
} from '../check-context.ts';

export const findUniqueKeyMissing: Rule = (context) => [
  ...findInContract(context),
  ...findInConflicts(context),
];

function findInContract(context: CheckContext): Draft[] {
  return contractRelations(context).flatMap(({ written, relation }) => {
    if (relation.kind !== 'r' && relation.kind !== 'p') return [];
    return (context.release.schema.tables.get(written)?.unique ?? []).flatMap((columns): Draft[] =>
      // A column that is gone took its key along: that is COL001's.
      findIndexes(relation, columns).length > 0 ||
      columns.some((column) => findColumn(relation, column) === undefined)
        ? []
        : [toDraft(context, relation, columns, undefined)],
    );
  });
}

function findInConflicts(context: CheckContext): Draft[] {
  return context.operations.flatMap(({ analysis, failure, name }) =>
    (analysis?.conflicts ?? []).flatMap((conflict): Draft[] => {
      if (conflict.kind === 'constraint') return findDeferrable(context, conflict, name);
      if (conflict.kind !== 'columns') return [];
      const relation = findRelation(context.catalogue, conflict.relation);
      if (relation === undefined || !isReachable(context.catalogue, relation)) return [];
      const written = resolveInsert(context.catalogue, toInsert(conflict));
      const columns = (written?.given ?? []).map(({ column }) => column.name);
      if (written === undefined || conflict.hasExpressionOrPredicate || written.relation.kind === 'v')
        return failure?.sqlstate === '42P10' ? [toDraft(context, relation, conflict.columns, name)] : [];
      // A column that is gone is COL001's.
      if (columns.length < conflict.columns.length) return [];
      const indexes = findIndexes(written.relation, columns);
      if (indexes.some((index) => index.immediate)) return [];
      if (indexes.length === 0) return [toDraft(context, written.relation, columns, name)];
      const names = indexes.map((index) => index.name);
      return [toDeferrable(context, written.relation, { columns, names, operation: name })];
    }),
  );
}

/** To find the table's columns behind those of a view. */
function toInsert({
  relation,
  columns,
}: Extract<ConflictTarget, { readonly kind: 'columns' }>): InsertTarget {
  return { relation, columns, width: columns.length, source: 'select', values: [], overriding: 'none' };
}

/** EXPLAIN lets it pass; the call fails. That the constraint is there at all is KEY003's to say. */
function findDeferrable(
  context: CheckContext,
  conflict: Extract<ConflictTarget, { readonly kind: 'constraint' }>,
  operation: string,
): Draft[] {
  const relation = findRelation(context.catalogue, conflict.relation);
  const constraint = relation?.constraints.find(({ name }) => name === conflict.constraint);
  if (relation === undefined || constraint?.deferrable !== true) return [];
  return [
    toDeferrable(context, relation, { columns: constraint.columns, names: [constraint.name], operation }),
  ];
}

function toDeferrable(
  context: CheckContext,
  relation: Relation,
  key: { readonly columns: readonly string[]; readonly names: readonly string[]; readonly operation: string },
): Draft {
  const { columns, names, operation } = key;
  const list = names.map(quote);
  return {
    ...toDraft(context, relation, columns, operation),
    code: 'KEY002',
    actual: `${names.join(', ')} is deferrable, which ON CONFLICT cannot use`,
    sqlstate: '55000',
    hint: 'Make the constraint NOT DEFERRABLE again.',
    migration: `alter table ${quoteRelation(relation)} drop constraint ${list[0]}, add constraint ${list[0]} unique (${columns.map(quote).join(', ')});`,
  };
}

/** Usable ones over exactly these columns, in any order. */
function findIndexes(relation: Relation, columns: readonly string[]): UniqueIndex[] {
  const key = [...columns].sort().join('\0');
  return relation.uniques.filter(
    (index) =>
      index.valid &&
      !index.partial &&
      [...index.columns]
        .map((c) => c ?? '')
        .sort()
        .join('\0') === key,
  );
}

function toDraft(
  context: CheckContext,
  relation: Relation,
  columns: readonly string[],
  operation: string | undefined,
): Draft {
  const key = [...columns].sort().join('\0');
  const hit =
    operation === undefined
      ? context.operations
          .filter(({ analysis }) =>
            analysis?.conflicts.some(
              (conflict) =>
                conflict.kind === 'columns' &&
                [...conflict.columns].sort().join('\0') === key &&
                findRelation(context.catalogue, conflict.relation)?.oid === relation.oid,
            ),
          )
          .map(({ name }) => name)
      : [operation];
  const list = columns.map(quote).join(', ');
  return {
    code: 'KEY001',
    object: `${nameOf(relation)}(${columns.join(',')})`,
    expected: `a valid unique index on (${columns.join(', ')}) that is neither partial nor deferrable`,
    actual: `the unique indexes are ${relation.uniques.map((index) => index.name).join(', ') || 'none'}`,
    operations: hit,
    explains: hit,
    sqlstate: '42P10',
    hint: 'Bring the unique index back.',
    migration: `create unique index concurrently on ${quoteRelation(relation)} (${list});`,
  };
}
