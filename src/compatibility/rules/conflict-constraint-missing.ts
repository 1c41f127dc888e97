// KEY003: ON CONFLICT ON CONSTRAINT names a constraint that is not there. An index of that name does not count.
import { findRelation, isReachable, nameOf, type Draft, type Rule } from '../check-context.ts';

export const findConflictConstraintMissing: Rule = ({ catalogue, operations }) =>
  operations.flatMap(({ analysis, name }) =>
    (analysis?.conflicts ?? []).flatMap((conflict): Draft[] => {
      if (conflict.kind !== 'constraint') return [];
      const relation = findRelation(catalogue, conflict.relation);
      if (relation === undefined || relation.kind === 'v' || !isReachable(catalogue, relation)) return [];
      if (relation.constraints.some((constraint) => constraint.name === conflict.constraint)) return [];
      return [
        {
          code: 'KEY003',
          object: `${nameOf(relation)}.${conflict.constraint}`,
          expected: 'a unique, primary key or exclusion constraint of this name',
          actual: 'there is none',
          operations: [name],
          explains: [name],
          sqlstate: '42704',
          hint: 'Add the constraint again under this name; it can take over an index: ADD CONSTRAINT … UNIQUE USING INDEX.',
        },
      ];
    }),
  );
