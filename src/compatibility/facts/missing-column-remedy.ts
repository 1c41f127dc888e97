// How to restore a missing column: a rename when its new name is clear, else the column as it was.
import type { Column, Relation } from '../../model/relation.ts';
import {
  findColumn,
  isTable,
  quote,
  quoteRelation,
  type CheckContext,
  type Draft,
} from '../check/check-context.ts';
import { baselineOf } from './column-users.ts';
import { spellType, toRelativeType } from './relative-names.ts';

/** `type`: as the contract writes it. */
export function suggestColumn(
  context: CheckContext,
  relation: Relation,
  { name, type }: { readonly name: string; readonly type: string | undefined },
): Pick<Draft, 'hint' | 'migration'> {
  const hint = 'Run the migration that adds the column, or restore it.';
  if (!isTable(relation)) return { hint };
  const table = quoteRelation(relation);
  const renamed = findNewName(context, relation, name);
  if (renamed !== undefined)
    return {
      hint: `It was probably renamed to ${renamed}: rename it back, or replace the table with a view that has both names.`,
      migration: `alter table ${table} rename column ${quote(renamed)} to ${quote(name)};`,
    };
  const before = baselineOf(context, relation)?.columns.find((column) => column.name === name);
  if (before?.generated === true)
    return { hint: `${hint} It was generated: a plain column of this name would stay empty.` };
  if (before !== undefined && before.identity !== 'none')
    return { hint: `${hint} It was an identity: a plain column of this name would stay empty.` };
  const spelled = type ?? (before === undefined ? undefined : spellType(before));
  // A type that is gone too, or whose spelling in the contract is unknown here.
  const isKnown =
    type === undefined ? before?.type.includes('.') === false : context.types.get(type) !== undefined;
  if (spelled === undefined || !isKnown) return { hint };
  const add = `alter table ${table} add column ${quote(name)} ${spelled};`;
  return { hint, migration: [add, ...grantsOf(context, relation, name)].join('\n') };
}

/**
 * The one new column of the same type at the same place, between its former neighbours: a rename keeps a column's
 * place, and added columns come last.
 */
function findNewName(context: CheckContext, relation: Relation, name: string): string | undefined {
  const baseline = baselineOf(context, relation);
  const place = baseline?.columns.findIndex((column) => column.name === name) ?? -1;
  const before = baseline?.columns[place];
  if (baseline === undefined || before === undefined) return undefined;
  const places = new Map(baseline.columns.map((column, i) => [column.name, i]));
  const kept = relation.columns.flatMap(({ name: own, number }) => {
    const was = places.get(own);
    return was === undefined ? [] : [{ was, number }];
  });
  const low = Math.max(0, ...kept.filter(({ was }) => was < place).map(({ number }) => number));
  const high = Math.min(...kept.filter(({ was }) => was > place).map(({ number }) => number));
  const numbers = new Set(relation.columns.map(({ number }) => number));
  // At the end: not behind a dropped column, which leaves a gap.
  const isUnbroken = (number: number): boolean =>
    high !== Infinity ||
    Array.from({ length: number - low }, (_one, i) => low + 1 + i).every((one) => numbers.has(one));
  const isLike = (column: Column): boolean =>
    toRelativeType(context.catalogue, column.type) === before.type && column.generated === before.generated;
  const candidates = relation.columns.filter(
    (column) =>
      !places.has(column.name) &&
      column.number > low &&
      column.number < high &&
      isUnbroken(column.number) &&
      isLike(column),
  );
  const rivals = baseline.columns.filter(
    (column) => column.type === before.type && findColumn(relation, column.name) === undefined,
  );
  const inPlace = relation.columns[place];
  if (candidates.length === 1 && rivals.length === 1) return candidates[0]?.name;
  return candidates.find((column) => column === inPlace)?.name;
}

/** When the role only has privileges on columns, a new column needs its own grant. */
function grantsOf({ catalogue }: CheckContext, relation: Relation, name: string): string[] {
  const privileges = (['select', 'insert', 'update'] as const).filter(
    (one) => !relation.privileges[one] && relation.columns.some((column) => column.privileges[one]),
  );
  if (privileges.length === 0) return [];
  const list = privileges.map((one) => `${one} (${quote(name)})`).join(', ');
  return [`grant ${list} on ${quoteRelation(relation)} to ${quote(catalogue.role)};`];
}
