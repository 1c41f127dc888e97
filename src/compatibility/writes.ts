// What the operations of a release write, resolved through views to the tables behind them.
import type { Catalogue, Column, Relation } from '../model/catalogue.ts';
import type { InsertedValue } from '../sql/statement.ts';
import { findRelation, isReachable, type CheckContext, type CheckedOperation } from './check-context.ts';
import { resolveInsert } from './insert-analysis.ts';

export interface Write {
  readonly checked: CheckedOperation;
  readonly kind: 'insert' | 'update' | 'delete';
  readonly relation: Relation;
  /** Undefined: not known which. Empty for a DELETE. */
  readonly columns: readonly WrittenColumn[] | undefined;
}

export interface WrittenColumn {
  readonly column: Column;
  readonly value: InsertedValue | undefined;
}

const known = new WeakMap<CheckContext, readonly Write[]>();

export function findWrites(context: CheckContext): readonly Write[] {
  const found = known.get(context) ?? context.operations.flatMap((checked) => listWrites(context, checked));
  known.set(context, found);
  return found;
}

export function writesOn(context: CheckContext, relation: Relation): Write[] {
  return findWrites(context).filter((write) => write.relation.oid === relation.oid);
}

/** Operations, each once. */
export function writersOf(writes: readonly Write[]): string[] {
  return [...new Set(writes.map(({ checked }) => checked.name))];
}

/** Columns that an INSERT leaves out are written too where they have a default. */
export function writesAny(write: Write, columns: readonly string[]): boolean {
  if (write.kind === 'delete') return false;
  if (write.columns === undefined) return true;
  const written = new Set(write.columns.map(({ column }) => column.name));
  return columns.some((name) => {
    if (written.has(name)) return true;
    const column = write.relation.columns.find((one) => one.name === name);
    return write.kind === 'insert' && column !== undefined && isFilled(column);
  });
}

function isFilled({ hasDefault, generated, identity }: Column): boolean {
  return hasDefault || generated || identity !== 'none';
}

function listWrites({ catalogue }: CheckContext, checked: CheckedOperation): Write[] {
  const { analysis } = checked;
  const inserts = (analysis?.inserts ?? []).flatMap((insert): Write[] => {
    const resolved = resolveInsert(catalogue, insert);
    if (resolved === undefined) return [];
    return [{ checked, kind: 'insert', relation: resolved.relation, columns: resolved.given }];
  });
  const updates = (analysis?.updates ?? []).flatMap(({ relation: name, assignments }): Write[] => {
    const relation = findRelation(catalogue, name);
    if (relation === undefined || !isReachable(catalogue, relation)) return [];
    const columns = assignments.flatMap(({ column: assigned, value }) => {
      const column = relation.columns.find((one) => one.name === assigned);
      return column === undefined ? [] : [{ column, value }];
    });
    return [{ checked, kind: 'update', ...followView(catalogue, relation, columns) }];
  });
  const deletes = (analysis?.relations ?? []).flatMap((named): Write[] => {
    if (named.access !== 'delete') return [];
    const relation = findRelation(catalogue, named);
    if (relation === undefined || !isReachable(catalogue, relation)) return [];
    return [{ checked, kind: 'delete', ...followView(catalogue, relation, []) }];
  });
  return [...inserts, ...updates, ...deletes];
}

function followView(
  catalogue: Catalogue,
  relation: Relation,
  columns: readonly WrittenColumn[],
  depth = 0,
): Pick<Write, 'relation' | 'columns'> {
  const bases = new Set(relation.columns.flatMap(({ origin }) => origin?.relation ?? []));
  const base = bases.size === 1 ? catalogue.relations.find(({ oid }) => bases.has(oid)) : undefined;
  if (relation.kind !== 'v' || relation.hasRules || base === undefined || depth > 8)
    return { relation, columns };
  const followed = columns.flatMap(({ column, value }) => {
    const target = base.columns.find(({ number }) => number === column.origin?.column);
    return target === undefined ? [] : [{ column: target, value }];
  });
  return followView(catalogue, base, followed, depth + 1);
}
