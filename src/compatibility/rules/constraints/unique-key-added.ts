// KEY004, a warning: a unique index or exclusion constraint is new since the cut, over columns that the release writes.
import type { UniqueBaseline } from '../../../model/contract.ts';
import { baselineRelations } from '../../facts/baseline.ts';
import { nameOf, type Draft, type Rule } from '../../check/check-context.ts';
import { digestText } from '../../facts/definitions.ts';
import { measureUniques } from '../../measure/measure-relation.ts';
import { findRenamedColumns } from '../../facts/renames.ts';
import { writersOf, writesAny, writesOn } from '../../facts/writes/writes.ts';

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
      const where = relation.uniques.find((index) => {
        return index.where !== undefined && digestText(index.where) === unique.where;
      })?.where;
      return [
        {
          code: 'KEY004',
          object: `${nameOf(relation)}(${unique.columns.join(',')})`,
          ...sayDifference(baseline.uniques, asBefore, { list: unique.columns.join(', '), where }),
          operations: writersOf(hit),
          sqlstate: unique.exclusion === undefined ? '23505' : '23P01',
          hint: 'Whether writes fail depends on the values. Cut a release that knows the key, or accept the finding.',
        },
      ];
    });
  });

/** The second accepts everything that the first accepts. */
function implies(before: UniqueBaseline, after: UniqueBaseline): boolean {
  if (after.exclusion !== undefined) return before.exclusion === after.exclusion;
  if (before.exclusion !== undefined || (after.nullsNotDistinct && !before.nullsNotDistinct)) return false;
  if (before.where !== undefined && before.where !== after.where) return false;
  return before.columns.every((column) => after.columns.includes(column));
}

/** The key over the same columns at the cut, if any, and how the new one differs. */
function sayDifference(
  uniques: readonly UniqueBaseline[],
  after: UniqueBaseline,
  { list, where }: { readonly list: string; readonly where: string | undefined },
): Pick<Draft, 'expected' | 'actual'> {
  const isExclusion = after.exclusion !== undefined;
  const before = uniques.find(
    ({ columns, exclusion }) =>
      (exclusion !== undefined) === isExclusion &&
      columns.length === after.columns.length &&
      columns.every((column) => after.columns.includes(column)),
  );
  const kind = isExclusion ? 'exclusion constraint' : 'unique index';
  if (before === undefined)
    return {
      expected: `no ${isExclusion ? kind : 'unique constraint'} over (${list}), as at the cut`,
      actual: `${isExclusion ? 'an' : 'a'} ${kind} over (${list}) was added`,
    };
  const same = `the ${kind} over (${list}) as at the cut`;
  if (isExclusion) return { expected: same, actual: 'its operators or its condition have changed' };
  const rows = where === undefined ? 'it covers all rows' : `it covers the rows WHERE ${where}`;
  const isForOthers = before.where !== undefined && before.where !== after.where;
  const isStricter = after.nullsNotDistinct && !before.nullsNotDistinct;
  return {
    expected: `${same}${isForOthers ? ', for the rows of its WHERE' : ''}${isStricter ? ', with NULLS DISTINCT' : ''}`,
    actual: [...(isForOthers ? [rows] : []), ...(isStricter ? ['it is NULLS NOT DISTINCT'] : [])].join(', '),
  };
}
