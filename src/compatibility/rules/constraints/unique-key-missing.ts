// KEY001: no unique index for a key of the contract or an ON CONFLICT. KEY002: it exists, but it is deferrable.
import type { SqlError } from '../../../database/database.ts';
import type { Relation, UniqueIndex } from '../../../model/relation.ts';
import type { ConflictTarget, InsertTarget, Statement } from '../../../sql/statement.ts';
import {
  contractRelations,
  findColumn,
  findRelation,
  isReachable,
  isTable,
  nameOf,
  quote,
  quoteRelation,
  type CheckContext,
  type Draft,
  type Rule,
} from '../../check/check-context.ts';
import { findLostConstraints, type LostConstraint } from '../../facts/writes/conflict-constraints.ts';
import { readConflictText } from '../../facts/writes/conflict-text.ts';
import { resolveInsert } from '../../facts/writes/insert-analysis.ts';
import { isSameKey } from '../../facts/is-same-key.ts';
import { isKeyLost } from '../../facts/lost-keys.ts';

export const findUniqueKeyMissing: Rule = (context) => [
  ...findInContract(context),
  ...findInConflicts(context),
];

function findInContract(context: CheckContext): Draft[] {
  const lost = findLostConstraints(context);
  return contractRelations(context).flatMap(({ written, relation }) => {
    if (!isTable(relation)) return [];
    return (context.release.schema.tables.get(written)?.unique ?? []).flatMap((columns): Draft[] =>
      // The key was lost with its column: COL001 reports that.
      findIndexes(relation, columns).length > 0 ||
      columns.some((column) => findColumn(relation, column) === undefined)
        ? []
        : toDeclared(context, relation, { columns, lost }),
    );
  });
}

/** A key that only statements with the constraint's name need: KEY003 reports that it is missing. */
function toDeclared(
  context: CheckContext,
  relation: Relation,
  { columns, lost }: { readonly columns: readonly string[]; readonly lost: readonly LostConstraint[] },
): Draft[] {
  const draft = toDraft(context, relation, columns, undefined);
  const isNamed = lost.some(
    ({ relation: { oid }, key }) =>
      oid === relation.oid && (key === undefined || isSameKey(key.columns, columns)),
  );
  return isNamed && draft.operations.length === 0 ? [] : [draft];
}

function findInConflicts(context: CheckContext): Draft[] {
  const isLost = (relation: Relation | undefined, { text }: Statement): boolean =>
    relation !== undefined && isKeyLost(context, relation, readConflictText(text));
  return context.operations.flatMap(({ analysis, failure, name, statement }) =>
    (analysis?.conflicts ?? []).flatMap((conflict): Draft[] => {
      if (conflict.kind === 'constraint') return findDeferrable(context, conflict, name);
      if (conflict.kind !== 'columns') return [];
      const relation = findRelation(context.catalogue, conflict.relation);
      if (relation === undefined || !isReachable(context.catalogue, relation)) return [];
      const written = resolveInsert(context.catalogue, toInsert(conflict));
      const columns = (written?.given ?? []).map(({ column }) => column.name);
      if (written === undefined || conflict.hasExpressionOrPredicate || written.relation.kind === 'v')
        return isAboutConflict(failure) || (failure !== undefined && isLost(written?.relation, statement))
          ? [
              toWritten(context, {
                relation: written?.relation ?? relation,
                conflict,
                operation: name,
                statement,
              }),
            ]
          : [];
      // COL001 reports missing columns.
      if (columns.length < conflict.columns.length) return [];
      const indexes = findIndexes(written.relation, columns);
      if (indexes.some((index) => index.immediate)) return [];
      if (indexes.length === 0) return [toDraft(context, written.relation, columns, name)];
      const names = indexes.map((index) => index.name);
      return [toDeferrable(context, written.relation, { columns, names, operation: name })];
    }),
  );
}

