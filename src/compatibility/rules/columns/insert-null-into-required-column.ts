// INS002: a value that the caller may omit or send as null is written to a column that accepted nulls at the cut. It no
// longer does, or a view's trigger handled them.
import type { Column, Relation } from '../../../model/relation.ts';
import { baselineRelations } from '../../facts/baseline.ts';
import { nameOf, type CheckContext, type Draft, type Rule } from '../../check/check-context.ts';
import { baselineOf } from '../../facts/column-users.ts';
import { dropNotNull } from '../../facts/writes/drop-not-null.ts';
import { findNullCause, startEffort, type NullCause } from '../../nulls/null-cause.ts';
import { writesOn, type Write } from '../../facts/writes/writes.ts';

export const findInsertNullIntoRequiredColumn: Rule = (context) => {
  const effort = startEffort();
  return baselineRelations(context).flatMap(({ baseline, relation }) =>
    writesOn(context, relation).flatMap((write) => {
      const { checked, columns = [] } = write;
      const shield = findLostTrigger(context, write);
      return columns.flatMap(({ column, value }): Draft[] => {
        const before = baseline.columns.find(({ name }) => name === column.name);
        if (before === undefined || !column.notNull || (!before.nullable && shield === undefined)) return [];
        const cause =
          value === undefined ? undefined : findNullCause(context.catalogue, checked, value, effort);
        if (cause === undefined) return [];
        return [
          {
            code: 'INS002',
            ...(cause.isSure ? {} : { severity: 'warn' }),
            object: `${nameOf(relation)}.${column.name}`,
            expected: sayExpected(cause),
            actual: before.nullable
              ? 'NOT NULL; it was nullable at the cut'
              : `NOT NULL; at the cut ${shield} handled the value`,
            operations: [checked.name],
            explains: [checked.name],
            sqlstate: '23502',
            ...suggest(before.nullable, relation, column),
          },
        ];
      });
    }),
  );
};

/** The view's trigger or rule that handled the write at the cut: now the write reaches the table. */
function findLostTrigger(context: CheckContext, { kind, through }: Write): string | undefined {
  for (const view of through) {
    const lost = baselineOf(context, view)?.triggers.find(({ instead }) => instead.includes(kind));
    if (lost !== undefined) return `${nameOf(view)}.${lost.name}`;
  }
  return undefined;
}

function suggest(
  wasNullable: boolean,
  relation: Relation,
  column: Column,
): Pick<Draft, 'hint' | 'migration'> {
  // The trigger handled NULL in the same way for every release.
  if (!wasNullable) return { hint: 'Restore the trigger, or require the input in the release.' };
  const hint = 'Drop the NOT NULL as long as a release may write NULL, or require the input in the release.';
  const migration = dropNotNull(relation, column);
  return migration === undefined ? { hint } : { hint, migration };
}

function sayExpected({ inputs, sent, isSure }: NullCause): string {
  if (sent !== undefined)
    return `a column that accepts NULL: the input ${sent.input} may be '${sent.value}'${isSure ? '' : ', which writes NULL with some other values'}`;
  if (inputs.length === 0)
    return isSure
      ? 'a column that accepts the NULL'
      : 'a column that accepts NULL, which some values or rows cause';
  const subject = inputs.length === 1 ? `the input ${inputs.join()}` : `the inputs ${inputs.join(', ')}`;
  return `a column that accepts NULL: ${subject} may be left out${isSure ? '' : ', which writes NULL with some other values'}`;
}
