// Reads from the catalogue the dependencies of the temporary procedures and the objects that the statements name, as
// one list of uses.
import type { OwnerSession } from '../../database/session/owner-session.ts';
import { quoteIdentifier } from '../../kernel/quote-identifier.ts';
import type { QualifiedName } from '../../model/qualified-name.ts';
import type { Statement } from '../../sql/statement.ts';
import { recordOf } from '../../sql/parse-tree.ts';
import { narrowColumns, type NamedUse } from './named-uses.ts';
import { usesSql } from './uses-query.ts';

/** One object that one operation uses. */
export type Use = { readonly operation: string } & Used;

export type Used =
  | { readonly kind: 'relation'; readonly relation: UsedName }
  | UsedColumn
  | { readonly kind: 'unique'; readonly relation: UsedName; readonly columns: readonly string[] }
  | { readonly kind: 'enum'; readonly type: UsedName; readonly labels: readonly string[] }
  | {
      readonly kind: 'function';
      readonly function: UsedName;
      readonly argumentTypes: readonly QualifiedName[];
    };

export interface UsedColumn {
  readonly kind: 'column';
  readonly relation: UsedName;
  readonly column: string;
  /** attnum: the column's position in the table. */
  readonly number: number;
  /** As format_type spells it. */
  readonly type: string;
  readonly nullable: boolean;
}

export interface UsedName {
  readonly schema: string;
  readonly name: string;
  /** The unqualified name finds it. */
  readonly visible: boolean;
}

export interface UsesRequest {
  readonly operations: readonly { readonly name: string; readonly statement: Statement }[];
  /** Prefix of the temporary procedures' names; the operation's index follows. */
  readonly prefix: string;
  readonly named: readonly NamedUse[];
  /** Enum types of parameters and results. */
  readonly enums: readonly { readonly operation: number; readonly oid: number }[];
}

/** Inside the transaction that created the procedures. Throws SqlFailure. */
export async function readUses(
  session: OwnerSession,
  { operations, prefix, named, enums }: UsesRequest,
): Promise<readonly Use[]> {
  const [row] = await session.query(usesSql, [
    prefix,
    named.map(({ operation }) => operation),
    named.map(({ relation }) => quoteRelation(relation)),
    named.map(({ kind }) => kind),
    named.map(({ column }) => column ?? ''),
    named.map(({ key }) => JSON.stringify(key)),
    enums.map(({ operation }) => operation),
    enums.map(({ oid }) => oid),
  ]);
  const found: unknown = JSON.parse(row?.['uses'] ?? '[]');
  if (!Array.isArray(found)) throw new Error('the catalogue answered no list of uses');
  return found.map(decodeUse).flatMap(({ operation: index, isNamed, used }): Use[] => {
    const operation = operations[index];
    if (operation === undefined) return [];
    if (used.kind === 'column' && !isNamed) {
      const narrowed = narrowColumns(operation.statement, used.relation);
      if (narrowed?.has(used.column) === false) return [];
    }
    return [{ operation: operation.name, ...used }];
  });
}

function quoteRelation({
  schema,
  name,
}: {
  readonly schema: string | undefined;
  readonly name: string;
}): string {
  return schema === undefined ? quoteIdentifier(name) : `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}

function decodeUse(row: unknown): {
  readonly operation: number;
  readonly isNamed: boolean;
  readonly used: Used;
} {
  const cells: readonly unknown[] = Array.isArray(row) ? row : [];
  const [operation, kind, schema, name, visible, isNamed, column, number, type, nullable, list] = cells;
  if (typeof operation !== 'number' || typeof schema !== 'string' || typeof name !== 'string')
    throw new Error(`the catalogue answered ${JSON.stringify(row)} as a use`);
  const named: UsedName = { schema, name, visible: visible === true };
  const texts = Array.isArray(list) ? list.map(String) : [];
  const used = (): Used => {
    if (kind === 'relation') return { kind, relation: named };
    if (kind === 'unique') return { kind, relation: named, columns: texts };
    if (kind === 'enum') return { kind, type: named, labels: texts };
    if (kind === 'function') return { kind, function: named, argumentTypes: decodeTypes(list) };
    const facts = { column: String(column), number: Number(number), type: String(type) };
    return { kind: 'column', relation: named, ...facts, nullable: nullable === true };
  };
  return { operation, isNamed: isNamed === true, used: used() };
}

function decodeTypes(list: unknown): QualifiedName[] {
  return (Array.isArray(list) ? list : []).map((type: unknown) => {
    const { schema, name } = recordOf(type);
    if (typeof schema !== 'string' || typeof name !== 'string')
      throw new Error(`the catalogue answered ${JSON.stringify(type)} as a type`);
    return { schema, name };
  });
}
