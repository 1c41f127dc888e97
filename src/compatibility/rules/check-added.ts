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
      const isNew = (name: string): boolean => !baseline.columns.some((column) => column.name === name);
      const isValidated = !definition.endsWith(' NOT VALID');
      // The release gives no value to a column that came after it. PostgreSQL saw the rows that were there meet the
      // check with the column's default; those that the release adds get the same.
      if (isValidated && columns.length > 0 && columns.every(isNew)) return [];
      // An UPDATE of any column fails on a row that nobody has held against the check.
      const hit = writesOn(context, relation).filter((write) =>
        isValidated && columns.length > 0 ? writesAny(write, columns) : write.kind !== 'delete',
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
