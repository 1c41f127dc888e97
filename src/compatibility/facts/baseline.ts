// Compares the baseline with the live database: relations of a release's `contract:` that exist, and the operations
// that use them.
import type { Relation } from '../../model/relation.ts';
import type { RelationBaseline } from '../../model/contract.ts';
import {
  findRelation,
  isReachable,
  isTable,
  parseName,
  type CheckContext,
  type CheckedOperation,
} from '../check/check-context.ts';
import { reachRelations } from '../measure/measure-operation.ts';
import { relationsOf } from '../check/sql-failures.ts';

export interface BaselineRelation {
  /** As the contract writes it. */
  readonly written: string;
  readonly baseline: RelationBaseline;
  readonly relation: Relation;
}

/** Empty without a baseline. REL001 reports missing relations. */
export function baselineRelations({ release, catalogue }: CheckContext): BaselineRelation[] {
  return [...(release.contract?.relations ?? [])].flatMap(([written, baseline]) => {
    const relation = findRelation(catalogue, parseName(written));
    return relation === undefined || !isReachable(catalogue, relation)
      ? []
      : [{ written, baseline, relation }];
  });
}

/** What the baseline's table is now: the table itself, or the tables behind a view that took its name. */
export function standIns(
  { catalogue }: CheckContext,
  { baseline, relation }: Omit<BaselineRelation, 'written'>,
): Relation[] {
  const wasTable = baseline.kind === 'table' || baseline.kind === 'partitioned';
  if (!wasTable || relation.kind !== 'v') return [relation];
  return reachRelations(catalogue, [relation]).filter(isTable);
}

const reaches = new WeakMap<CheckContext, ReadonlyMap<number, readonly CheckedOperation[]>>();

/** Operations that name the relation, or a view over it. */
export function findUsers(context: CheckContext, relation: Relation): readonly CheckedOperation[] {
  let known = reaches.get(context);
  if (known === undefined) reaches.set(context, (known = groupByReach(context)));
  return known.get(relation.oid) ?? [];
}

function groupByReach(context: CheckContext): Map<number, CheckedOperation[]> {
  const groups = new Map<number, CheckedOperation[]>();
  for (const checked of context.operations) {
    for (const { oid } of reachRelations(context.catalogue, relationsOf(context, checked))) {
      const group = groups.get(oid);
      if (group === undefined) groups.set(oid, [checked]);
      else group.push(checked);
    }
  }
  return groups;
}

export function namesOf(operations: readonly CheckedOperation[]): string[] {
  return operations.map(({ name }) => name);
}
