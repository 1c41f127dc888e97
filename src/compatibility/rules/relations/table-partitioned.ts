// REL006, a warning: a table has become partitioned since the cut: a row that fits no partition is refused.
import { baselineRelations, standIns } from '../../facts/baseline.ts';
import { nameOf, type Draft, type Rule } from '../../check/check-context.ts';
import { writersOf, writesOn } from '../../facts/writes/writes.ts';

export const findTablePartitioned: Rule = (context) =>
  baselineRelations(context).flatMap(({ baseline, relation }) => {
    if (baseline.kind !== 'table') return [];
    return standIns(context, { baseline, relation }).flatMap((table): Draft[] => {
      if (table.kind !== 'p' || table.partitions?.takesAll === true) return [];
      const operations = writersOf(writesOn(context, table).filter(({ kind }) => kind !== 'delete'));
      if (operations.length === 0) return [];
      return [
        {
          code: 'REL006',
          object: nameOf(table),
          expected: 'a table that accepts every row, as at the cut',
          actual: `partitioned into ${table.partitions?.count ?? 'many'} partitions, without a default partition`,
          operations,
          sqlstate: '23514',
          hint: 'A row that fits no partition is refused. Create a default partition, or accept the finding.',
        },
      ];
    });
  });
