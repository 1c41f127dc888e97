// What changes between two releases, for people who decide about one: needs of the database, permissions, config and
// operations. Pure.
import { isDeepStrictEqual } from 'node:util';
import type { Operation, Release, TableContract } from './release.ts';

export interface ReleaseDiff {
  readonly from: string;
  readonly to: string;
  readonly schema: readonly DiffEntry[];
  readonly permissions: readonly DiffEntry[];
  readonly config: readonly DiffEntry[];
  readonly operations: readonly DiffEntry[];
}

export const diffParts = ['schema', 'permissions', 'config', 'operations'] as const;

export interface DiffEntry {
  /** `table.column`, `role`, `checkout.maxItems`, `operation`. */
  readonly name: string;
  readonly change: 'added' | 'removed' | 'changed';
  /** `null` when it did not exist. */
  readonly before: string | null;
  readonly after: string | null;
}

export function diffReleases(from: Release, to: Release): ReleaseDiff {
  return {
    from: from.release,
    to: to.release,
    schema: compare(describeSchema(from), describeSchema(to)),
    permissions: comparePermissions(from.permissions, to.permissions),
    config: compare(flatten(from.config), flatten(to.config)),
    operations: compareOperations(from.operations, to.operations),
  };
}

export function isEmptyDiff(diff: ReleaseDiff): boolean {
  return diffParts.every((part) => diff[part].length === 0);
}

type Described = ReadonlyMap<string, string>;

function compare(before: Described, after: Described): readonly DiffEntry[] {
  return namesOf(before, after).flatMap((name) => {
    const [a, b] = [before.get(name), after.get(name)];
    return a === b ? [] : [entry(name, a, b)];
  });
}

function entry(name: string, before: string | undefined, after: string | undefined): DiffEntry {
  const change = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed';
  return { name, change, before: before ?? null, after: after ?? null };
}

function namesOf(a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): readonly string[] {
  return [...new Set([...a.keys(), ...b.keys()])].sort();
}

function describeSchema({ schema }: Release): Described {
  const found = new Map<string, string>();
  for (const [table, contract] of schema.tables) describeTable(table, contract, found);
  for (const [name, labels] of schema.enums) found.set(`enum ${name}`, labels.join(', '));
  return found;
}

function describeTable(table: string, { columns, unique }: TableContract, found: Map<string, string>): void {
  if (columns.size === 0) found.set(table, 'needed');
  for (const [column, { type, nullable }] of columns)
    found.set(`${table}.${column}`, `${type ?? 'any type'}${nullable ? '' : ', not null'}`);
  for (const list of unique) found.set(`${table} (${list.join(', ')})`, 'unique');
}

/** One entry for each role, with the permissions that it gains (+) and loses (-). */
function comparePermissions(
  before: Release['permissions'],
  after: Release['permissions'],
): readonly DiffEntry[] {
  const join = (list: readonly string[] | undefined): string | undefined =>
    list === undefined ? undefined : [...list].sort().join(', ');
  return namesOf(before, after).flatMap((role) => {
    const [a, b] = [join(before.get(role)), join(after.get(role))];
    return a === b ? [] : [entry(role, a, b)];
  });
}

function compareOperations(
  before: Release['operations'],
  after: Release['operations'],
): readonly DiffEntry[] {
  return namesOf(before, after).flatMap((name) => {
    const [a, b] = [before.get(name), after.get(name)];
    if (a !== undefined && b !== undefined) {
      const parts = changedParts(a, b);
      return parts.length === 0
        ? []
        : [
            {
              name,
              change: 'changed' as const,
              before: parts.map(([, was]) => was).join('; '),
              after: parts.map(([, , is]) => is).join('; '),
            },
          ];
    }
    return [entry(name, a && describeOperation(a), b && describeOperation(b))];
  });
}

function describeOperation(operation: Operation): string {
  return operation.kind === 'constant' ? 'constant' : `${operation.mode}, returns ${operation.returns}`;
}

/** Each part of an operation that differs: its name, its old and its new value. */
function changedParts(a: Operation, b: Operation): readonly (readonly [string, string, string])[] {
  const parts: readonly (keyof Operation | 'sql' | 'mode' | 'returns' | 'value')[] = [
    'kind',
    'mode',
    'returns',
    'input',
    'sql',
    'value',
  ];
  return parts.flatMap((part) => {
    const [was, is]: unknown[] = [Reflect.get(a, part), Reflect.get(b, part)];
    return isDeepStrictEqual(was, is)
      ? []
      : [[part, `${part}: ${asText(was)}`, `${part}: ${asText(is)}`] as const];
  });
}

function asText(value: unknown): string {
  if (value === undefined) return 'none';
  return typeof value === 'string' ? value.trim().replaceAll(/\s+/g, ' ') : JSON.stringify(value);
}

/** `checkout.maxItems` → its JSON; lists and empty objects are values. */
function flatten(value: Release['config'], prefix = ''): Described {
  const found = new Map<string, string>();
  for (const [key, member] of Object.entries(value)) {
    const name = prefix === '' ? key : `${prefix}.${key}`;
    const isNested = typeof member === 'object' && member !== null && !Array.isArray(member);
    if (isNested && Object.keys(member).length > 0)
      for (const [inner, text] of flatten(member, name)) found.set(inner, text);
    else found.set(name, JSON.stringify(member));
  }
  return found;
}
