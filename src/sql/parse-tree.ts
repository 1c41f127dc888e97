// Reads members of libpg-query's JSON parse tree without trusting its shape: a missing member is empty.
import type { RelationName } from './statement.ts';

export type TreeRecord = Readonly<Record<string, unknown>>;

export function recordOf(node: unknown): TreeRecord {
  return isRecord(node) ? node : {};
}

export function memberOf(node: unknown, key: string): unknown {
  return recordOf(node)[key];
}

export function listOf(node: unknown): readonly unknown[] {
  return Array.isArray(node) ? node : [];
}

export function textOf(node: unknown): string {
  return typeof node === 'string' ? node : '';
}

/** The texts of a list of String nodes. */
export function namesOf(list: unknown): string[] {
  return listOf(list).map((item) => textOf(memberOf(memberOf(item, 'String'), 'sval')));
}

export function relationOf(rangeVar: unknown): RelationName {
  const { schemaname, relname } = recordOf(rangeVar);
  return { schema: typeof schemaname === 'string' ? schemaname : undefined, name: textOf(relname) };
}

export function children(body: TreeRecord, except: readonly string[]): [string, unknown][] {
  return Object.entries(body).filter(([key]) => !except.includes(key));
}

function isRecord(node: unknown): node is TreeRecord {
  return typeof node === 'object' && node !== null && !Array.isArray(node);
}
