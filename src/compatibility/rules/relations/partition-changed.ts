// REL004, a warning: a partition or inheriting table, at any depth, no longer belongs to the table that it belonged to
// at the cut.
import { baselineRelations, findUsers, namesOf, standIns } from '../../facts/baseline.ts';
import {
  findRelation,
  nameOf,
  parseName,
  qualify,
  type CheckContext,
  type Draft,
  type Rule,
} from '../../check/check-context.ts';
import { findLostBelow } from '../../facts/partitions.ts';
import { toRelativeName } from '../../facts/relative-names.ts';

export const findPartitionChanged: Rule = (context) => {
  const { catalogue } = context;
  return baselineRelations(context).flatMap(({ baseline, relation }): Draft[] => {
    const operations = namesOf(findUsers(context, relation));
    const own = standIns(context, { baseline, relation });
    const parts = own.flatMap(({ children }) => children).map((child) => toRelativeName(catalogue, child));
    const lost = baseline.children.filter(
      (child) => !namesNow(context, child).some((name) => parts.includes(name)),
    );
    // Renamed, or replaced by others, as with partitions by date: the two look the same, and both are usual.
    const isReplaced = parts.length >= baseline.children.length;
    const toDraft = (object: string, parent: string): Draft => ({
      code: 'REL004',
      object,
      expected: `a part of ${parent}`,
      actual: 'not attached',
      operations,
      hint: 'Its rows are not found, and new rows for it are refused. Attach it again, or accept the finding.',
    });
    const below = own.flatMap((one) => findLostBelow(catalogue, baseline, one));
    const parents = own.flatMap(({ parent }) =>
      parent === undefined ? [] : [toRelativeName(catalogue, parent)],
    );
    const before = baseline.parent === undefined ? [] : namesNow(context, baseline.parent);
    const isLeft = before.length > 0 && !before.some((name) => parents.includes(name));
    return [
      ...lost.map((child): Draft => ({
        ...toDraft(qualify(catalogue, parseName(child)), nameOf(relation)),
        ...(isReplaced ? { severity: 'info' } : {}),
      })),
      ...below.map(({ lost: child, parent: from, isReplaced: isInfo }): Draft => ({
        ...toDraft(qualify(catalogue, parseName(child)), from),
        ...(isInfo ? { severity: 'info' } : {}),
      })),
      ...(isLeft ? [toDraft(nameOf(relation), qualify(catalogue, parseName(baseline.parent ?? '')))] : []),
    ];
  });
};

/** Its name, and those of the tables behind a view that took its name. */
function namesNow(context: CheckContext, written: string): string[] {
  const relation = findRelation(context.catalogue, parseName(written));
  const baseline = context.release.contract?.relations.get(written);
  if (relation === undefined || baseline === undefined) return [written];
  const own = standIns(context, { baseline, relation });
  return [written, ...own.map((one) => toRelativeName(context.catalogue, one))];
}
