// COL004, a warning: a column that the release expects never to be null may be null.
import type { Catalogue } from '../../../model/catalogue.ts';
import type { Column, Relation } from '../../../model/relation.ts';
import { baselineRelations } from '../../facts/baseline.ts';
import {
  contractRelations,
  declaredColumns,
  findColumn,
  nameOf,
  quote,
  type CheckContext,
  type Rule,
} from '../../check/check-context.ts';
import { operationsUsing } from '../../facts/column-users.ts';
import { mergeIntoRoots, type RootedDraft } from '../../facts/view-roots.ts';

export const findColumnNullable: Rule = (context) =>
  mergeIntoRoots(context, [...findDeclared(context), ...findMeasured(context)]);

function findDeclared(context: CheckContext): RootedDraft[] {
  return contractRelations(context).flatMap(({ written, relation }) =>
    [...(context.release.schema.tables.get(written)?.columns ?? [])].flatMap(([name, { nullable }]) => {
      const column = findColumn(relation, name);
      if (column === undefined || nullable || !mayBeNull(context.catalogue, relation, column)) return [];
      return [toDraft({ relation, column, operations: operationsUsing(context, relation, name) })];
    }),
  );
}

/** Columns that the contract does not name and an operation reads. */
function findMeasured(context: CheckContext): RootedDraft[] {
  const declared = declaredColumns(context);
  return baselineRelations(context).flatMap(({ written, baseline, relation }) =>
    baseline.columns.flatMap((before) => {
      const column = findColumn(relation, before.name);
      if (before.nullable || column === undefined || !mayBeNull(context.catalogue, relation, column))
        return [];
      if (declared.get(relation.oid)?.has(before.name) === true) return [];
      const direct = operationsUsing(context, relation, before.name).filter((name) =>
        isRead(context, name, `${written}.${quote(before.name)}`),
      );
      const operations = [...new Set([...direct, ...findThroughViews(context, relation, column)])];
      return operations.length === 0 ? [] : [toDraft({ relation, column, operations })];
    }),
  );
}

/** SELECTs of views that show the column unchanged. */
function findThroughViews(context: CheckContext, relation: Relation, column: Column): string[] {
  return context.catalogue.relations.flatMap((view) =>
    view.columns
      .filter(({ origin }) => origin?.relation === relation.oid && origin.column === column.number)
      .flatMap(({ name }) => operationsUsing(context, view, name))
      .filter((name) => isRead(context, name, '')),
  );
}

function isRead({ release, operations }: CheckContext, name: string, source: string): boolean {
  const results = release.contract?.operations.get(name)?.results ?? [];
  const kind = operations.find((checked) => checked.name === name)?.analysis?.kind;
  return kind === 'select' || results.some((result) => result.source === source);
}

function toDraft({
  relation,
  column,
  operations,
}: {
  readonly relation: Relation;
  readonly column: Column;
  readonly operations: readonly string[];
}): RootedDraft {
  return {
    code: 'COL004',
    relation,
    column,
    object: `${nameOf(relation)}.${column.name}`,
    expected: 'a column that is never null',
    actual: 'may be null',
    operations,
    hint: 'Set `nullable: true` in the contract if callers can handle null, or set the column NOT NULL.',
  };
}

/** For a view, only when it shows a table's column unchanged. */
function mayBeNull(catalogue: Catalogue, relation: Relation, column: Column, depth = 0): boolean {
  if (column.notNull) return false;
  if (relation.kind !== 'v' && relation.kind !== 'm') return true;
  const base = catalogue.relations.find(({ oid }) => oid === column.origin?.relation);
  const origin = base?.columns.find(({ number }) => number === column.origin?.column);
  return (
    base !== undefined && origin !== undefined && depth < 8 && mayBeNull(catalogue, base, origin, depth + 1)
  );
}
