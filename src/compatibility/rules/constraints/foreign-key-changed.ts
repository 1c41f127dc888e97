// FKY001, a warning: a foreign key is new since the cut. FKY002: one has another action on DELETE or UPDATE.
import type { ForeignKeyBaseline } from '../../../model/contract.ts';
import type { ForeignKey } from '../../../model/relation.ts';
import { baselineRelations, type BaselineRelation } from '../../facts/baseline.ts';
import {
  findRelation,
  parseName,
  type CheckContext,
  type Draft,
  type Rule,
} from '../../check/check-context.ts';
import { measureForeignKey } from '../../measure/measure-relation.ts';
import { writersOf, writesAny, writesOn } from '../../facts/writes/writes.ts';

export const findForeignKeyChanged: Rule = (context) =>
  baselineRelations(context).flatMap((pair) => [
    ...pair.relation.foreignKeys.flatMap((key) => judgeOwn(context, pair, key)),
    ...pair.relation.referencedBy.flatMap((key) => judgeReferring(context, pair, key)),
  ]);

/** The referenced row must exist for writes to the referring columns. */
function judgeOwn(context: CheckContext, { baseline, relation }: BaselineRelation, key: ForeignKey): Draft[] {
  const now = measureForeignKey(context.catalogue, key);
  if (baseline.foreignKeys.some((before) => isSame(context, before, now))) return [];
  const hit = writersOf(writesOn(context, relation).filter((write) => writesAny(write, key.columns)));
  return hit.length === 0 ? [] : [toAdded(key, now, hit)];
}

/** Rows that others refer to cannot be deleted, or take the others along. */
function judgeReferring(
  context: CheckContext,
  { baseline, relation }: BaselineRelation,
  key: ForeignKey,
): Draft[] {
  const now = measureForeignKey(context.catalogue, key);
  const before = baseline.referencedBy.find((one) => isSame(context, one, now));
  const writes = writesOn(context, relation);
  const deletes = writes.filter(({ kind }) => kind === 'delete');
  const updates = writes.filter((write) => write.kind === 'update' && writesAny(write, key.referenced));
  if (before === undefined) {
    const isHeld = (action: string): boolean => action === 'no action' || action === 'restrict';
    const hit = writersOf([
      ...(isHeld(now.onDelete) ? deletes : []),
      ...(isHeld(now.onUpdate) ? updates : []),
    ]);
    return hit.length === 0 ? [] : [toAdded(key, now, hit)];
  }
  const changes = [
    ...(before.onDelete === now.onDelete
      ? []
      : [{ on: 'DELETE', from: before.onDelete, to: now.onDelete, writes: deletes }]),
    ...(before.onUpdate === now.onUpdate
      ? []
      : [{ on: 'UPDATE', from: before.onUpdate, to: now.onUpdate, writes: updates }]),
  ];
  if (changes.length === 0) return [];
  const hit = writersOf(changes.flatMap((change) => change.writes));
  return [
    {
      code: 'FKY002',
      ...(hit.length === 0 ? { severity: 'info' } : {}),
      object: objectOf(key),
      expected: changes.map(({ on, from }) => `ON ${on} ${from.toUpperCase()}`).join(', '),
      actual: changes.map(({ on, to }) => `ON ${on} ${to.toUpperCase()}`).join(', '),
      operations: hit,
      sqlstate: '23503',
      hint: 'Restore the action, or cut a release that expects this one.',
    },
  ];
}

function toAdded(key: ForeignKey, now: ForeignKeyBaseline, operations: readonly string[]): Draft {
  return {
    code: 'FKY001',
    object: objectOf(key),
    expected: 'the foreign keys of the cut',
    actual: `${now.table} (${now.columns.join(', ')}) references ${now.references} (${now.referenced.join(', ')})`,
    operations,
    sqlstate: '23503',
    hint: 'Whether writes fail depends on the rows. Cut a release that knows the key, or accept the finding.',
  };
}

function objectOf({ table, name }: ForeignKey): string {
  return `${table.schema}.${table.name}.${name}`;
}

/**
 * The same columns refer to the same columns, under any name; also for tables that were renamed behind a view of the
 * old name.
 */
function isSame(context: CheckContext, before: ForeignKeyBaseline, now: ForeignKeyBaseline): boolean {
  const toPairs = (one: ForeignKeyBaseline): string =>
    JSON.stringify(one.columns.map((column, i) => `${column} ${one.referenced[i]}`).sort());
  return (
    toPairs(before) === toPairs(now) &&
    isTable(context, before.table, now.table) &&
    isTable(context, before.references, now.references)
  );
}

function isTable({ catalogue }: CheckContext, before: string, now: string): boolean {
  if (before === now) return true;
  const view = findRelation(catalogue, parseName(before));
  const table = findRelation(catalogue, parseName(now));
  return view?.kind === 'v' && table !== undefined && view.behind.includes(table.oid);
}
