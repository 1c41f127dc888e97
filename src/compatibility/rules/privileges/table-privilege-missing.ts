// PRV002: a role lacks a privilege on a table or view: the call role, or the owner of a view or a rule. PRV003: the
// call role lacks it on columns only.
import type { QualifiedName } from '../../../model/qualified-name.ts';
import type { Relation, TablePrivilege } from '../../../model/relation.ts';
import {
  findRelation,
  nameOf,
  quote,
  quoteRelation,
  type CheckContext,
  type CheckedOperation,
  type Draft,
  type Rule,
} from '../../check/check-context.ts';
import { readsBack, usesColumn } from '../../facts/column-users.ts';
import { findLackedBehind, ownRights, type LackedRight } from '../../facts/rights-behind.ts';
import { reachRelations } from '../../measure/measure-operation.ts';
import { mentions, relationsOf } from '../../check/sql-failures.ts';

interface Lack {
  readonly role: string;
  readonly table: QualifiedName;
  readonly privileges: Set<TablePrivilege>;
  readonly operations: Set<string>;
  readonly because: string | undefined;
}

export const findTablePrivilegeMissing: Rule = (context) => {
  const { role } = context.catalogue;
  const lacks = new Map<string, Lack>();
  const note = (
    checked: CheckedOperation,
    right: Omit<LackedRight, 'because'> & { because?: string },
  ): void => {
    const { table, privileges, because } = right;
    const key = `${right.role}\0${nameOf(table)}`;
    const known = lacks.get(key);
    const entry = known ?? { role: right.role, table, privileges: new Set(), operations: new Set(), because };
    for (const one of privileges) entry.privileges.add(one);
    entry.operations.add(checked.name);
    lacks.set(key, entry);
  };
  const drafts = context.operations.flatMap((checked): Draft[] => {
    const own = [...namedRelations(context, checked)].map((table) => findOwn(context, checked, table));
    for (const { table, privileges } of own)
      if (privileges.length > 0) note(checked, { role, table, privileges });
    const columns = own.flatMap((one) => one.columns);
    const isExplained = columns.length > 0 || own.some(({ privileges }) => privileges.length > 0);
    if (isExplained || checked.failure?.sqlstate !== '42501') return columns;
    const behind = findLackedBehind(context, checked);
    for (const right of behind) note(checked, right);
    return behind.length > 0 ? [] : findNamed(context, checked, checked.failure.message);
  });
  return mergeByObject([...drafts, ...[...lacks.values()].map(toDraft)]);
};

/** One finding for each object, with all roles and privileges. */
function mergeByObject(drafts: readonly Draft[]): Draft[] {
  return drafts.map((draft) => {
    const group = drafts.filter(({ code, object }) => code === draft.code && object === draft.object);
    const expected = [...new Set(group.map((one) => one.expected))].join('; ');
    const migrations = [...new Set(group.flatMap(({ migration }) => migration ?? []))];
    return { ...draft, expected, ...(migrations.length === 0 ? {} : { migration: migrations.join('\n') }) };
  });
}

/** Also those in a schema that the role may not use: its missing privileges on them are known. */
function namedRelations({ catalogue }: CheckContext, { analysis }: CheckedOperation): Set<Relation> {
  return new Set((analysis?.relations ?? []).flatMap((name) => findRelation(catalogue, name) ?? []));
}

interface Own {
  readonly table: Relation;
  readonly privileges: readonly TablePrivilege[];
  /** For relations where it has rights on some columns, but not on these. */
  readonly columns: readonly Draft[];
}

/** What the call role lacks on a relation that the statement names. */
function findOwn(context: CheckContext, checked: CheckedOperation, table: Relation): Own {
  const rights = ownRights(table);
  const needed = neededOn(checked, table);
  const lacking = [...needed].filter((one) => !rights[one]);
  if (lacking.length > 0 && !rights.select && readsBack(context, checked, table)) lacking.push('select');
  const isRead = readsBack(context, checked, table);
  if (lacking.length === 0 && checked.failure?.sqlstate === '42501') {
    if (isRead && !rights.select) lacking.push('select');
    const all = new Set([...needed, ...(isRead && rights.select ? (['select'] as const) : [])]);
    const columns = lacking.length > 0 ? [] : findColumns(context, checked, { table, privileges: all });
    if (columns.length > 0) return { table, privileges: [], columns };
    if (lacking.length === 0) lacking.push(...findFurther(checked, table));
  }
  // When some columns are granted, the role lacks the others on purpose.
  const byColumns = lacking.filter((one) => isByColumns(table, one));
  const columns = findColumns(context, checked, { table, privileges: byColumns });
  const privileges = columns.length === 0 ? lacking : lacking.filter((one) => !byColumns.includes(one));
  return { table, privileges: [...new Set(privileges)], columns };
}

