// CHK001, a warning: a CHECK constraint that was not there at the cut, over what the release writes.
import { baselineRelations } from '../baseline.ts';
import { nameOf, type Draft, type Rule } from '../check-context.ts';
import { digestCondition, isEnforced } from '../definitions.ts';
import { writersOf, writesAny, writesOn } from '../writes.ts';

export const findCheckAdded: Rule = (context) =>
  baselineRelations(context).flatMap(({ baseline, relation }) =>
    relation.constraints.flatMap(({ name, type, definition, columns }): Draft[] => {
      if (type !== 'c' || !isEnforced(definition) || baseline.checks.includes(digestCondition(definition)))
        return [];
      const hit = writesOn(context, relation).filter((write) =>
        columns.length === 0 ? write.kind !== 'delete' : writesAny(write, columns),
      );
      if (hit.length === 0) return [];
      return [
        {
          code: 'CHK001',
          object: `${nameOf(relation)}.${name}`,
          expected: 'the checks that were there at the cut',
          actual: definition,
          operations: writersOf(hit),
          sqlstate: '23514',
          hint: 'Whether writes fail depends on the values. Cut a release that knows the check, or accept the finding.',
        },
      ];
    }),
  );
