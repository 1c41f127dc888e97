// Compares what a function gives with what it gave at the cut, as one operation meets it: a type, rows of a table's type, or
// columns named by OUT arguments and RETURNS TABLE.
import type { Relation } from '../../model/relation.ts';
import type { FunctionBaseline, TypedName } from '../../model/contract.ts';
import { findRelation, parseName, type CheckContext, type CheckedOperation } from '../check/check-context.ts';
import { measureField } from '../measure/measure-operation.ts';
import { toRelativeName, toRelativeType } from './relative-names.ts';

/**
 * `more`: one row became a set of such rows; how many there are depends on the data. `perhaps`: the operation may meet a
 * difference that its own result does not show.
 */
export type ResultComparison = 'same' | 'more' | 'perhaps' | 'other';

export interface ComparedFunction {
  readonly before: FunctionBaseline;
  readonly after: FunctionBaseline;
}

export function compareResult(
  context: CheckContext,
  caller: CheckedOperation,
  { before, after }: ComparedFunction,
): ResultComparison {
  const [old, now] = [columnsOf(before), columnsOf(after)];
  // Of a table's rows their names say enough, unless the table has another name.
  const isKnown = before.result === after.result && !isRecord(before.result);
  if (isKnown && !before.result.startsWith('TABLE(')) return 'same';
  if (old !== undefined && now !== undefined) {
    const difference = meetDifference(context, caller, { old, now });
    if (difference === 'other' || isSet(before.result) === isSet(after.result)) return difference;
    return isSet(after.result) ? 'more' : 'other';
  }
  if (isSameResult(context, before.result, after.result)) return 'same';
  return isSameResult(context, `SETOF ${before.result}`, after.result) ? 'more' : 'other';
}

/** With the columns that the result's text does not name. */
export function showResult(one: FunctionBaseline): string {
  const list = one.outputs.map(({ name, type }) => `${name} ${type.replace(/^\./, '')}`).join(', ');
  return isRecord(one.result) && list !== '' ? `${one.result} (${list})` : one.result;
}

/** The columns by name, or a single one whose name nobody needs; `undefined` when it is not known, or none. */
function columnsOf({ outputs, result }: FunctionBaseline): readonly TypedName[] | undefined {
  if (outputs.length > 0) return outputs;
  const list = /^TABLE\((.*)\)$/s.exec(result)?.[1];
  const columns = [
    ...(list ?? '').matchAll(/("(?:[^"]|"")*"|[^\s"]+) ((?:"(?:[^"]|"")*"|[^,"])+)(?:, |$)/g),
  ].map(([, name = '', type = '']) => ({ name: unquote(name), type, typmod: undefined }));
  return columns.length > 1 ? columns : undefined;
}

/**
 * Columns more at the end disturb nobody but who takes the row as one value. Who takes `*`, or names the columns by their
 * places, needs the old ones where they were. Nobody else can use one that is gone, or PostgreSQL would refuse the statement;
 * one of another type is used where the statement's words have its name, which may be another table's column.
 */
function meetDifference(
  context: CheckContext,
  caller: CheckedOperation,
  { old, now }: { readonly old: readonly TypedName[]; readonly now: readonly TypedName[] },
): Exclude<ResultComparison, 'more'> {
  const { name, analysis, statement, words } = caller;
  const isExtended = old.every((column, i) => isSame(column, now[i]));
  const results = context.release.contract?.operations.get(name)?.results ?? [];
  if (results.some(({ type }) => type === 'record'))
    return isExtended && old.length === now.length ? 'same' : 'other';
  if (isExtended) return 'same';
  if (analysis?.selectsStar !== false || namesByPlace(statement.text)) return 'other';
  const isRetyped = (column: TypedName): boolean => {
    const found = now.find((one) => one.name === column.name);
    return found !== undefined && !isSame(column, found);
  };
  if (!old.some((column) => words.has(column.name) && isRetyped(column))) return 'same';
  return givesOtherTypes(context, caller) ? 'other' : 'perhaps';
}

function givesOtherTypes(
  { catalogue, release }: CheckContext,
  { name, description }: CheckedOperation,
): boolean {
  const before = release.contract?.operations.get(name)?.results;
  if (before === undefined || description?.ok !== true) return false;
  const now = description.fields.map((field) => measureField(catalogue, field));
  return before.some(({ type }, i) => now[i]?.type !== type);
}

/** `f(1) as t (a, b)`, as far as a glance tells: too often rather than too seldom. */
function namesByPlace(text: string): boolean {
  return /\)\s*(?:as\s+)?(?:"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_$]*)\s*\(/iu.test(text);
}

/** A type of the environment's own schema has a dot in front, or not, in the text of a result. */
function isSame(a: TypedName, b: TypedName | undefined): boolean {
  return b !== undefined && a.name === b.name && a.type.replace(/^\./, '') === b.type.replace(/^\./, '');
}

function isRecord(result: string): boolean {
  return result === 'record' || result === 'SETOF record';
}

function isSet(result: string): boolean {
  return /^(?:SETOF |TABLE\()/.test(result);
}

function unquote(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}

/** Rows of one column need no name for it: OPS004 knows the result's. */
function isSameResult(context: CheckContext, before: string, after: string): boolean {
  if (before === after) return true;
  const [old, now] = [before, after].map((text) => /^TABLE\((.*)\)$/s.exec(text)?.[1]);
  if (old !== undefined && now !== undefined && now.startsWith(`${old}, `)) return true;
  const [oldItem, nowItem] = [readItem(before), readItem(after)];
  if (oldItem === undefined || nowItem === undefined) return false;
  return oldItem === nowItem || isBehind(context, oldItem, nowItem);
}

/** `SETOF integer` and `TABLE(i integer)` → integer. */
function readItem(result: string): string | undefined {
  const column = /^TABLE\((?:"(?:[^"]|"")*"|[^" ]+) ([^,]+|numeric\(\d+,\d+\))\)$/s.exec(result)?.[1];
  return column ?? /^SETOF (.+)$/s.exec(result)?.[1];
}

/** The table was renamed, and a view with its columns in their order took its name. */
function isBehind({ catalogue, release }: CheckContext, before: string, after: string): boolean {
  const find = (name: string): Relation | undefined => findRelation(catalogue, parseName(name));
  const view = find(before);
  if (view?.kind !== 'v') return false;
  const asked = parseName(after);
  const table = catalogue.relations.find(
    (one) =>
      view.behind.includes(one.oid) && one.name === asked.name && (asked.schema ?? one.schema) === one.schema,
  );
  const columns =
    release.contract?.relations.get(toRelativeName(catalogue, view))?.columns ??
    view.columns.map(({ name, type }) => ({ name, type: toRelativeType(catalogue, type) }));
  return (
    table !== undefined &&
    columns.every(({ name, type }, i) => {
      const now = table.columns[i];
      return now?.name === name && toRelativeType(catalogue, now.type) === type;
    })
  );
}
