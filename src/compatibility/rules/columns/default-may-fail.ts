// INS004, a warning: an INSERT leaves out a column whose default is new since the cut and may fail or give NULL. The
// result depends on settings or values, which no plan shows.
import { nameOf, type Draft, type Rule } from '../../check/check-context.ts';
import { mayFail } from '../../facts/may-fail.ts';
import { findNewDefaults } from '../../facts/writes/new-defaults.ts';
import { findWrites } from '../../facts/writes/writes.ts';

export const findDefaultMayFail: Rule = (context) =>
  findWrites(context).flatMap((write) =>
    findNewDefaults(context, write).flatMap(({ relation, column }): Draft[] => {
      if (!mayFail(column.expression)) return [];
      return [
        {
          code: 'INS004',
          object: `${nameOf(relation)}.${column.name}`,
          expected: 'a default that can be computed: the INSERT leaves the column out',
          actual: `default ${column.expression}`,
          operations: [write.checked.name],
          hint: 'Whether it fails, or gives NULL, depends on settings and values. Try an INSERT, or accept the finding.',
        },
      ];
    }),
  );
