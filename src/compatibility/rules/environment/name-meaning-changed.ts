// OPS007: an unqualified name, or a NATURAL JOIN, means other columns than at the cut. PostgreSQL accepts the
// statement.
import type { Relation } from '../../../model/relation.ts';
import type { ColumnUse, RelationName } from '../../../sql/statement.ts';
import {
  findColumn,
  findRelation,
  nameOf,
  type CheckContext,
  type Draft,
  type Rule,
} from '../../check/check-context.ts';
import { baselineOf, hadColumn } from '../../facts/column-users.ts';

export const findNameMeaningChanged: Rule = (context) => {
  if (context.release.contract === undefined) return [];
  return context.operations.flatMap(({ analysis, failure, name }): Draft[] => {
    if (failure !== undefined) return [];
    return (analysis?.columns ?? []).flatMap((use) => {
      const changes = use.naturalWith === undefined ? compareName(context, use) : compareJoin(context, use);
      return changes.map((change) => toDraft(name, change));
    });
  });
};

interface NameChange {
  readonly column: string;
  readonly expected: string;
  readonly actual: string;
}

/** The innermost query that has the column decides. */
function compareName(context: CheckContext, { column, levels }: ColumnUse): NameChange[] {
  if (column === undefined || levels.flat().length < 2) return [];
  const relations = resolve(context, levels.flat());
  if (relations === undefined) return [];
  const before = relations.find((relation) => hadColumn(context, relation, column));
  const now = relations.find((relation) => findColumn(relation, column) !== undefined);
  if (before === undefined || now === undefined || before.oid === now.oid) return [];
  return [
    {
      column,
      expected: `${column} means the column of ${nameOf(before)}, as at the cut`,
      actual: `it means the column of ${nameOf(now)}`,
    },
  ];
}

function compareJoin(context: CheckContext, { levels, naturalWith }: ColumnUse): NameChange[] {
  const own = resolve(context, levels.flat());
  const other = resolve(context, naturalWith?.relations ?? []);
  if (own === undefined || other === undefined) return [];
  const isOfOther = (column: string): boolean => naturalWith?.columns.includes(column) === true;
  const before = (relation: Relation): string[] =>
    (baselineOf(context, relation)?.columns ?? []).map(({ name }) => name);
  const now = ({ columns }: Relation): string[] => columns.map(({ name }) => name);
  const common = (columnsOf: (relation: Relation) => readonly string[]): string[] => {
    const others = new Set(other.flatMap(columnsOf));
    return own.flatMap(columnsOf).filter((column) => others.has(column) || isOfOther(column));
  };
  const [old, live] = [common(before), common(now)];
  const changed = [...old, ...live].filter((column) => old.includes(column) !== live.includes(column));
  return changed.map((column) => ({
    column,
    expected: `NATURAL JOIN by ${old.join(', ') || 'no column'}, as at the cut`,
    actual: `it joins by ${live.join(', ') || 'no column'}`,
  }));
}

/** `undefined` when the former columns of one of them are unknown. */
function resolve(context: CheckContext, names: readonly RelationName[]): Relation[] | undefined {
  const relations = names.flatMap((name) => findRelation(context.catalogue, name) ?? []);
  const isKnown = relations.every((relation) => baselineOf(context, relation) !== undefined);
  return isKnown && relations.length === names.length ? relations : undefined;
}

function toDraft(operation: string, { column, expected, actual }: NameChange): Draft {
  return {
    code: 'OPS007',
    object: `${operation}.${column}`,
    expected,
    actual,
    operations: [operation],
    hint: 'Qualify the name, or write JOIN … USING, in a new release; or give the new column another name.',
    yieldsTo: (other) => other.code === 'COL001' && other.operations.includes(operation),
  };
}
