// Measures one relation for a release's baseline: its columns, keys, checks, triggers and policies, and its related
// relations.
import type { Catalogue } from '../../model/catalogue.ts';
import type { Column, ForeignKey, Relation } from '../../model/relation.ts';
import {
  foreignKeyActions,
  type ColumnBaseline,
  type ForeignKeyBaseline,
  type NamedDigest,
  type RelationBaseline,
  type RelationKind,
  type UniqueBaseline,
} from '../../model/contract.ts';
import {
  digestCondition,
  digestPolicy,
  digestsOfChecks,
  digestsOfTriggers,
  digestText,
  digestView,
} from '../facts/definitions.ts';
import { measurePartitions } from '../facts/partitions.ts';
import { toRelativeName, toRelativeType, typmodOf } from '../facts/relative-names.ts';
import { isPermitted, rowCommands } from '../facts/row-policies.ts';
import { compare } from '../facts/sorted.ts';

const kinds: Readonly<Record<string, RelationKind>> = {
  r: 'table',
  p: 'partitioned',
  v: 'view',
  m: 'materialized',
  f: 'foreign',
  S: 'sequence',
};

export function measureRelation(catalogue: Catalogue, relation: Relation): RelationBaseline {
  const { rowSecurity } = relation;
  return {
    kind: kinds[relation.kind] ?? 'table',
    columns: relation.columns.map((column) => measureColumn(catalogue, column)),
    uniques: measureUniques(relation),
    indexes:
      relation.kind === 'r' || relation.kind === 'p'
        ? relation.indexExpressions.map(({ text }) => digestText(text)).sort()
        : undefined,
    checks: digestsOfChecks(relation.constraints),
    foreignKeys: measureForeignKeys(catalogue, relation.foreignKeys),
    referencedBy: measureForeignKeys(catalogue, relation.referencedBy),
    triggers: digestsOfTriggers(relation.triggers),
    rowSecurity:
      rowSecurity.forced && rowSecurity.enabled ? 'forced' : rowSecurity.enabled ? 'enabled' : 'off',
    exempt: rowSecurity.enabled && !rowSecurity.applies && !isScratch(catalogue),
    policies: byName(
      rowSecurity.policies.map((policy) => ({ name: policy.name, digest: digestPolicy(policy) })),
    ),
    permits:
      rowSecurity.enabled && rowSecurity.policies.length > 0
        ? rowCommands.filter((command) => isPermitted(rowSecurity.policies, command))
        : undefined,
    definition: relation.definition === '' ? undefined : digestView(relation.definition),
    parent: relation.parent === undefined ? undefined : toRelativeName(catalogue, relation.parent),
    children: relation.children.map((child) => toRelativeName(catalogue, child)).sort(),
    partitions: measurePartitions(catalogue, relation),
  };
}

/** When a schema is measured by its owner, a superuser, the later role of calls is unknown. */
function isScratch({ role, login, loginPowers }: Catalogue): boolean {
  return role === login && loginPowers.includes('superuser');
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
