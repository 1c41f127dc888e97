// Measures what a release's rules compare with later: how the relations, types and functions that it uses are now. What an
// operation names is told by its parse tree and by PostgreSQL's description of it; `cut` may know more from pg_depend.
import type { Inspection, TypeInfo } from '../database/database.ts';
import { readCatalogue } from '../database/catalogue.ts';
import type { Catalogue, Column, ForeignKey, Relation } from '../model/catalogue.ts';
import {
  foreignKeyActions,
  type ColumnBaseline,
  type Contract,
  type ForeignKeyBaseline,
  type NamedDigest,
  type RelationBaseline,
  type RelationKind,
  type UniqueBaseline,
} from '../model/contract.ts';
import { askDatabase } from './ask-database.ts';
import type { Asked } from './list-names.ts';
import type { CheckContext } from './check-context.ts';
import {
  digestCondition,
  digestPolicy,
  digestsOfChecks,
  digestsOfTriggers,
  digestText,
  digestView,
} from './definitions.ts';
import { measureBodies } from './measure-bodies.ts';
import { measureFunctions } from './measure-functions.ts';
import { measureOperation, reachRelations } from './measure-operation.ts';
import { measurePartitions } from './partitions.ts';
import { compare, sorted } from './sorted.ts';
import { toRelativeName, toRelativeType, toSchemaMark, typmodOf } from './relative-names.ts';
import { isPermitted, rowCommands } from './row-policies.ts';
import { relationsOf } from './sql-failures.ts';

export interface MeasureRequest extends Asked {
  /** The columns that each operation uses, as pg_depend tells them; left out: told by the words of its SQL. */
  readonly columns?: readonly ColumnUse[];
  /** What each operation calls, as pg_depend tells it: `price_with_tax(numeric)`; left out: every function of its names. */
  readonly calls?: ReadonlyMap<string, readonly string[]>;
}

export interface ColumnUse {
  readonly operation: string;
  readonly relation: { readonly schema: string; readonly name: string };
  readonly column: string;
}

/** As the session's role and search_path see it. The same database and release give an equal contract. */
export async function measureBaseline(
  session: Inspection,
  engine: CheckContext['engine'],
  request: MeasureRequest,
): Promise<Contract> {
  const context = await askDatabase(session, engine, request);
  const { catalogue, operations } = context;
  const reached = new Map<number, Relation>();
  for (const checked of operations)
    for (const relation of reachRelations(catalogue, relationsOf(context, checked)))
      reached.set(relation.oid, relation);
  const relations = sorted(
    [...reached.values()].map((relation) => [toRelativeName(catalogue, relation), relation]),
  );
  const functions = measureFunctions(catalogue);
  const enums = await measureEnums(session, context, [...reached.values()]);
  return {
    postgres: Math.floor(session.serverVersion / 10_000),
    relations: new Map(
      [...relations].map(([name, relation]) => [name, measureRelation(catalogue, relation)]),
    ),
    enums,
    functions,
    bodies: await measureBodies(session, context),
    names: measureNames(context),
    operations: sorted(
      operations.map((checked) => [
        checked.name,
        measureOperation(context, checked, {
          functions,
          calls: request.calls?.get(checked.name),
          columns: (request.columns ?? []).filter(({ operation }) => operation === checked.name),
        }),
      ]),
    ),
  };
}

const kinds: Readonly<Record<string, RelationKind>> = {
  r: 'table',
  p: 'partitioned',
  v: 'view',
  m: 'materialized',
  f: 'foreign',
  S: 'sequence',
};

export function kindOf(relation: Relation): RelationKind {
  return kinds[relation.kind] ?? 'table';
}

function measureRelation(catalogue: Catalogue, relation: Relation): RelationBaseline {
  const { rowSecurity } = relation;
  const names = (list: readonly { readonly schema: string; readonly name: string }[]): string[] =>
    list.map((one) => toRelativeName(catalogue, one)).sort();
  return {
    kind: kindOf(relation),
    columns: relation.columns.map((column) => measureColumn(catalogue, column)),
    uniques: measureUniques(relation),
    checks: digestsOfChecks(relation.constraints),
    foreignKeys: measureForeignKeys(catalogue, relation.foreignKeys),
    referencedBy: measureForeignKeys(catalogue, relation.referencedBy),
    triggers: digestsOfTriggers(relation.triggers),
    rowSecurity:
      rowSecurity.forced && rowSecurity.enabled ? 'forced' : rowSecurity.enabled ? 'enabled' : 'off',
    policies: byName(
      rowSecurity.policies.map((policy) => ({ name: policy.name, digest: digestPolicy(policy) })),
    ),
    permits:
      rowSecurity.enabled && rowSecurity.policies.length > 0
        ? rowCommands.filter((command) => isPermitted(rowSecurity.policies, command))
        : undefined,
    definition: relation.definition === '' ? undefined : digestView(relation.definition),
    parent: relation.parent === undefined ? undefined : toRelativeName(catalogue, relation.parent),
    children: names(relation.children),
    partitions: measurePartitions(catalogue, relation),
  };
}

function byName(list: NamedDigest[]): NamedDigest[] {
  return list.sort((a, b) => compare(a.name, b.name));
}

