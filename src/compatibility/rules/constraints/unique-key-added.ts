// KEY004, a warning: a unique index or exclusion constraint that was not there at the cut, over what the release writes.
import type { UniqueBaseline } from '../../../model/contract.ts';
import { baselineRelations } from '../../facts/baseline.ts';
import { nameOf, type Draft, type Rule } from '../../check/check-context.ts';
import { measureUniques } from '../../measure/measure-relation.ts';
import { findRenamedColumns } from '../../facts/renames.ts';
import { writersOf, writesAny, writesOn } from '../../facts/writes.ts';

export const findUniqueKeyAdded: Rule = (context) =>
  baselineRelations(context).flatMap(({ baseline, relation }) => {
    if (relation.kind === 'v' || baseline.kind === 'view') return [];
    const renamed = findRenamedColumns(context.catalogue, baseline, relation);
    return measureUniques(relation).flatMap((unique): Draft[] => {
      const asBefore = { ...unique, columns: unique.columns.map((column) => renamed.get(column) ?? column) };
      if (baseline.uniques.some((before) => implies(before, asBefore))) return [];
      const columns = unique.columns.flatMap((column) =>
        column.startsWith('(')
          ? relation.columns.map(({ name }) => name).filter((name) => column.includes(name))
          : column,
      );
      const hit = writesOn(context, relation).filter((write) => writesAny(write, columns));
      if (hit.length === 0) return [];
      const list = unique.columns.join(', ');
      return [
        {
          code: 'KEY004',
          object: `${nameOf(relation)}(${unique.columns.join(',')})`,
          expected: `no ${unique.exclusion === undefined ? 'unique' : 'exclusion'} constraint over (${list}), as at the cut`,
          actual: `${unique.exclusion === undefined ? 'a unique index' : 'an exclusion constraint'} over (${list}) was added`,
          operations: writersOf(hit),
          sqlstate: unique.exclusion === undefined ? '23505' : '23P01',
          hint: 'Whether writes fail depends on the values. Cut a release that knows the key, or accept the finding.',
        },
      ];
    });
  });

/** What the first lets in, the second lets in too. */
function implies(before: UniqueBaseline, after: UniqueBaseline): boolean {
  if (after.exclusion !== undefined) return before.exclusion === after.exclusion;
  if (before.exclusion !== undefined || (after.nullsNotDistinct && !before.nullsNotDistinct)) return false;
  if (before.where !== undefined && before.where !== after.where) return false;
  return before.columns.every((column) => after.columns.includes(column));
}
