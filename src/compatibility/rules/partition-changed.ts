// REL004, a warning: a partition or inheriting table is no longer a part of the table that it belonged to at the cut, at
// whatever depth.
import { baselineRelations, findUsers, namesOf } from '../baseline.ts';
import { nameOf, parseName, qualify, type Draft, type Rule } from '../check-context.ts';
import { findLostBelow } from '../partitions.ts';
import { toRelativeName } from '../relative-names.ts';

export const findPartitionChanged: Rule = (context) => {
  const { catalogue } = context;
  return baselineRelations(context).flatMap(({ baseline, relation }): Draft[] => {
    const operations = namesOf(findUsers(context, relation));
    const parts = relation.children.map((child) => toRelativeName(catalogue, child));
    const lost = baseline.children.filter((child) => !parts.includes(child));
    // Renamed, or replaced by others as partitions of dates are: that cannot be told apart, and both are usual.
    const isReplaced = parts.length >= baseline.children.length;
    const toDraft = (object: string, parent: string): Draft => ({
      code: 'REL004',
      object,
      expected: `a part of ${parent}`,
      actual: 'it is not attached to it',
      operations,
      hint: 'Rows in it are not found, and rows that belong there find no place. Attach it again, or accept the finding.',
    });
    const parent = relation.parent === undefined ? undefined : toRelativeName(catalogue, relation.parent);
    const below = findLostBelow(catalogue, baseline, relation);
    const isLeft = baseline.parent !== undefined && parent !== baseline.parent;
    return [
      ...lost.map((child): Draft => ({
        ...toDraft(qualify(catalogue, parseName(child)), nameOf(relation)),
        ...(isReplaced ? { severity: 'info' } : {}),
      })),
      ...below.map(({ lost: child, parent: from, isReplaced: isInfo }): Draft => ({
        ...toDraft(qualify(catalogue, parseName(child)), from),
        ...(isInfo ? { severity: 'info' } : {}),
      })),
      ...(isLeft ? [toDraft(nameOf(relation), qualify(catalogue, parseName(baseline.parent)))] : []),
    ];
  });
};
