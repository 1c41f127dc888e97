// INS004, a warning: an INSERT leaves out a column whose default is new since the cut and may fail or give NULL when it is
// computed: what it comes to depends on settings or values, which no plan tells.
import { nameOf, type Draft, type Rule } from '../../check/check-context.ts';
import { baselineOf } from '../../facts/column-users.ts';
import { findWrites } from '../../facts/writes.ts';

const doubtful =
  /\b(?:current_setting|nullif|to_number|to_date|to_timestamp|sqrt|ln|log|power|chr|split_part|inet_(?:client|server)_addr)\s*\(|->|\)\[|\bcase\b| [/%] |\|\|.*\)::|\bNULL::/i;

export const findDefaultMayFail: Rule = (context) =>
  findWrites(context).flatMap(({ checked, kind, relation, columns }): Draft[] => {
    const baseline = baselineOf(context, relation);
    if (kind !== 'insert' || columns === undefined || baseline === undefined) return [];
    return relation.columns.flatMap((column): Draft[] => {
      const before = baseline.columns.find(({ name }) => name === column.name);
      const given = columns.find((one) => one.column.name === column.name);
      const isLeft = given === undefined || given.value?.kind === 'default';
      if (!isLeft || column.generated || before?.default === true || !doubtful.test(column.expression))
        return [];
      return [
        {
          code: 'INS004',
          object: `${nameOf(relation)}.${column.name}`,
          expected: 'a default that can be computed: the INSERT leaves the column out',
          actual: `default ${column.expression}`,
          operations: [checked.name],
          hint: 'Whether it fails, or gives NULL, depends on settings and values. Try an INSERT, or accept the finding.',
        },
      ];
    });
  });
