// CHK002, a warning: the domain of a column that the release writes has a check that is new since the cut.
import { baselineRelations } from '../../facts/baseline.ts';
import type { Draft, Rule } from '../../check/check-context.ts';
import { digestCondition } from '../../facts/definitions.ts';
import { writersOf, writesAny, writesOn } from '../../facts/writes/writes.ts';

export const findDomainCheckAdded: Rule = (context) =>
  baselineRelations(context).flatMap(({ baseline, relation }) =>
    relation.columns.flatMap(({ name, type }): Draft[] => {
      const before = baseline.columns.find((column) => column.name === name);
      const added = (type.domain?.checks ?? []).filter(
        (check) => before !== undefined && !before.checks.includes(digestCondition(check)),
      );
      const hit = writesOn(context, relation).filter((write) => writesAny(write, [name]));
      if (added.length === 0 || hit.length === 0) return [];
      return [
        {
          code: 'CHK002',
          object: `${type.schema}.${type.name}`,
          expected: 'the domain with the checks of the cut',
          actual: added.join(', '),
          operations: writersOf(hit),
          sqlstate: '23514',
          hint: 'Whether writes fail depends on the values. Cut a release that knows the check, or accept the finding.',
        },
      ];
    }),
  );
