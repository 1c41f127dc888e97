// KEY003: ON CONFLICT ON CONSTRAINT names a missing constraint. An index of that name does not count, nor does a
// constraint that is not a key.
import {
  findColumn,
  isTable,
  nameOf,
  quote,
  quoteRelation,
  type CheckContext,
  type Draft,
  type Rule,
} from '../../check/check-context.ts';
import { findLostConstraints, type LostConstraint } from '../../facts/writes/conflict-constraints.ts';
import { isSameKey } from '../../facts/is-same-key.ts';

export const findConflictConstraintMissing: Rule = (context: CheckContext) =>
  findLostConstraints(context).map((lost): Draft => {
    const { relation, name, operation, instead } = lost;
    const migration = defineAgain(lost);
    return {
      code: 'KEY003',
      object: `${nameOf(relation)}.${name}`,
      expected: 'a unique, primary key or exclusion constraint of this name',
      actual:
        instead === undefined
          ? 'missing'
          : `a constraint of another kind: ${instead.definition || 'a foreign key'}`,
      operations: [operation],
      explains: [operation],
      sqlstate: instead === undefined ? '42704' : '42809',
      hint: 'Add the constraint again under this name; it can take over an index: ADD CONSTRAINT … UNIQUE USING INDEX.',
      ...(migration === undefined ? {} : { migration }),
    };
  });

/** `undefined` for an exclusion constraint, because its text is unknown. An object that has taken the name is renamed. */
function defineAgain({ relation, name, instead, key }: LostConstraint): string | undefined {
  if (!isTable(relation)) return undefined;
  if (key === undefined || key.exclusion !== undefined) return undefined;
  if (key.columns.some((column) => findColumn(relation, column) === undefined)) return undefined;
  const table = quoteRelation(relation);
  // An existing index of that name becomes the constraint's; it must have the same key.
  const index = relation.uniques.find((one) => one.name === name);
  if (index !== undefined) {
    const isIt = isSameKey(index.columns, key.columns) && !index.partial;
    if (!isIt || !index.valid || relation.kind !== 'r') return undefined;
    return `alter table ${table} add constraint ${quote(name)} unique using index ${quote(name)};`;
  }
  const kind = key.nullsNotDistinct ? 'unique nulls not distinct' : 'unique';
  const add = `alter table ${table} add constraint ${quote(name)} ${kind} (${key.columns.map(quote).join(', ')});`;
  if (instead === undefined) return add;
  return `alter table ${table} rename constraint ${quote(name)} to ${quote(`${name.slice(0, 50)}_other`)};\n${add}`;
}
