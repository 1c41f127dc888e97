// COL006, a warning: a generated column that the release uses is computed differently than at the cut, or no longer.
import { baselineRelations } from '../../facts/baseline.ts';
import { findColumn, nameOf, type Draft, type Rule } from '../../check/check-context.ts';
import { operationsUsing } from '../../facts/column-users.ts';
import { digestText } from '../../facts/definitions.ts';
import { writersOf, writesOn } from '../../facts/writes/writes.ts';

export const findColumnExpressionChanged: Rule = (context) =>
  baselineRelations(context).flatMap(({ baseline, relation }) =>
    baseline.columns.flatMap((before): Draft[] => {
      const column = findColumn(relation, before.name);
      if (!before.generated || column === undefined) return [];
      const isChanged =
        before.expression !== undefined && before.expression !== digestText(column.expression);
      if (column.generated && !isChanged) return [];
      const readers = operationsUsing(context, relation, column.name);
      // Nothing fills it now.
      const writers = column.generated ? [] : writersOf(writesOn(context, relation));
      const hit = [...new Set([...readers, ...writers])];
      if (hit.length === 0) return [];
      return [
        {
          code: 'COL006',
          object: `${nameOf(relation)}.${column.name}`,
          expected: 'computed as at the cut',
          actual: column.generated ? `computed as ${column.expression}` : 'no longer computed',
          operations: hit,
          hint: 'Compare the two; cut a release against the new one, or accept the finding.',
        },
      ];
    }),
  );
