// INS001: an INSERT leaves out a column that must not be null and that nothing fills, or an UPDATE sets one to a
// default that does not exist.
import type { RelationBaseline } from '../../../model/contract.ts';
import type { Column, Relation } from '../../../model/relation.ts';
import type { InsertTarget } from '../../../sql/statement.ts';
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
} from '../../check/check-context.ts';
import { comparable, compareTypes } from '../../facts/column-types.ts';
import { baselineOf } from '../../facts/column-users.ts';
import { triggerEvents } from '../../facts/definitions.ts';
import { dropNotNull } from '../../facts/writes/drop-not-null.ts';
import { resolveInsert } from '../../facts/writes/insert-analysis.ts';
import { dependsOnRow, findWrites } from '../../facts/writes/writes.ts';

export const findInsertOmitsRequiredColumn: Rule = (context) => [
  ...context.operations.flatMap((checked) => findIn(context, checked)),
  ...findDefaulted(context),
];

function findIn(context: CheckContext, { analysis, name }: CheckedOperation): Draft[] {
  return (analysis?.inserts ?? []).flatMap((insert) => {
    const resolved = resolveInsert(context.catalogue, insert);
    if (resolved === undefined || resolved.given === undefined) return [];
    const { relation, given } = resolved;
    const filled = new Set(
      given.filter(({ value }) => value?.kind !== 'default').map(({ column }) => column.name),
    );
    const isShaped = relation.triggers.some(({ shapesInserts }) => shapesInserts) || relation.hasRules;
    const required = relation.columns.filter((column) => isUnfilled(column) && !filled.has(column.name));
    return leaveOutRenamed(context, insert, required).map((column): Draft => ({
      code: 'INS001',
      // A trigger may fill it; only running it would show that.
      ...(isShaped ? { severity: 'warn' } : {}),
      object: `${nameOf(relation)}.${column.name}`,
      expected: 'nullable, or with a default: the INSERT leaves it out',
      actual: isShaped
        ? 'NOT NULL without a default, unless a trigger fills it'
        : 'NOT NULL without a default',
      operations: [name],
      sqlstate: '23502',
      ...suggestFilling(relation, column, baselineOf(context, relation)),
    }));
  });
}

/** `set state = default`. A view has its own defaults. */
function findDefaulted(context: CheckContext): Draft[] {
  return findWrites(context).flatMap((write): Draft[] => {
    const { checked, kind, relation, columns = [], through } = write;
    if (kind !== 'update' || through.length > 0) return [];
    const unfilled = columns.filter(({ column, value }) => value?.kind === 'default' && isUnfilled(column));
    const mayBeFilled = relation.hasRules || mayShapeUpdates(relation);
    const isSure = !mayBeFilled && !dependsOnRow(write);
    return unfilled.map(({ column }) => ({
      code: 'INS001',
      ...(isSure ? {} : { severity: 'warn' }),
      object: `${nameOf(relation)}.${column.name}`,
      expected: 'nullable, or with a default: the statement sets it to DEFAULT',
      actual: mayBeFilled
        ? 'NOT NULL without a default, unless a trigger fills it'
        : 'NOT NULL without a default',
      operations: [checked.name],
      sqlstate: '23502',
      ...suggestFilling(relation, column, baselineOf(context, relation)),
    }));
  });
}

function isUnfilled({ notNull, hasDefault, generated, identity }: Column): boolean {
  return notNull && !hasDefault && !generated && identity === 'none';
}

function mayShapeUpdates({ triggers }: Relation): boolean {
  return triggers.some(({ enabled, events }) => enabled && (events & triggerEvents.update) !== 0);
}

/** Restores what filled the column at the cut; otherwise allows null, unless a key forbids that. */
function suggestFilling(
  relation: Relation,
  column: Column,
  baseline: RelationBaseline | undefined,
): Pick<Draft, 'hint' | 'migration'> {
  const before = baseline?.columns.find(({ name }) => name === column.name);
  const [table, name] = [quoteRelation(relation), quote(column.name)];
  if (before !== undefined && before.identity !== 'none') {
    const kind = before.identity === 'always' ? 'always' : 'by default';
    const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;
    return {
      hint: 'Make the column an identity again, as it was at the cut, and let it continue after the highest value.',
      migration: [
        `alter table ${table} alter column ${name} add generated ${kind} as identity;`,
        `select setval(pg_get_serial_sequence(${text(table)}, ${text(column.name)}), coalesce(max(${name}), 0) + 1, false) from ${table};`,
      ].join('\n'),
    };
  }
  if (before?.default === true) return { hint: 'Restore the default that the column had at the cut.' };
  const migration = dropNotNull(relation, column);
  if (migration === undefined)
    return { hint: 'Give the column a default, at least until every release gives it a value.' };
  const holder = column.type.domain?.notNull === true ? "column's domain" : 'column';
  return { hint: `Allow NULL in the ${holder}, at least until every release gives it a value.`, migration };
}

/** A column in the place of a missing one that the INSERT names: COL001 reports that once. */
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
