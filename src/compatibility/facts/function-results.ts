// Compares what a function returns with what it returned at the cut, as one operation sees it: a type, rows of a
// table's type, or columns named by OUT arguments and RETURNS TABLE.
import type { Relation } from '../../model/relation.ts';
import type { FunctionBaseline, TypedName } from '../../model/contract.ts';
import { findRelation, parseName, type CheckContext, type CheckedOperation } from '../check/check-context.ts';
import { measureField } from '../measure/measure-operation.ts';
import { toRelativeName, toRelativeType } from './relative-names.ts';

/**
 * `more`: one row became a set of such rows; their number depends on the data. `perhaps`: the operation may meet a
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
  // For rows of a table, the table's name is enough, unless the table was renamed.
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

/** The columns by name, or a single one whose name is not needed; `undefined` when none exist or they are unknown. */
function columnsOf({ outputs, result }: FunctionBaseline): readonly TypedName[] | undefined {
  if (outputs.length > 0) return outputs;
  const list = /^TABLE\((.*)\)$/s.exec(result)?.[1];
  const columns = [
    ...(list ?? '').matchAll(/("(?:[^"]|"")*"|[^\s"]+) ((?:"(?:[^"]|"")*"|[^,"])+)(?:, |$)/g),
  ].map(([, name = '', type = '']) => ({ name: unquote(name), type, typmod: undefined }));
  return columns.length > 1 ? columns : undefined;
}

/**
 * Extra columns at the end only matter to a statement that takes the row as one value. A statement with `*`, or with
 * column aliases by position, needs the old columns at their positions. No other statement can use a missing column, or
 * PostgreSQL would refuse it. A column of another type counts as used when the statement contains its name, which may
 * belong to another table.
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

/** `f(1) as t (a, b)`, as far as a quick search shows: rather too often than too seldom. */
function namesByPlace(text: string): boolean {
  return /\)\s*(?:as\s+)?(?:"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_$]*)\s*\(/iu.test(text);
}

/** In the text of a result, a type of the environment's own schema may or may not start with a dot. */
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

/** Rows of one column need no name for it: OPS004 checks the result's. */
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

/** The table was renamed, and a view with the same columns in the same order took its name. */
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
