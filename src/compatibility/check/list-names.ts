// What releases name in their contracts and their SQL: the objects to read from the catalogue.
import type { CatalogueRequest } from '../../database/catalogue/catalogue.ts';
import type { AskedName } from '../../model/qualified-name.ts';
import type { Release } from '../../model/release.ts';
import type { Statement } from '../../sql/statement.ts';
import { parseName } from './check-context.ts';
import { nameInSignature } from '../facts/signature.ts';

/** A release with its prepared statements, by operation. */
export interface PreparedRelease {
  readonly release: Release;
  readonly statements: ReadonlyMap<string, Statement>;
}

/** In one pass: a rollback matrix lists the names of thousands of statements each time it is asked. */
export function listNames(all: readonly PreparedRelease[]): CatalogueRequest {
  const relations: Names = new Map();
  const enums: Names = new Map();
  const functions: Names = new Map();
  const bodies: Names = new Map();
  const named = new Set<string>();
  for (const prepared of all) {
    const { schema, contract } = prepared.release;
    for (const name of schema.tables.keys()) add(relations, parseName(name));
    for (const name of schema.enums.keys()) add(enums, parseName(name));
    for (const name of contract?.relations.keys() ?? []) add(relations, parseName(name));
    for (const name of contract?.enums.keys() ?? []) add(enums, parseName(name));
    for (const { analysis } of prepared.statements.values()) {
      if (analysis === undefined) continue;
      for (const relation of analysis.relations) add(relations, relation);
      for (const sequence of analysis.sequences) add(relations, sequence);
      for (const called of analysis.functions) add(functions, called);
      for (const one of analysis.schemas) named.add(one);
    }
    for (const name of listAttributes(prepared)) add(functions, { schema: undefined, name });
    // Functions behind operators, casts and aggregates appear in no statement.
    for (const name of contract?.functions.keys() ?? []) add(functions, parseName(name));
    for (const body of contract?.bodies ?? []) add(bodies, nameInSignature(body));
  }
  return {
    relations: [...relations.values()],
    enums: [...enums.values()],
    functions: [...functions.values()],
    schemas: [...named].sort(),
    bodies: [...bodies.values()],
  };
}

/** By name, with the schema if it has one. */
type Names = Map<string, AskedName>;

function add(names: Names, { schema, name }: AskedName): void {
  const key = schema === undefined ? name : `${schema}\0${name}`;
  if (!names.has(key)) names.set(key, { schema, name });
}

/** `row.name` and `(value).name` may call a function when the release declares no such column. */
function listAttributes({ release, statements }: PreparedRelease): readonly string[] {
  let declared: ReadonlySet<string> | undefined;
  const called: string[] = [];
  for (const { analysis } of statements.values()) {
    for (const { name, relation } of analysis?.attributes ?? []) {
      declared ??= new Set([...release.schema.tables.values()].flatMap(({ columns }) => [...columns.keys()]));
      if (relation === undefined || !declared.has(name)) called.push(name);
    }
  }
  return called;
}
