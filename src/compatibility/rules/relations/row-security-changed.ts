// RLS001: row-level security was enabled since the cut and filters what the release reads or writes. RLS002, a warning:
// its policies differ from the cut, or it was disabled.
import { findUsers, namesOf, type BaselineRelation } from '../../facts/baseline.ts';
import { nameOf, type CheckContext, type Draft, type Rule } from '../../check/check-context.ts';
import { digestPolicy } from '../../facts/definitions.ts';
import { findClosedRows, guardedRelations } from '../../facts/row-policies.ts';

export const findRowSecurityChanged: Rule = (context) =>
  guardedRelations(context).flatMap((pair) => [...findEnabled(context, pair), ...findOther(context, pair)]);

function findEnabled(context: CheckContext, { baseline, relation }: BaselineRelation): Draft[] {
  const { enabled, forced, applies } = relation.rowSecurity;
  // FORCE only affects the table's owner: it filtered everybody else before.
  const isForced = forced && relation.isOwner && baseline.rowSecurity === 'enabled';
  const isNew = enabled && (baseline.rowSecurity === 'off' || isForced || (baseline.exempt && applies));
  if (!isNew || context.catalogue.bypassesRowSecurity) return [];
  const hit = namesOf(findUsers(context, relation).filter(({ isFiltered }) => isFiltered));
  if (hit.length === 0) return [];
  return [
    {
      code: 'RLS001',
      object: nameOf(relation),
      expected: `no row-level security for role ${context.catalogue.role}, as at the cut`,
      actual: `${baseline.exempt ? 'the role is no longer exempt' : `on${forced ? ' and forced' : ''}`}; ${relation.rowSecurity.policies.length} policies`,
      operations: hit,
      explains: hit,
      sqlstate: '42501',
      hint: 'Rows are left out without an error. Cut a release against the policies, or disable row-level security.',
    },
  ];
}

function findOther(context: CheckContext, { baseline, relation }: BaselineRelation): Draft[] {
  const { enabled, policies } = relation.rowSecurity;
  if (baseline.rowSecurity === 'off' || context.catalogue.bypassesRowSecurity) return [];
  const now = policies.map(digestPolicy).sort().join();
  const before = baseline.policies
    .map(({ digest }) => digest)
    .sort()
    .join();
  if (enabled && now === before) return [];
  // RLS003 reports operations that no longer reach any row.
  const closed = findClosedRows(context).filter((one) => one.relation.oid === relation.oid);
  const operations = namesOf(findUsers(context, relation)).filter(
    (name) => !closed.some((one) => one.operations.includes(name)),
  );
  if (operations.length === 0) return [];
  return [
    {
      code: 'RLS002',
      object: nameOf(relation),
      expected: 'the row-level security of the cut',
      actual: enabled ? `other policies: ${policies.map(({ name }) => name).join(', ') || 'none'}` : 'off',
      operations,
      hint: 'Compare the policies; cut a release against the new ones, or accept the finding.',
    },
  ];
}
