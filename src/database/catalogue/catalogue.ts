// Reads the catalogue for what one release names, in one query, and turns the answer into the model's value.
import { rowCallKinds, writeCallKinds } from '../../model/relation.ts';
import type { Catalogue } from '../../model/catalogue.ts';
import type { RefusedFunction } from '../../model/function-state.ts';
import type { AskedName, QualifiedName } from '../../model/qualified-name.ts';
import type {
  Column,
  Constraint,
  ForeignKey,
  PartitionTree,
  Policy,
  Relation,
  Trigger,
} from '../../model/relation.ts';
import type { FunctionBody } from '../../model/function-body.ts';
import {
  bool,
  decodeWith,
  int,
  list,
  nullable,
  oneOf,
  record,
  text,
  type Decoder,
} from './catalogue-decoder.ts';
import { catalogueSql, catalogueWithBodiesSql } from './catalogue-query.ts';
import type { Inspection } from '../database.ts';
import { refusedFunctionSql } from './write-call-query.ts';

export interface CatalogueRequest {
  readonly relations: readonly AskedName[];
  readonly enums: readonly AskedName[];
  readonly functions: readonly AskedName[];
  /** Functions in SQL and PL/pgSQL whose bodies are read. */
  readonly bodies: readonly AskedName[];
  /** Further schemas of types, operators or collations in statements, for the fingerprint. */
  readonly schemas?: readonly string[];
  /** Also reads what PostgreSQL calls for rows, even when no body is read. */
  readonly withRowCalls?: boolean;
}

/** As the session's role and search_path see it. Throws SqlFailure when PostgreSQL refuses. */
export async function readCatalogue(session: Inspection, request: CatalogueRequest): Promise<Catalogue> {
  const { relations, enums, functions, bodies, withRowCalls = false } = request;
  const hasBodies = bodies.length > 0 || withRowCalls;
  const values = (hasBodies ? [relations, enums, functions, bodies] : [relations, enums, functions]).flatMap(
    (names) => [names.map(({ schema }) => schema ?? ''), names.map(({ name }) => name)],
  );
  const [row] = await session.query(hasBodies ? catalogueWithBodiesSql : catalogueSql, values);
  return decodeWith(decodeCatalogue, JSON.parse(row?.['catalogue'] ?? 'null'));
}

/** Functions of these names, in any schema, that the session's role may not execute. */
export async function readRefusedFunctions(
  session: Inspection,
  names: readonly string[],
): Promise<RefusedFunction[]> {
  const rows = await session.query(refusedFunctionSql, [names]);
  return rows.map((row) => ({
    schema: row['schema'] ?? '',
    name: row['name'] ?? '',
    arguments: row['arguments'] ?? '',
  }));
}

const decodeName: Decoder<QualifiedName> = record({ schema: text, name: text });

const decodeForeignKey: Decoder<ForeignKey> = record({
  name: text,
  table: decodeName,
  columns: list(text),
  references: decodeName,
  referenced: list(text),
  onDelete: text,
  onUpdate: text,
  runner: record({ role: text, usage: bool, select: bool, update: bool, delete: bool }),
});

const decodePolicy: Decoder<Policy> = record({
  name: text,
  command: text,
  permissive: bool,
  forPublic: bool,
  roles: list(text),
  applies: bool,
  using: nullable(text),
  check: nullable(text),
});

const decodeColumn: Decoder<Column> = record({
  number: int,
  name: text,
  type: record({
    oid: int,
    schema: text,
    name: text,
    typmod: int,
    text,
    domain: nullable(record({ base: text, notNull: bool, checks: list(text) })),
  }),
  collation: nullable(decodeName),
  notNull: bool,
  hasDefault: bool,
  identity: oneOf(['none', 'always', 'by-default']),
  generated: bool,
  expression: text,
  privileges: record({ select: bool, insert: bool, update: bool }),
  sequence: nullable(record({ name: text, usable: bool })),
  origin: nullable(record({ relation: int, column: int })),
});

const decodeConstraint: Decoder<Constraint> = record({
  name: text,
  type: text,
  definition: text,
  deferrable: bool,
  columns: list(text),
});

