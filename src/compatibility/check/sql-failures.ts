// Reads PostgreSQL's refusals: which object each is about. Messages may be in any language, so they are only searched
// for known names. SQLSTATE, position and PostgreSQL's routine tell what a refusal is about.
import type { SqlError } from '../../database/database.ts';
import type { Relation } from '../../model/relation.ts';
import {
  findColumn,
  findRelation,
  isReachable,
  type CheckContext,
  type CheckedOperation,
} from './check-context.ts';
import { hadColumn, namesColumn } from '../facts/column-users.ts';

/** Identifiers at the position of the refusal: `a.b.c` → [a, b, c]. */
export function identifiersAt(checked: CheckedOperation): string[] {
  const position = checked.failure?.position;
  if (position === undefined) return [];
  const rest = [...checked.statement.text].slice(position - 1).join('');
  const match =
    /^(?:"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_$]*)(?:\s*\.\s*(?:"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_$]*))*/u.exec(
      rest,
    );
  return [...(match?.[0] ?? '').matchAll(/"((?:[^"]|"")*)"|[\p{L}_][\p{L}\p{N}_$]*/gu)].map((part) =>
    part[1] === undefined ? part[0].toLowerCase() : part[1].replaceAll('""', '"'),
  );
}

/** The first quoted name of a message, with the quotes of any language. */
export function readQuoted(message: string): string | undefined {
  return /["«»„“](.+?)["«»”“]/.exec(message)?.[1]?.trim();
}

/** The last quoted name, up to the end of the message. */
export function readLast(message: string): string | undefined {
  return /["«»„“]([^"«»„“”]*)["«»”“][^"«»„“”]*$/s.exec(message)?.[1];
}

/** All names in a message: in quotes, with a dot, or with a list of arguments. The same in every language. */
export function readNames(message: string): string {
  const names = message.matchAll(/["«»„“](.+?)["«»”“]|[\w$]+(?:\.[\w$]+)+|[\w$.]+\([^)]*\)/gs);
  return [...names].map(([all, quoted]) => quoted?.trim() ?? all).join('\0');
}

/** PostgreSQL's refusal has the name as a word, in any language. */
export function mentions(failure: Pick<SqlError, 'message'> | undefined, name: string): boolean {
  const escaped = name.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  return failure !== undefined && new RegExp(`(?<![\\w$])${escaped}(?![\\w$])`, 'u').test(failure.message);
}

export interface MissingColumn {
  readonly relation: Relation;
  readonly column: string;
}

/** For a 42703: the column and the relation that should have it; `undefined` when that is unclear. */
export function readMissingColumn(
  context: CheckContext,
  checked: CheckedOperation,
): MissingColumn | undefined {
  if (checked.failure?.sqlstate !== '42703') return undefined;
  // JOIN … USING: PostgreSQL gives no useful position.
  const { message, routine } = checked.failure;
  const common = routine === 'transformFromClauseItem' ? readQuoted(message) : undefined;
  const path = common === undefined ? identifiersAt(checked) : [common];
  const column = path.at(-1);
  if (column === undefined) return undefined;
  const qualifier = path.at(-2);
  const relations = relationsOf(context, checked);
  const lacking = relations.filter((relation) => findColumn(relation, column) === undefined);
  const had = lacking.filter((relation) => hadColumn(context, relation, column) === true);
  const meant = lacking.filter((relation) => namesColumn(context, checked, { relation, column }));
  const qualified = lacking.filter(
    (relation) => qualifier !== undefined && isCalled(checked, relation, qualifier),
  );
  // For the columns that an INSERT or UPDATE writes, PostgreSQL names the relation.
  const isTarget = routine === 'checkInsertTargets' || routine === 'transformUpdateTargetList';
  const target = isTarget ? lacking.filter((relation) => mentions(checked.failure, relation.name)) : [];
  const [relation] = [target, qualified, had, meant, lacking].find((list) => list.length === 1) ?? [];
  return relation === undefined ? undefined : { relation, column };
}

export function relationsOf(context: CheckContext, checked: CheckedOperation): Relation[] {
  const found = new Map<number, Relation>();
  for (const name of checked.analysis?.relations ?? []) {
    const relation = findRelation(context.catalogue, name);
    if (relation !== undefined && isReachable(context.catalogue, relation)) found.set(relation.oid, relation);
  }
  return [...found.values()];
}

/** The statement gives the relation this name in its FROM. */
function isCalled(checked: CheckedOperation, relation: Relation, qualifier: string): boolean {
  if (relation.name === qualifier) return true;
  const escape = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  const pattern = `(?<![\\w])"?${escape(relation.name)}"?\\s+(?:as\\s+)?"?${escape(qualifier)}"?(?![\\w])`;
  return new RegExp(pattern, 'iu').test(checked.statement.text);
}
