// What the operations of a release write, resolved through views to the tables behind them.
import type { Catalogue } from '../../../model/catalogue.ts';
import type { Column, Relation } from '../../../model/relation.ts';
import type { WriteKind } from '../../../model/contract.ts';
import type { InsertedValue } from '../../../sql/statement.ts';
import {
  findRelation,
  isReachable,
  type CheckContext,
  type CheckedOperation,
} from '../../check/check-context.ts';
import { instead, triggerEvents } from '../definitions.ts';
import { readInsert } from './insert-analysis.ts';

export interface Write {
  readonly checked: CheckedOperation;
  readonly kind: WriteKind;
  readonly relation: Relation;
  /** Views that the write passes through, starting with the one that the statement names. */
  readonly through: readonly Relation[];
  /** `undefined` when unknown. Empty for a DELETE. */
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

/** Also writes that pass through it, when it is a view. */
export function writesThrough(context: CheckContext, { oid }: Relation): Write[] {
  return findWrites(context).filter(({ relation, through }) =>
    [relation, ...through].some((one) => one.oid === oid),
  );
}

/** Operations, each once. */
export function writersOf(writes: readonly Write[]): string[] {
  return [...new Set(writes.map(({ checked }) => checked.name))];
}

/** It acts only when a row exists, or does not exist: in a MERGE, and for the update of an ON CONFLICT. */
export function dependsOnRow({ kind, checked: { analysis } }: Write): boolean {
  return (
    (kind === 'update' && (analysis?.conflicts.length ?? 0) > 0) ||
    analysis?.relations.some(({ access }) => access === 'merge') === true
  );
}

const beforeEachRow = 1 + 2;

/** A BEFORE trigger on the table may return NULL, so that the row is not written, or the row unchanged. */
export function mayDropRows({ kind, relation }: Pick<Write, 'kind' | 'relation'>): boolean {
  const bits = beforeEachRow + triggerEvents[kind];
  return relation.triggers.some(
    ({ enabled, events, language, code }) =>
      enabled &&
      (events & bits) === bits &&
      (language !== 'plpgsql' || code === undefined || /\breturn\s+(?:null|old)\b/i.test(code)),
  );
}

/** Columns that an INSERT leaves out are also written when they have a default. */
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
  const follow = (kind: Write['kind'], relation: Relation, columns: Write['columns']): Write => ({
    checked,
    kind,
    ...followView(catalogue, { kind, relation, columns, through: [] }),
  });
  const inserts = (analysis?.inserts ?? []).flatMap((insert): Write[] => {
    const named = readInsert(catalogue, insert);
    return named === undefined ? [] : [follow('insert', named.relation, named.given)];
  });
  const updates = (analysis?.updates ?? []).flatMap(({ relation: name, assignments }): Write[] => {
    const relation = findRelation(catalogue, name);
    if (relation === undefined || !isReachable(catalogue, relation)) return [];
    const columns = assignments.flatMap(({ column: assigned, value }) => {
      const column = relation.columns.find((one) => one.name === assigned);
      return column === undefined ? [] : [{ column, value }];
    });
    return [follow('update', relation, columns)];
  });
  const deletes = (analysis?.relations ?? []).flatMap((named): Write[] => {
    if (named.access !== 'delete') return [];
    const relation = findRelation(catalogue, named);
    if (relation === undefined || !isReachable(catalogue, relation)) return [];
    return [follow('delete', relation, [])];
  });
  return [...inserts, ...updates, ...deletes];
}

/** An INSTEAD OF trigger or a rule decides what is written: stop here. */
function followView(
  catalogue: Catalogue,
  write: Pick<Write, 'kind' | 'relation' | 'columns' | 'through'>,
): Pick<Write, 'relation' | 'columns' | 'through'> {
  const { kind, relation, columns, through } = write;
  const bases = new Set(relation.columns.flatMap(({ origin }) => origin?.relation ?? []));
  const base = bases.size === 1 ? catalogue.relations.find(({ oid }) => bases.has(oid)) : undefined;
  const isEnd = relation.kind !== 'v' || relation.hasRules || base === undefined || through.length > 8;
  if (isEnd || relation.triggers.some((trigger) => instead(trigger).includes(kind)))
    return { relation, columns, through };
  const followed = columns?.flatMap(({ column, value }) => {
    const target = base.columns.find(({ number }) => number === column.origin?.column);
    return target === undefined ? [] : [{ column: target, value }];
  });
  return followView(catalogue, {
    kind,
    relation: base,
    columns: followed,
    through: [...through, relation],
  });
}
