// Derives what a release needs from the database from what its operations use, and compares it with what its author
// declared. Pure.
import type { ColumnContract, SchemaContract, TableContract } from '../../model/release.ts';
import { parseName } from '../check/check-context.ts';
import { isSameKey } from '../facts/is-same-key.ts';
import { compare, sorted } from '../facts/sorted.ts';
import type { Use, UsedName } from './read-uses.ts';

/** Tables and enums by name, columns in the order of the table. */
export function deriveSchema(uses: readonly Use[]): SchemaContract {
  const tables = new Map<
    string,
    { columns: Map<string, ColumnContract & { number: number }>; unique: string[][] }
  >();
  const enums = new Map<string, readonly string[]>();
  for (const use of uses) {
    if (use.kind === 'function') continue;
    if (use.kind === 'enum') {
      enums.set(spellName(use.type), use.labels);
      continue;
    }
    const name = spellName(use.relation);
    const table = tables.get(name) ?? { columns: new Map(), unique: [] };
    tables.set(name, table);
    if (use.kind === 'column') {
      const { type, nullable, number } = use;
      table.columns.set(use.column, { type, nullable, number });
    } else if (use.kind === 'unique') addKey(table.unique, use.columns);
  }
  return {
    tables: sorted([...tables].map(([name, table]) => [name, finish(table)])),
    enums: sorted(enums),
  };
}

function finish(table: {
  readonly columns: ReadonlyMap<string, ColumnContract & { readonly number: number }>;
  readonly unique: readonly (readonly string[])[];
}): TableContract {
  const columns = [...table.columns].toSorted(([, a], [, b]) => a.number - b.number);
  const numberOf = (name: string | undefined): number => table.columns.get(name ?? '')?.number ?? 0;
  return {
    columns: new Map(columns.map(([name, { type, nullable }]) => [name, { type, nullable }])),
    unique: table.unique.toSorted((a, b) => numberOf(a[0]) - numberOf(b[0]) || compare(a.join(), b.join())),
  };
}

function addKey(keys: string[][], columns: readonly string[]): void {
  if (!keys.some((key) => isSameKey(key, columns))) keys.push([...columns]);
}

export interface SchemaComparison {
  /** Used and not declared: tables and columns, each with its operations. */
  readonly missing: readonly { readonly object: string; readonly operations: readonly string[] }[];
  /** Worth a warning: declared and not used, or an enum or key that is not declared. */
  readonly warnings: readonly string[];
}

export function compareSchema(
  declared: SchemaContract,
  uses: readonly Use[],
  guessed: readonly string[],
): SchemaComparison {
  const missing = new Map<string, Set<string>>();
  const seen = new Set<string>();
  const undeclared = new Map<string, Set<string>>();
  const note = (into: Map<string, Set<string>>, object: string, operation: string): void => {
    into.set(object, (into.get(object) ?? new Set()).add(operation));
  };
  for (const use of uses) {
    if (use.kind === 'function') continue;
    // A guess includes too much: it must not fail an author's declaration.
    const into = guessed.includes(use.operation) ? undeclared : missing;
    if (use.kind === 'enum') {
      const name = find(declared.enums, use.type);
      if (name === undefined) note(undeclared, `enum ${spellName(use.type)}`, use.operation);
      else seen.add(`enum ${name}`);
      continue;
    }
    const name = find(declared.tables, use.relation);
    const table = name === undefined ? undefined : declared.tables.get(name);
    const spelled = spellName(use.relation);
    if (name === undefined || table === undefined) {
      note(into, use.kind === 'column' ? `${spelled}.${use.column}` : spelled, use.operation);
      continue;
    }
    seen.add(`table ${name}`);
    if (use.kind === 'column') {
      seen.add(`column ${name}.${use.column}`);
      if (!table.columns.has(use.column)) note(into, `${spelled}.${use.column}`, use.operation);
    } else if (use.kind === 'unique') {
      const key = table.unique.find((columns) => isSameKey(columns, use.columns));
      if (key === undefined)
        note(undeclared, `unique key (${use.columns.join(', ')}) of ${spelled}`, use.operation);
      else seen.add(`unique key (${key.join(', ')}) of ${name}`);
    }
  }
  for (const object of missing.keys()) {
    // The columns of an undeclared table are more useful than the table.
    if ([...missing.keys()].some((other) => other.startsWith(`${object}.`))) missing.delete(object);
  }
  const list = (found: ReadonlyMap<string, ReadonlySet<string>>) =>
    [...sorted(found)].map(([object, operations]) => ({ object, operations: [...operations].sort() }));
  return {
    missing: list(missing),
    warnings: [
      ...list(undeclared).map(
        ({ object, operations }) =>
          `${object} is used by ${operations.join(', ')} and not declared in schema:`,
      ),
      ...listDeclared(declared)
        .filter((object) => !seen.has(object))
        .map((object) => `${object} is declared in schema: and used by no operation`),
    ],
  };
}

function listDeclared({ tables, enums }: SchemaContract): string[] {
  return [
    ...[...tables].flatMap(([name, { columns, unique }]) => [
      `table ${name}`,
      ...[...columns.keys()].map((column) => `column ${name}.${column}`),
      ...unique.map((key) => `unique key (${key.join(', ')}) of ${name}`),
    ]),
    ...[...enums.keys()].map((name) => `enum ${name}`),
  ];
}

/** The key under which the declaration has the object. */
function find(declared: ReadonlyMap<string, unknown>, used: UsedName): string | undefined {
  return [...declared.keys()].find((written) => {
    const { schema, name } = parseName(written);
    return name === used.name && (schema === undefined ? used.visible : schema === used.schema);
  });
}

/** As `schema:` writes names: quoted only when a dot or a quote would be misread. */
function spellName({ schema, name, visible }: UsedName): string {
  const spell = (part: string): string =>
    /[."]|^\s|\s$/.test(part) ? `"${part.replaceAll('"', '""')}"` : part;
  return visible ? spell(name) : `${spell(schema)}.${spell(name)}`;
}