/** 42P10 can also be about a replica identity. */
function isAboutConflict(failure: SqlError | undefined): boolean {
  return failure?.sqlstate === '42P10' && failure.routine === 'infer_arbiter_indexes';
}

/** A key with an expression or a condition, as the statement writes it. */
function toWritten(
  context: CheckContext,
  found: {
    readonly relation: Relation;
    readonly conflict: Extract<ConflictTarget, { readonly kind: 'columns' }>;
    readonly operation: string;
    readonly statement: Statement;
  },
): Draft {
  const { relation, conflict, operation, statement } = found;
  const { migration: _plain, ...draft } = toDraft(context, relation, conflict.columns, operation);
  const text = readConflictText(statement.text);
  if (text === undefined) return draft;
  const where = text.where === undefined ? '' : ` where ${text.where}`;
  // No suggestion for a view whose table is unknown, or whose columns may have other names there.
  const isNamed = findRelation(context.catalogue, conflict.relation)?.oid === relation.oid;
  return {
    ...draft,
    object: `${nameOf(relation)}(${text.keys})`,
    expected: `a valid unique index on (${text.keys})${where} that is not deferrable`,
    ...(isTable(relation) && isNamed
      ? { migration: `${createIndex(relation)} (${text.keys})${where};` }
      : {}),
  };
}

/** A partitioned table does not support CONCURRENTLY. */
function createIndex(relation: Relation): string {
  return `create unique index${relation.kind === 'p' ? '' : ' concurrently'} on ${quoteRelation(relation)}`;
}

/** Finds the table's columns behind those of a view. */
function toInsert({
  relation,
  columns,
}: Extract<ConflictTarget, { readonly kind: 'columns' }>): InsertTarget {
  return { relation, columns, width: columns.length, source: 'select', values: [], overriding: 'none' };
}

/** EXPLAIN accepts it, but the call fails. KEY003 reports a missing constraint. */
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
  const { migration: _index, ...draft } = toDraft(context, relation, columns, operation);
  const definition = defineAgain(relation, names[0]);
  const name = quote(names[0] ?? '');
  return {
    ...draft,
    code: 'KEY002',
    actual: `${names.join(', ')} is deferrable, which ON CONFLICT cannot use`,
    sqlstate: '55000',
    hint: 'Make the constraint NOT DEFERRABLE again.',
    ...(definition === undefined
      ? {}
      : {
          migration: `alter table ${quoteRelation(relation)} drop constraint ${name}, add constraint ${name} ${definition};`,
        }),
  };
}

/** The same constraint, but not deferrable. */
function defineAgain(relation: Relation, name: string | undefined): string | undefined {
  const constraint = relation.constraints.find((one) => one.name === name);
  if (constraint?.type === 'x') return constraint.definition.replace(/ DEFERRABLE(?: INITIALLY \w+)?$/, '');
  const list = constraint?.columns.map(quote).join(', ');
  if (constraint?.type === 'p') return `primary key (${list})`;
  if (constraint?.type !== 'u') return undefined;
  const isOne = relation.uniques.some((index) => index.name === name && index.nullsNotDistinct);
  return `unique${isOne ? ' nulls not distinct' : ''} (${list})`;
}

/** Usable indexes over exactly these columns, in any order. */
function findIndexes(relation: Relation, columns: readonly string[]): UniqueIndex[] {
  return relation.uniques.filter(
    (index) => index.valid && !index.partial && isSameKey(index.columns, columns),
  );
}

function toDraft(
  context: CheckContext,
  relation: Relation,
  columns: readonly string[],
  operation: string | undefined,
): Draft {
  const hit =
    operation === undefined
      ? context.operations
          .filter(({ analysis }) =>
            analysis?.conflicts.some(
              (conflict) =>
                conflict.kind === 'columns' &&
                isSameKey(conflict.columns, columns) &&
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
    hint: 'Restore the unique index.',
    ...(isTable(relation) ? { migration: `${createIndex(relation)} (${list});` } : {}),
  };
}
