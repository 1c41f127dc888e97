// Finds a unique index with expressions or a condition that an ON CONFLICT needs, that existed at the cut and is gone.
// PostgreSQL reports only the first error of a statement: the baseline shows the others.
import type { Relation } from '../../model/relation.ts';
import type { UniqueBaseline } from '../../model/contract.ts';
import { findColumn, type CheckContext } from '../check/check-context.ts';
import { baselineOf } from './column-users.ts';
import type { ConflictText } from './writes/conflict-text.ts';
import { measureUniques } from '../measure/measure-relation.ts';

export function isKeyLost(
  context: CheckContext,
  relation: Relation,
  text: ConflictText | undefined,
): boolean {
  if (text === undefined) return false;
  const baseline = baselineOf(context, relation);
  // The index follows a rename of its column, and is dropped with it: COL001 reports that.
  const words = new Set(`${text.keys} ${text.where ?? ''}`.match(/[\p{L}_][\p{L}\p{N}_$]*/gu));
  const isGone = (column: string): boolean => findColumn(relation, column) === undefined;
  if (baseline?.columns.some(({ name }) => words.has(name) && isGone(name)) === true) return false;
  // A condition is only known by its digest: any partial index of the cut with these keys may match.
  const isMeant = (one: UniqueBaseline): boolean =>
    one.exclusion === undefined &&
    normalise(one.columns.join()) === normalise(text.keys) &&
    (one.where === undefined || text.where !== undefined);
  const before = baseline?.uniques.filter(isMeant) ?? [];
  const now = measureUniques(relation).filter((one) => isMeant(one) && !one.deferrable);
  return (
    before.length > 0 &&
    !now.some((one) => one.where === undefined || before.some(({ where }) => where === one.where))
  );
}

/** PostgreSQL prints brackets and casts that the author did not write. */
function normalise(keys: string): string {
  return keys.toLowerCase().replaceAll(/::[a-z ]+|[\s()"]/g, '');
}
