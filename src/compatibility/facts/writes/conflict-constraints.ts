// Constraints that an ON CONFLICT ON CONSTRAINT names and that are gone or of an unusable kind, with their columns at
// the cut as far as known.
import type { Constraint, Relation } from '../../../model/relation.ts';
import type { UniqueBaseline } from '../../../model/contract.ts';
import { findRelation, isReachable, parseName, type CheckContext } from '../../check/check-context.ts';
import { baselineOf } from '../column-users.ts';
import { isSameKey } from '../is-same-key.ts';

export interface LostConstraint {
  readonly relation: Relation;
  readonly name: string;
  readonly operation: string;
  /** The object that has its name now, such as a CHECK. */
  readonly instead: Constraint | undefined;
  /** The key that it was; `undefined` when unknown. */
  readonly key: UniqueBaseline | undefined;
}

export function findLostConstraints(context: CheckContext): LostConstraint[] {
  const { catalogue, operations } = context;
  return operations.flatMap(({ analysis, name: operation }) =>
    (analysis?.conflicts ?? []).flatMap((conflict): LostConstraint[] => {
      if (conflict.kind !== 'constraint') return [];
      const { constraint: name } = conflict;
      const relation = findRelation(catalogue, conflict.relation);
      if (relation === undefined || relation.kind === 'v' || !isReachable(catalogue, relation)) return [];
      const found = relation.constraints.find((one) => one.name === name);
      if (found !== undefined && ['u', 'p', 'x'].includes(found.type)) return [];
      const key = findKey(context, relation, { operation, name });
      return [{ relation, name, operation, instead: found, key }];
    }),
  );
}

/** The constraint as measured at the cut; else the one key of the cut that is gone. */
function findKey(
  context: CheckContext,
  relation: Relation,
  { operation, name }: Pick<LostConstraint, 'operation' | 'name'>,
): UniqueBaseline | undefined {
  const { catalogue, release } = context;
  const uniques = (baselineOf(context, relation)?.uniques ?? []).filter(({ where }) => where === undefined);
  const measured = release.contract?.operations
    .get(operation)
    ?.conflicts.find(
      ({ table, constraint, columns }) =>
        constraint === name &&
        columns !== undefined &&
        findRelation(catalogue, parseName(table))?.oid === relation.oid,
    )?.columns;
  if (measured !== undefined) return uniques.find(({ columns }) => isSameKey(columns, measured));
  const gone = uniques.filter(
    ({ columns }) => !relation.uniques.some((index) => isSameKey(index.columns, columns)),
  );
  return gone.length === 1 ? gone[0] : undefined;
}
