// RLS003: since the cut, no policy allows the role any rows for an operation: it fails, or never finds a row.
import type { Policy } from '../../../model/relation.ts';
import { nameOf, type CheckContext, type Draft, type Rule } from '../../check/check-context.ts';
import { findClosedRows, type ClosedRows } from '../../facts/row-policies.ts';

export const findRowSecurityClosed: Rule = (context) => {
  const byRelation = new Map<number, ClosedRows[]>();
  for (const closed of findClosedRows(context)) {
    const { oid } = closed.relation;
    byRelation.set(oid, [...(byRelation.get(oid) ?? []), closed]);
  }
  return [...byRelation.values()].flatMap((group) => toDraft(context, group));
};

function toDraft({ catalogue }: CheckContext, group: readonly ClosedRows[]): Draft[] {
  const [first] = group;
  if (first === undefined) return [];
  const commands = group.map(({ command }) => command.toUpperCase()).join(', ');
  const closed = group.map(
    ({ command, operations }) => `${command.toUpperCase()} (${operations.join(', ')})`,
  );
  const { policies } = first.relation.rowSecurity;
  const hasFailing = group.some(({ command }) => command === 'insert');
  return [
    {
      code: 'RLS003',
      object: nameOf(first.relation),
      expected: `policies that allow role ${catalogue.role} rows for ${commands}, as at the cut`,
      actual: `none for ${closed.join(' and ')}; existing policies: ${policies.map(show).join('; ') || 'none'}`,
      operations: [...new Set(group.flatMap(({ operations }) => operations))],
      ...(hasFailing ? { sqlstate: '42501' } : {}),
      hint: `Create a permissive policy for ${commands} to ${catalogue.role}. Without one an INSERT fails, and the rest meets no row.`,
    },
  ];
}

const commands: Readonly<Record<string, string>> = {
  r: 'select',
  a: 'insert',
  w: 'update',
  d: 'delete',
  '*': 'all',
};

/** `own_rows for select to app using (…)`. */
function show({ name, command, permissive, roles, using, check }: Policy): string {
  return [
    name,
    permissive ? '' : 'as restrictive',
    `for ${commands[command] ?? command} to ${roles.join(', ')}`,
    using === undefined ? '' : `using (${using})`,
    check === undefined ? '' : `with check (${check})`,
  ]
    .filter((part) => part !== '')
    .join(' ');
}
