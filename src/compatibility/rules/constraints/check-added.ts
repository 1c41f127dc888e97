// CHK001, a warning: a CHECK constraint is new since the cut, and covers what the release writes. Also on a partition.
import type { RelationBaseline } from '../../../model/contract.ts';
import type { Constraint, Relation } from '../../../model/relation.ts';
import { baselineRelations, type BaselineRelation } from '../../facts/baseline.ts';
import { nameOf, type CheckContext, type Draft, type Rule } from '../../check/check-context.ts';
import { digestCondition, isEnforced } from '../../facts/definitions.ts';
import { comparePartitions, isImplied, sayOnPartitions, tellTogether } from '../../facts/partitions.ts';
import { writersOf, writesAny, writesOn } from '../../facts/writes/writes.ts';

export const findCheckAdded: Rule = (context) =>
  baselineRelations(context).flatMap((pair) => [
    ...findOnTable(context, pair),
    ...findOnPartitions(context, pair),
  ]);

function findOnTable(context: CheckContext, { baseline, relation }: BaselineRelation): Draft[] {
  return relation.constraints.flatMap((check) => {
    if (check.type !== 'c' || !isAdded(check, baseline.checks)) return [];
    const operations = findHit(context, { baseline, relation, check });
    const object = `${nameOf(relation)}.${check.name}`;
    return operations.length === 0 ? [] : [toDraft(object, check.definition, operations)];
  });
}

/** The same check on many partitions is one finding, of the first. */
function findOnPartitions(context: CheckContext, { baseline, relation }: BaselineRelation): readonly Draft[] {
  const found = new Map<string, { readonly object: string; readonly check: Constraint; others: number }>();
  for (const partition of comparePartitions(context.catalogue, baseline, relation)) {
    for (const check of partition.checks) {
      if (!isAdded(check, [...baseline.checks, ...partition.before.checks])) continue;
      if (isImplied(check.definition, partition.bounds)) continue;
      const digest = digestCondition(check.definition);
      const first = found.get(digest);
      if (first === undefined)
        found.set(digest, { object: `${partition.object}.${check.name}`, check, others: 0 });
      else first.others += 1;
    }
  }
  const drafts = [...found.values()].flatMap(({ object, check, others }) => {
    const operations = findHit(context, { baseline, relation, check });
    const actual = sayOnPartitions(check.definition, others);
    return operations.length === 0 ? [] : [toDraft(object, actual, operations)];
  });
  return tellTogether(drafts, `new checks on partitions of ${nameOf(relation)}`);
}

function isAdded({ definition }: Constraint, before: readonly string[]): boolean {
  return isEnforced(definition) && !before.includes(digestCondition(definition));
}

function findHit(
  context: CheckContext,
  {
    baseline,
    relation,
    check: { definition, columns },
  }: {
    readonly baseline: RelationBaseline;
    readonly relation: Relation;
    readonly check: Constraint;
  },
): string[] {
  const isNew = (name: string): boolean => !baseline.columns.some((column) => column.name === name);
  const isValidated = !definition.endsWith(' NOT VALID');
  // The release writes no value to a newer column. Existing rows passed the check with the column's default, and new
  // rows get the same default.
  if (isValidated && columns.length > 0 && columns.every(isNew)) return [];
  // An UPDATE of any column fails on an existing row that was never checked.
  return writersOf(
    writesOn(context, relation).filter((write) =>
      isValidated && columns.length > 0 ? writesAny(write, columns) : write.kind !== 'delete',
    ),
  );
}

function toDraft(object: string, actual: string, operations: readonly string[]): Draft {
  return {
    code: 'CHK001',
    object,
    expected: 'the checks of the cut',
    actual,
    operations,
    sqlstate: '23514',
    hint: 'Whether writes fail depends on the values. Cut a release that knows the check, or accept the finding.',
  };
}
