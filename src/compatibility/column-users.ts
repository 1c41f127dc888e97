// Which operations use a column. A baseline that `cut` measured knows it from pg_depend; else the words of the SQL tell it,
// with the names that qualify them.
import type { Relation } from '../model/catalogue.ts';
import {
  findRelation,
  operationsOn,
  parseName,
  type CheckContext,
  type CheckedOperation,
} from './check-context.ts';
import { isCalled } from './sql-failures.ts';

/** Names of the operations that name the relation and the column, or every column. */
export function operationsUsing(context: CheckContext, relation: Relation, column: string): string[] {
  const written = writtenNames(context, relation);
  return operationsOn(context, relation)
    .filter((checked) => {
      const columns = context.release.contract?.operations.get(checked.name)?.columns;
      if (columns !== undefined && columns.size > 0)
        return written.some((name) => columns.get(name)?.includes(column) === true);
      return usesByWords(context, checked, { relation, column });
    })
    .map(({ name }) => name);
}

/** The keys under which the baseline has the relation. */
function writtenNames({ release, catalogue }: CheckContext, relation: Relation): string[] {
  return [...(release.contract?.relations.keys() ?? [])].filter(
    (written) => findRelation(catalogue, parseName(written))?.oid === relation.oid,
  );
}

function usesByWords(
  { catalogue }: CheckContext,
  checked: CheckedOperation,
  { relation, column }: { readonly relation: Relation; readonly column: string },
): boolean {
  const { analysis, words, statement } = checked;
  if (analysis?.selectsStar === true) return true;
  const isTarget = (name: Parameters<typeof findRelation>[1]): boolean =>
    findRelation(catalogue, name)?.oid === relation.oid;
  if (analysis?.inserts.some((insert) => insert.columns === undefined && isTarget(insert.relation)) === true)
    return true;
  if (!words.has(column)) return false;
  const qualifiers = readQualifiers(statement.text, column);
  return qualifiers.some(
    (qualifier) =>
      qualifier === undefined ||
      qualifier === 'excluded' ||
      qualifier === relation.name ||
      isCalled(checked, relation, qualifier),
  );
}

const identifier = '"(?:[^"]|"")*"|[\\p{L}_][\\p{L}\\p{N}_$]*';

/** What stands before the dot at each place where the column is named; undefined: nothing. */
function readQualifiers(sql: string, column: string): (string | undefined)[] {
  const pattern = new RegExp(
    `--[^\\n]*|/\\*[\\s\\S]*?\\*/|'(?:[^']|'')*'|(?:(${identifier})\\s*\\.\\s*)?(${identifier})(?!\\s*\\.)`,
    'gu',
  );
  return [...sql.matchAll(pattern)].flatMap(([, qualifier, name]) =>
    name !== undefined && fold(name) === column
      ? [qualifier === undefined ? undefined : fold(qualifier)]
      : [],
  );
}

function fold(written: string): string {
  return written.startsWith('"') ? written.slice(1, -1).replaceAll('""', '"') : written.toLowerCase();
}
