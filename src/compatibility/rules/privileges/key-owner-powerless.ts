// PRV006: PostgreSQL checks the other table of a foreign key with the rights of that table's owner, who lacks them.
import type { ForeignKey } from '../../../model/relation.ts';
import { nameOf, quote, quoteRelation, type Draft, type Rule } from '../../check/check-context.ts';
import { findWrites, writesAny, type Write } from '../../facts/writes/writes.ts';

type Privilege = 'select' | 'update' | 'delete';

export const findKeyOwnerPowerless: Rule = (context) =>
  findWrites(context).flatMap((write) => [
    ...write.relation.foreignKeys
      .filter((key) => writesAny(write, key.columns) && !givesNull(write, key.columns))
      .flatMap((key) => toDraft(write, key, { table: key.references, needed: ['select', 'update'] })),
    ...write.relation.referencedBy.flatMap((key) =>
      toDraft(write, key, { table: key.table, needed: neededBelow(write, key) }),
    ),
  ]);

/** A key with a NULL column refers to nothing. */
function givesNull({ columns }: Write, names: readonly string[]): boolean {
  return columns?.some(({ column, value }) => names.includes(column.name) && value?.kind === 'null') === true;
}

/** What PostgreSQL does to the rows that refer to the written ones. */
function neededBelow(write: Write, key: ForeignKey): Privilege[] {
  if (write.kind === 'insert') return [];
  if (write.kind === 'update' && !writesAny(write, key.referenced)) return [];
  const action = write.kind === 'delete' ? key.onDelete : key.onUpdate;
  return action === 'c' && write.kind === 'delete' ? ['select', 'delete'] : ['select', 'update'];
}

function toDraft(
  { checked }: Write,
  key: ForeignKey,
  { table, needed }: { readonly table: ForeignKey['table']; readonly needed: readonly Privilege[] },
): Draft[] {
  const { runner } = key;
  const lacking = needed.filter((privilege) => !runner[privilege]);
  if (needed.length === 0 || (runner.usage && lacking.length === 0)) return [];
  const list = lacking.join(', ').toUpperCase();
  const rights = [
    ...(runner.usage ? [] : [`USAGE on schema ${table.schema}`]),
    ...(lacking.length === 0 ? [] : [`${list} on ${nameOf(table)}`]),
  ];
  return [
    {
      code: 'PRV006',
      object: `${nameOf(key.table)}.${key.name}`,
      expected: `role ${runner.role}, the owner of ${nameOf(table)}, has ${rights.join(' and ')}`,
      actual: 'missing',
      operations: [checked.name],
      sqlstate: '42501',
      hint: `PostgreSQL checks the foreign key with the rights of ${runner.role}. Grant it ${rights.join(' and ')}.`,
      migration: [
        ...(runner.usage ? [] : [`grant usage on schema ${quote(table.schema)} to ${quote(runner.role)};`]),
        ...(lacking.length === 0
          ? []
          : [`grant ${lacking.join(', ')} on ${quoteRelation(table)} to ${quote(runner.role)};`]),
      ].join('\n'),
    },
  ];
}
