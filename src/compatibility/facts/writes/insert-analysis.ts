// Where an INSERT really writes: which columns of which table get which values, through views to the table behind them.
import type { Catalogue } from '../../../model/catalogue.ts';
import type { Column, Relation } from '../../../model/relation.ts';
import type { InsertedValue, InsertTarget } from '../../../sql/statement.ts';
import { findRelation, isReachable } from '../../check/check-context.ts';

export interface ResolvedInsert {
  readonly relation: Relation;
  /**
   * The columns that get a value, in the order of the list. `undefined` when there is no list and the number of values
   * is unknown.
   */
  readonly given:
    readonly { readonly column: Column; readonly value: InsertedValue | undefined }[] | undefined;
  readonly overriding: InsertTarget['overriding'];
}

export function resolveInsert(
  catalogue: Catalogue,
  insert: InsertTarget,
  { anySchema = false }: { /** Also where the role may not use it. */ readonly anySchema?: boolean } = {},
): ResolvedInsert | undefined {
  const named = readInsert(catalogue, insert, anySchema);
  return named === undefined ? undefined : followView(catalogue, named, 0);
}

/** As the statement names it: the values for the columns of the table or view. */
export function readInsert(
  catalogue: Catalogue,
  insert: InsertTarget,
  anySchema = false,
): ResolvedInsert | undefined {
  const relation = findRelation(catalogue, insert.relation);
  if (relation === undefined || (!anySchema && !isReachable(catalogue, relation))) return undefined;
  const { columns: names, width, values, overriding } = insert;
  const columns =
    names === undefined
      ? width === undefined
        ? undefined
        : relation.columns.slice(0, width)
      : names.flatMap((name) => relation.columns.find((column) => column.name === name) ?? []);
  const given = columns?.map((column, i) => ({ column, value: values[i] }));
  return { relation, given, overriding };
}

function followView(catalogue: Catalogue, insert: ResolvedInsert, depth: number): ResolvedInsert | undefined {
  const { relation, given } = insert;
  if (relation.kind !== 'v') return insert;
  // An INSTEAD OF trigger or a rule decides what is written.
  if (relation.hasRules || depth > 8 || relation.triggers.some(({ shapesInserts }) => shapesInserts))
    return undefined;
  const bases = new Set(relation.columns.flatMap(({ origin }) => origin?.relation ?? []));
  const base = bases.size === 1 ? catalogue.relations.find(({ oid }) => bases.has(oid)) : undefined;
  if (base === undefined) return undefined;
  const followed = given?.flatMap(({ column, value }) => {
    const target = base.columns.find(({ number }) => number === column.origin?.column);
    return target === undefined ? [] : [{ column: target, value }];
  });
  return followView(catalogue, { ...insert, relation: base, given: followed }, depth + 1);
}
