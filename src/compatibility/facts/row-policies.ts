// What row-level security allows the call role to do with a relation's rows at all, and which operations need it.
// Whether a single row passes depends on its values and is not judged here.
import type { Policy, Relation } from '../../model/relation.ts';
import { baselineRelations, standIns, type BaselineRelation } from './baseline.ts';
import { findRelation, type CheckContext, type CheckedOperation } from '../check/check-context.ts';
import { readsBack } from './column-users.ts';
import { digestPolicy } from './definitions.ts';
import { reachRelations } from '../measure/measure-operation.ts';
import { relationsOf } from '../check/sql-failures.ts';
import { findWrites } from './writes/writes.ts';

export const rowCommands = ['select', 'insert', 'update', 'delete'] as const;
export type RowCommand = (typeof rowCommands)[number];

const letters: Readonly<Record<RowCommand, string>> = { select: 'r', insert: 'a', update: 'w', delete: 'd' };

/** A permissive policy allows a command unless it says `false`; a restrictive policy that says `false` denies it. */
export function isPermitted(policies: readonly Policy[], command: RowCommand): boolean {
  const canWrite =
    command === 'select' ||
    command === 'delete' ||
    isOpen(policies, command, (policy) => policy.check ?? policy.using);
  return (command === 'insert' || canReach(policies, command)) && canWrite;
}

/** Only for rows that exist: locking them writes no rows. */
function canReach(policies: readonly Policy[], command: RowCommand): boolean {
  return isOpen(policies, command, ({ using }) => using);
}

function isOpen(
  policies: readonly Policy[],
  command: RowCommand,
  condition: (policy: Policy) => string | undefined,
): boolean {
  const applying = policies.filter(
    (policy) => policy.applies && (policy.command === '*' || policy.command === letters[command]),
  );
  return (
    applying.some((policy) => policy.permissive && (condition(policy) ?? 'false') !== 'false') &&
    !applying.some((policy) => !policy.permissive && condition(policy) === 'false')
  );
}

export interface ClosedRows extends BaselineRelation {
  readonly command: RowCommand;
  readonly operations: readonly string[];
}

/**
 * The baseline's relations, each with the relation whose row-level security applies. For a table that was renamed
 * behind a security_invoker view of its name, that is the table.
 */
export function guardedRelations(context: CheckContext): BaselineRelation[] {
  return baselineRelations(context).map((pair) => {
    const [own, ...others] = isInvoker(pair.relation) ? standIns(context, pair) : [];
    return own === undefined || others.length > 0 ? pair : { ...pair, relation: own };
  });
}

const known = new WeakMap<CheckContext, readonly ClosedRows[]>();

/** Commands that policies allowed at the cut and deny now, when operations need them. */
export function findClosedRows(context: CheckContext): readonly ClosedRows[] {
  let found = known.get(context);
  if (found === undefined) known.set(context, (found = guardedRelations(context).flatMap(compare)));
  return found;

  function compare(pair: BaselineRelation): ClosedRows[] {
    const { baseline, relation } = pair;
    const { applies, policies } = relation.rowSecurity;
    if (!applies || baseline.rowSecurity === 'off') return [];
    return rowCommands.flatMap((command) => {
      if (isPermitted(policies, command) || !wasPermitted(pair, command)) return [];
      const operations = context.operations
        .filter((checked) => needsRows(context, checked, { relation, command }))
        .map(({ name }) => name);
      return operations.length === 0 ? [] : [{ ...pair, command, operations }];
    });
  }
}

/** When it was not measured: an existing policy still shows it, and a missing one may have allowed it. */
function wasPermitted({ baseline, relation }: BaselineRelation, command: RowCommand): boolean {
  if (baseline.permits !== undefined) return baseline.permits.includes(command);
  const { policies } = relation.rowSecurity;
  const before = new Set(baseline.policies.map(({ digest }) => digest));
  const live = new Set(policies.map(digestPolicy));
  if (baseline.policies.some(({ digest }) => !live.has(digest))) return true;
  const kept = policies.filter((policy) => before.has(digestPolicy(policy)));
  return isPermitted(
    kept.map((policy) => ({ ...policy, applies: true })),
    command,
  );
}

/**
 * Under the call role's own policies, as PostgreSQL applies them: to what the statement names, and to what is behind a
 * view with security_invoker. Behind other views, those of the view's owner apply.
 */
export function needsRows(
  context: CheckContext,
  checked: CheckedOperation,
  { relation, command }: { readonly relation: Relation; readonly command: RowCommand },
): boolean {
  const accesses = (checked.analysis?.relations ?? []).flatMap((named) => {
    const found = findRelation(context.catalogue, named);
    return found === undefined ? [] : [{ relation: found, access: named.access }];
  });
  const own = accesses.filter((one) => one.relation.oid === relation.oid);
  if (own.length > 0) {
    if (command !== 'select') {
      if (own.some(({ access }) => access === command)) return true;
    } else if (own.some(({ access }) => access === 'read') || readsBack(context, checked, relation))
      return true;
  }
  const locks = command === 'update' && checked.analysis?.locksRows === true;
  if (locks && !canReach(relation.rowSecurity.policies, command))
    return accesses.length === 1 && accesses[0]?.relation.oid === relation.oid;
  const invoking = reachRelations(context.catalogue, relationsOf(context, checked)).filter(
    (view) => isInvoker(view) && view.behind.includes(relation.oid),
  );
  if (invoking.length === 0) return false;
  if (command !== 'select')
    return findWrites(context).some(
      (write) => write.checked === checked && write.kind === command && write.relation.oid === relation.oid,
    );
  return accesses.some(
    (one) =>
      one.relation.kind === 'v' &&
      (one.access === 'read' || readsBack(context, checked, one.relation)) &&
      reachRelations(context.catalogue, [one.relation]).some((reached) => reached.oid === relation.oid),
  );
}

/** It works with its caller's rights, so its owner needs none. */
function isInvoker({ kind, behind, ownerRights }: Relation): boolean {
  return kind === 'v' && behind.length > 0 && ownerRights.length === 0;
}