const decodeTrigger: Decoder<Trigger> = record({
  name: text,
  definition: text,
  code: nullable(text),
  language: text,
  enabled: bool,
  events: int,
  isConditional: bool,
  function: nullable(decodeName),
  columns: list(text),
  shapesInserts: bool,
});

const decodePartitions: Decoder<PartitionTree> = record({
  count: int,
  takesAll: bool,
  notable: list(
    record({
      name: decodeName,
      bounds: text,
      checks: list(decodeConstraint),
      triggers: list(decodeTrigger),
      isSplit: bool,
      children: list(decodeName),
    }),
  ),
});

const decodeRelation: Decoder<Relation> = record({
  oid: int,
  schema: text,
  name: text,
  kind: text,
  populated: bool,
  owner: text,
  isOwner: bool,
  ownerRights: list(record({ relation: int, select: bool, insert: bool, update: bool, delete: bool })),
  lackedBehind: list(
    record({
      kind: oneOf(['policy', 'rule']),
      name: text,
      events: int,
      role: text,
      table: decodeName,
      privileges: list(oneOf(['select', 'insert', 'update', 'delete'])),
    }),
  ),
  columns: list(decodeColumn),
  uniques: list(
    record({
      name: text,
      columns: list((value, at) => (value === null ? null : text(value, at))),
      valid: bool,
      immediate: bool,
      partial: bool,
      keys: list(text),
      where: nullable(text),
      nullsNotDistinct: bool,
    }),
  ),
  indexExpressions: list(record({ name: text, text })),
  constraints: list(decodeConstraint),
  foreignKeys: list(decodeForeignKey),
  referencedBy: list(decodeForeignKey),
  triggers: list(decodeTrigger),
  rowSecurity: record({ enabled: bool, forced: bool, applies: bool, policies: list(decodePolicy) }),
  definition: text,
  behind: list(int),
  calls: list(record({ oid: int, schema: text, name: text })),
  parent: nullable(decodeName),
  children: list(decodeName),
  partitions: nullable(decodePartitions),
  writeCalls: list(
    record({
      schema: text,
      name: text,
      arguments: text,
      kind: oneOf(writeCallKinds),
      caller: text,
      events: int,
      columns: list(text),
    }),
  ),
  rowCalls: list(
    record({
      oid: int,
      schema: text,
      name: text,
      kind: oneOf(rowCallKinds),
      caller: text,
      events: int,
      columns: list(text),
      isStrict: bool,
      isWhole: bool,
    }),
  ),
  writable: record({ insert: bool, update: bool, delete: bool }),
  privileges: record({ select: bool, insert: bool, update: bool, delete: bool }),
  usable: bool,
  hasRules: bool,
  foreignServer: nullable(record({ name: text, needsMapping: nullable(bool), isMapped: bool })),
});

const decodeBody: Decoder<FunctionBody> = record({
  oid: int,
  schema: text,
  name: text,
  argumentTypes: list(decodeName),
  argumentNames: list(text),
  language: oneOf(['sql', 'plpgsql']),
  source: text,
  isDefiner: bool,
  owner: text,
  settings: list(text),
  isVolatile: bool,
  isPolymorphic: bool,
  isCallable: bool,
  isOnly: bool,
  schemas: list(record({ name: text, usable: bool, usableInside: bool })),
  relations: list(
    record({ schema: text, name: text, select: bool, insert: bool, update: bool, delete: bool }),
  ),
});

const decodeCatalogue: Decoder<Catalogue> = record({
  role: text,
  login: text,
  loginPowers: list(text),
  isStandby: bool,
  bypassesRowSecurity: bool,
  operators: list(record({ schema: text, name: text, type: text, function: text })),
  missingSchemas: list(text),
  elsewhere: list(decodeName),
  schemas: list(record({ name: text, usable: bool, rank: int })),
  relations: list(decodeRelation),
  enums: list(record({ schema: text, name: text, labels: list(text) })),
  functions: list(
    record({
      schema: text,
      name: text,
      arguments: text,
      argumentTypes: list(decodeName),
      defaults: int,
      result: text,
      outputs: list(record({ name: text, type: decodeName })),
      body: text,
      language: text,
      aggregate: text,
      strict: bool,
      executable: bool,
    }),
  ),
  bodies: list(decodeBody),
});
