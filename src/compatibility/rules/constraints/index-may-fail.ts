// KEY005, a warning: a new index computes something from each written row, and may fail for some values. Plain indexes
// are not reported, although a btree refuses values of more than about 2,700 bytes.
import { baselineRelations, standIns } from '../../facts/baseline.ts';
import { nameOf, type Draft, type Rule } from '../../check/check-context.ts';
import { digestText } from '../../facts/definitions.ts';
import { mayFailOfRow } from '../../facts/may-fail.ts';
import type { Relation } from '../../../model/relation.ts';
import { writersOf, writesOn } from '../../facts/writes/writes.ts';

export const findIndexMayFail: Rule = (context) =>
  baselineRelations(context).flatMap(({ baseline, relation }) =>
    standIns(context, { baseline, relation }).flatMap((table) => {
      const operations = writersOf(writesOn(context, table).filter(({ kind }) => kind !== 'delete'));
      if (operations.length === 0) return [];
      return table.indexExpressions.flatMap(({ name, text }): Draft[] => {
        const isKnown = baseline.indexes?.includes(digestText(text)) ?? true;
        if (isKnown || !mayFailOfRow(withoutDomainCasts(text, table))) return [];
        return [
          {
            code: 'KEY005',
            object: `${nameOf(table)}.${name}`,
            expected: 'indexes that compute the same as at the cut',
            actual: `an index on ${text}`,
            operations,
            hint: 'A row is refused when its expression fails. Check the values that the release writes, or accept the finding.',
          },
        ];
      });
    }),
  );

/** Without casts from a domain to its base type, which PostgreSQL writes out and which cannot fail. */
function withoutDomainCasts(text: string, { columns }: Relation): string {
  return columns.reduce(
    (rest, { name, type }) =>
      type.domain === undefined ? rest : rest.replaceAll(`(${name})::${type.domain.base}`, name),
    text,
  );
}
