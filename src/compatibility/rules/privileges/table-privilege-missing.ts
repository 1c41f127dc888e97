// PRV002: the role lacks a privilege on a table or view. PRV003: it lacks it on columns only.
import type { Relation } from '../../../model/relation.ts';
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
import { reachRelations } from '../../measure/measure-operation.ts';
import { readQuoted, relationsOf } from '../../check/sql-failures.ts';

type Privilege = 'select' | 'insert' | 'update' | 'delete';

export const findTablePrivilegeMissing: Rule = (context) => {
  const byTable = new Map<Relation, { lacking: Set<Privilege>; operations: Set<string> }>();
  const drafts: Draft[] = [];
  for (const checked of context.operations) {
    const refused = readRefusedRelation(checked);
    const relations = namedRelations(context, checked);
    let isExplained = false;
    for (const relation of relations) {
      const needed = neededOn(checked, relation);
      const isNamed = refused?.name === undefined ? refused !== undefined : refused.name === relation.name;
      const readsIt = refused?.name !== undefined || readsBack(context, checked, relation);
      if (isNamed && readsIt && ![...needed].some((one) => !holdsAny(relation, one))) needed.add('select');
      const lacking = [...needed].filter((one) => !holdsAny(relation, one));
      if (lacking.length > 0) {
        if (!holdsAny(relation, 'select') && readsBack(context, checked, relation)) lacking.push('select');
        isExplained = true;
        const entry = byTable.get(relation) ?? { lacking: new Set(), operations: new Set() };
        for (const one of lacking) entry.lacking.add(one);
        entry.operations.add(checked.name);
        byTable.set(relation, entry);
      } else if (isNamed) {
        const columns = findColumnDrafts(context, checked, relation, needed);
        isExplained ||= columns.length > 0;
        drafts.push(...columns);
      }
    }
    if (refused?.name === undefined || isExplained) continue;
    // A table behind a view, whose owner lost the right.
    drafts.push({
      ...toDraftBehind(context, checked, refused.name),
      operations: [checked.name],
      explains: [checked.name],
    });
  }
  for (const [relation, { lacking, operations }] of byTable) {
    drafts.push({
      ...toDraft(context.catalogue.role, nameOf(relation), { privileges: [...lacking].sort(), relation }),
      operations: [...operations],
      explains: [...operations],
    });
  }
  return drafts;
};

/** Also those in a schema that the role may not use: what it lacks on them is known all the same. */
function namedRelations({ catalogue }: CheckContext, { analysis }: CheckedOperation): Set<Relation> {
  return new Set((analysis?.relations ?? []).flatMap((name) => findRelation(catalogue, name) ?? []));
}

/** A table behind a view: the view's owner lost the right, or, for a view with security_invoker, the caller. */
function toDraftBehind(
  context: CheckContext,
  checked: CheckedOperation,
  refused: string,
): Omit<Draft, 'operations' | 'explains'> {
  const { catalogue } = context;
  const reached = reachRelations(catalogue, relationsOf(context, checked));
  const behind =
    reached.find((relation) => relation.name === refused) ??
    catalogue.relations.find((relation) => relation.name === refused);
  if (behind === undefined)
    return toDraft(catalogue.role, refused, { privileges: ['select'], relation: undefined });
  const needed = new Set<Privilege>(['select']);
  for (const { access } of checked.analysis?.relations ?? [])
    if (access !== 'read' && access !== 'merge') needed.add(access);
  const lackedBy = (rights: Relation['privileges']): Privilege[] =>
    [...needed].filter((privilege) => !rights[privilege]).sort();
  for (const { owner, ownerRights } of reached) {
    const rights = ownerRights.find(({ relation }) => relation === behind.oid);
    const lacking = rights === undefined ? [] : lackedBy(rights);
    if (lacking.length > 0) return toDraft(owner, nameOf(behind), { privileges: lacking, relation: behind });
  }
  const lacking = lackedBy(behind.privileges);
  const privileges: readonly Privilege[] = lacking.length > 0 ? lacking : ['select'];
  return toDraft(catalogue.role, nameOf(behind), { privileges, relation: behind });
}

function neededOn(checked: CheckedOperation, relation: Relation): Set<Privilege> {
  const needed = new Set<Privilege>();
  for (const { name, schema, access } of checked.analysis?.relations ?? []) {
    if (name !== relation.name || (schema ?? relation.schema) !== relation.schema) continue;
    if (access === 'read') needed.add('select');
    else if (access !== 'merge') needed.add(access);
  }
  return needed;
}

/** PostgreSQL asks for the table's privilege, or that of every column used: at least one must be held. */
function holdsAny(relation: Relation, privilege: Privilege): boolean {
  if (relation.privileges[privilege]) return true;
  return privilege !== 'delete' && relation.columns.some((column) => column.privileges[privilege]);
}

function findColumnDrafts(
  context: CheckContext,
  checked: CheckedOperation,
  relation: Relation,
  needed: ReadonlySet<Privilege>,
): Draft[] {
  return relation.columns.flatMap((column): Draft[] => {
    const lacking = [...needed].filter((one) => {
      if (one === 'delete' || column.privileges[one]) return false;
      const asked = { relation, column: column.name };
      return usesColumn(context, checked, asked, one === 'select' ? 'read' : one);
    });
    if (lacking.length === 0) return [];
    const privileges = lacking.map((one) => `${one} (${quote(column.name)})`).join(', ');
    return [
      {
        code: 'PRV003',
        object: `${nameOf(relation)}.${column.name}`,
        expected: `role ${context.catalogue.role} has ${lacking.join(', ').toUpperCase()} on the column`,
        actual: 'it has not',
        operations: [checked.name],
        explains: [checked.name],
        sqlstate: '42501',
        hint: 'Grant the role the privilege on the column.',
        migration: `grant ${privileges} on ${quoteRelation(relation)} to ${quote(context.catalogue.role)};`,
      },
    ];
  });
}

/** Undefined: the refusal is about no relation. Without a name: it may be about any, as in a language that is not English. */
function readRefusedRelation({
  failure,
}: CheckedOperation): { readonly name: string | undefined } | undefined {
  if (failure?.sqlstate !== '42501') return undefined;
  if (/^permission denied for (?:function|procedure|schema|sequence)/.test(failure.message)) return undefined;
  const name =
    /^permission denied for (?:table|view|relation|materialized view|foreign table) "?([^"]+?)"?$/.exec(
      failure.message,
    )?.[1];
  return { name: name ?? readQuoted(failure.message) };
}

function toDraft(
  role: string,
  object: string,
  {
    privileges,
    relation,
  }: { readonly privileges: readonly Privilege[]; readonly relation: Relation | undefined },
): Omit<Draft, 'operations' | 'explains'> {
  const list = privileges.join(', ').toUpperCase();
  return {
    code: 'PRV002',
    object,
    expected: `role ${role} has ${list}`,
    actual: 'it has not',
    sqlstate: '42501',
    hint: `Grant role ${role} ${list} on it; a view or table that was created again has lost its grants.`,
    ...(relation === undefined
      ? {}
      : {
          migration: `grant ${privileges.join(', ')} on ${quoteRelation(relation)} to ${quote(role)};`,
        }),
  };
}