/** A refusal that nothing else explains, on a table that PostgreSQL names: the rows are locked, or read in some way. */
function findFurther({ analysis, failure }: CheckedOperation, table: Relation): TablePrivilege[] {
  const rights = ownRights(table);
  if (!mentions(failure, table.name)) return [];
  if (analysis?.locksRows === true && !rights.update) return ['update'];
  return rights.select ? [] : ['select'];
}

/** The role has rights on columns, and no table-level privilege that columns can have. */
function isByColumns({ privileges, columns }: Relation, privilege: TablePrivilege): boolean {
  const granted = (one: 'select' | 'insert' | 'update'): boolean =>
    !privileges[one] && columns.some((column) => column.privileges[one]);
  return privilege !== 'delete' && (granted('select') || granted('insert') || granted('update'));
}

function neededOn(checked: CheckedOperation, relation: Relation): Set<TablePrivilege> {
  const needed = new Set<TablePrivilege>();
  for (const { name, schema, access } of checked.analysis?.relations ?? []) {
    if (name !== relation.name || (schema ?? relation.schema) !== relation.schema) continue;
    if (access === 'read') needed.add('select');
    else if (access !== 'merge') needed.add(access);
  }
  return needed;
}

/** PostgreSQL requires the privilege on the table, or on every used column. */
function findColumns(
  context: CheckContext,
  checked: CheckedOperation,
  { table, privileges }: { readonly table: Relation; readonly privileges: Iterable<TablePrivilege> },
): Draft[] {
  const needed = [...privileges];
  return table.columns.flatMap((column): Draft[] => {
    const lacking = needed.filter((one) => {
      if (one === 'delete' || column.privileges[one]) return false;
      const asked = { relation: table, column: column.name };
      return usesColumn(context, checked, asked, one === 'select' ? 'read' : one);
    });
    if (lacking.length === 0) return [];
    const rights = lacking.map((one) => `${one} (${quote(column.name)})`).join(', ');
    return [
      {
        code: 'PRV003',
        object: `${nameOf(table)}.${column.name}`,
        expected: `role ${context.catalogue.role} has ${lacking.join(', ').toUpperCase()} on the column`,
        actual: 'missing',
        operations: [checked.name],
        explains: [checked.name],
        sqlstate: '42501',
        hint: 'Grant the role the privilege on the column.',
        migration: `grant ${rights} on ${quoteRelation(table)} to ${quote(context.catalogue.role)};`,
      },
    ];
  });
}

/**
 * PostgreSQL names a table on which no missing privilege is known, such as one in a function's body: only certain
 * grants are suggested.
 */
function findNamed(context: CheckContext, checked: CheckedOperation, message: string): Draft[] {
  const { catalogue } = context;
  const all = [...reachRelations(catalogue, relationsOf(context, checked)), ...catalogue.relations];
  const table = all.find(({ name }) => mentions(checked.failure, name));
  if (table === undefined) return [];
  const operations = new Set([checked.name]);
  const isLacking = !ownRights(table).select;
  const privileges = new Set<TablePrivilege>(['select']);
  const draft = toDraft({ role: catalogue.role, table, privileges, operations, because: undefined });
  const yieldsTo = (other: Draft): boolean =>
    /^PRV00[145]$/.test(other.code) && other.explains?.includes(checked.name) === true;
  if (isLacking) return [{ ...draft, yieldsTo }];
  const { migration: _migration, ...rest } = draft;
  return [
    {
      ...rest,
      yieldsTo,
      expected: 'a statement that the role may run',
      actual: message,
      hint: 'Compare the grants on the table, and on what its policies and views read, with those at the cut.',
    },
  ];
}

function toDraft({ role, table, privileges, operations, because }: Lack): Draft {
  const sorted = [...privileges].sort();
  const list = sorted.join(', ').toUpperCase();
  const hint = `Grant role ${role} ${list} on it; a view or table that was created again has lost its grants.`;
  return {
    code: 'PRV002',
    object: nameOf(table),
    expected: `role ${role} has ${list}`,
    actual: 'missing',
    operations: [...operations],
    explains: [...operations],
    sqlstate: '42501',
    hint: because === undefined ? hint : `${because} ${hint}`,
    migration: `grant ${sorted.join(', ')} on ${quoteRelation(table)} to ${quote(role)};`,
  };
}