function measureColumn(catalogue: Catalogue, column: Column): ColumnBaseline {
  return {
    name: column.name,
    type: toRelativeType(catalogue, column.type),
    typmod: typmodOf(column.type),
    nullable: !column.notNull,
    default: column.hasDefault,
    identity: column.identity,
    generated: column.generated,
    expression: column.generated ? digestText(column.expression) : undefined,
    collation: column.collation === undefined ? undefined : toRelativeType(catalogue, column.collation),
    base: column.type.domain?.base,
    checks: (column.type.domain?.checks ?? []).map(digestCondition).sort(),
  };
}

export function measureUniques(relation: Relation): UniqueBaseline[] {
  const indexes = relation.uniques
    .filter(({ valid }) => valid)
    .map((index): UniqueBaseline => ({
      columns: index.columns.map((column, i) => column ?? `(${index.keys[i] ?? ''})`),
      where: index.where === undefined ? undefined : digestText(index.where),
      deferrable: !index.immediate,
      nullsNotDistinct: index.nullsNotDistinct,
      exclusion: undefined,
    }));
  const exclusions = relation.constraints
    .filter(({ type }) => type === 'x')
    .map((constraint): UniqueBaseline => ({
      columns: constraint.columns,
      where: undefined,
      deferrable: constraint.deferrable,
      nullsNotDistinct: false,
      exclusion: digestCondition(constraint.definition),
    }));
  return [...indexes, ...exclusions].sort((a, b) => compare(JSON.stringify(a), JSON.stringify(b)));
}

const actions: Readonly<Record<string, ForeignKeyBaseline['onDelete']>> = {
  a: 'no action',
  r: 'restrict',
  c: 'cascade',
  n: 'set null',
  d: 'set default',
};

export function measureForeignKey(catalogue: Catalogue, key: ForeignKey): ForeignKeyBaseline {
  return {
    table: toRelativeName(catalogue, key.table),
    columns: key.columns,
    references: toRelativeName(catalogue, key.references),
    referenced: key.referenced,
    onDelete: actions[key.onDelete] ?? foreignKeyActions[0],
    onUpdate: actions[key.onUpdate] ?? foreignKeyActions[0],
  };
}

function measureForeignKeys(catalogue: Catalogue, keys: readonly ForeignKey[]): ForeignKeyBaseline[] {
  return keys
    .map((key) => measureForeignKey(catalogue, key))
    .sort((a, b) => compare(JSON.stringify(a), JSON.stringify(b)));
}

function measureNames(context: CheckContext): Map<string, readonly string[]> {
  const names = new Map<string, readonly string[]>();
  for (const { analysis } of context.operations) {
    for (const { schema, name } of analysis?.relations ?? [])
      if (schema === undefined) names.set(name, findRelationSchemas(context.catalogue, name));
    for (const { schema, name } of analysis?.functions ?? [])
      if (schema === undefined) names.set(`${name}()`, findFunctionSchemas(context.catalogue, name));
  }
  return sorted([...names].filter(([, schemas]) => schemas.length > 0));
}

/** Schemas of the search_path that have a relation of this name, the one that PostgreSQL takes first. */
export function findRelationSchemas(catalogue: Catalogue, name: string): string[] {
  return orderSchemas(
    catalogue,
    catalogue.relations.filter((one) => one.name === name),
  );
}

export function findFunctionSchemas(catalogue: Catalogue, name: string): string[] {
  return orderSchemas(
    catalogue,
    catalogue.functions.filter((one) => one.name === name),
  );
}

function orderSchemas(catalogue: Catalogue, found: readonly { readonly schema: string }[]): string[] {
  return catalogue.schemas
    .filter(({ name, rank, usable }) => rank >= 0 && usable && found.some(({ schema }) => schema === name))
    .sort((a, b) => a.rank - b.rank)
    .map(({ name }) => toSchemaMark(catalogue, name));
}

/** Those of the columns, and those that only parameters and results have. */
async function measureEnums(
  session: Inspection,
  { catalogue, operations }: CheckContext,
  relations: readonly Relation[],
): Promise<Map<string, readonly string[]>> {
  const isColumns = (name: string): boolean =>
    relations.some(({ columns }) => columns.some(({ type }) => type.name.replace(/\[\]$/, '') === name));
  const named = operations.flatMap(({ description }) =>
    description?.ok === true
      ? [...description.parameters, ...description.fields.map(({ type }) => type)].flatMap(findEnum)
      : [],
  );
  const missing = named.filter(
    ({ schema, name }) => !catalogue.enums.some((one) => one.schema === schema && one.name === name),
  );
  const more =
    missing.length === 0
      ? []
      : (await readCatalogue(session, { relations: [], enums: missing, functions: [], bodies: [] })).enums;
  const used = catalogue.enums.filter(
    ({ schema, name }) => isColumns(name) || named.some((one) => one.schema === schema && one.name === name),
  );
  return sorted([...used, ...more].map((one) => [toRelativeName(catalogue, one), one.labels] as const));
}

function findEnum(type: TypeInfo): TypeInfo[] {
  if (type.kind === 'enum') return [type];
  return [
    ...(type.element === undefined ? [] : findEnum(type.element)),
    ...(type.base === undefined ? [] : findEnum(type.base)),
  ];
}
