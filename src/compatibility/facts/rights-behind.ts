// Which rights a statement lacks on tables that it does not name. PostgreSQL checks those of a view's owner, of the
// call role for a view with security_invoker or a policy, and of a table's owner for the actions of a rule.
import type { QualifiedName } from '../../model/qualified-name.ts';
import type { OwnerRights, Relation, TablePrivilege } from '../../model/relation.ts';
import { findRelation, nameOf, type CheckContext, type CheckedOperation } from '../check/check-context.ts';
import { reachRelations } from '../measure/measure-operation.ts';
import { relationsOf } from '../check/sql-failures.ts';
import { readsBack } from './column-users.ts';
import { findWrites } from './writes/writes.ts';

export interface LackedRight {
  readonly role: string;
  readonly table: QualifiedName;
  readonly privileges: readonly TablePrivilege[];
  /** What requires it, as a sentence. */
  readonly because: string;
}

export function findLackedBehind(context: CheckContext, checked: CheckedOperation): LackedRight[] {
  const named = relationsOf(context, checked);
  const reached = reachRelations(context.catalogue, named);
  return [
    ...reached.flatMap((view) => behindView(context, checked, view)),
    ...reached.flatMap((relation) => {
      const isNamed = named.includes(relation);
      const events = eventsOn(context, checked, relation);
      return relation.lackedBehind.flatMap((one): LackedRight[] => {
        // Behind a view, a policy checks the rights of the view's owner, which are unknown here.
        if ((one.events & events) === 0 || (one.kind === 'policy' && !isNamed)) return [];
        const because = `The ${one.kind} ${one.name} of ${nameOf(relation)} needs it.`;
        return [{ role: one.role, table: one.table, privileges: one.privileges, because }];
      });
    }),
  ];
}

function behindView(context: CheckContext, checked: CheckedOperation, view: Relation): LackedRight[] {
  if (view.kind !== 'v') return [];
  const { catalogue } = context;
  return view.behind.flatMap((oid): LackedRight[] => {
    const table = catalogue.relations.find((one) => one.oid === oid);
    if (table === undefined) return [];
    const isInvoker = view.ownerRights.length === 0;
    const rights = isInvoker ? ownRights(table) : view.ownerRights.find(({ relation }) => relation === oid);
    if (rights === undefined) return [];
    const privileges = neededBehind(context, checked, { view, table }).filter((one) => !rights[one]);
    if (privileges.length === 0) return [];
    return [
      {
        role: isInvoker ? catalogue.role : view.owner,
        table,
        privileges,
        because: isInvoker
          ? `The view ${nameOf(view)} uses its caller's rights.`
          : `The view ${nameOf(view)} uses the rights of its owner, ${view.owner}.`,
      },
    ];
  });
}

/** On the whole relation or on some column. */
export function ownRights({ oid, privileges, columns }: Relation): OwnerRights {
  const may = (one: 'select' | 'insert' | 'update'): boolean =>
    privileges[one] || columns.some((column) => column.privileges[one]);
  const { delete: canDelete } = privileges;
  return {
    relation: oid,
    select: may('select'),
    insert: may('insert'),
    update: may('update'),
    delete: canDelete,
  };
}

/** A write passes through a view without reading the tables behind it, unless the statement reads too. */
function neededBehind(
  context: CheckContext,
  checked: CheckedOperation,
  { view, table }: { readonly view: Relation; readonly table: Relation },
): TablePrivilege[] {
  const writes = findWrites(context).filter(
    (write) => write.checked === checked && write.relation.oid === table.oid && write.through.includes(view),
  );
  const kinds = [...new Set(writes.map(({ kind }) => kind))];
  const isRead =
    kinds.length === 0 ||
    writes.some(({ through }) => through.some((one) => readsBack(context, checked, one)));
  return isRead ? ['select', ...kinds] : kinds;
}

const bits = { read: 1, insert: 4, delete: 8, update: 16, merge: 28 } as const;

/** What the statement does to it, as bits; every possible event for a table behind a view. */
function eventsOn(context: CheckContext, checked: CheckedOperation, relation: Relation): number {
  const accesses = (checked.analysis?.relations ?? []).filter(
    (named) => findRelation(context.catalogue, named)?.oid === relation.oid,
  );
  const events = accesses.reduce((sum, { access }) => sum | bits[access], 0);
  return readsBack(context, checked, relation) ? events | bits.read : events;
}
