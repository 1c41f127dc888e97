// Builds the value of a release's `contract:`, which its schema has judged.
import {
  foreignKeyActions,
  relationKinds,
  writeKinds,
  type ColumnBaseline,
  type Contract,
  type ForeignKeyBaseline,
  type NamedDigest,
  type OperationBaseline,
  type RelationBaseline,
  type TriggerBaseline,
  type TypedName,
} from '../../model/contract.ts';
import type { TreeMap, TreeNode } from '../yaml/document-tree.ts';
import { itemsOf, jsonOf, mapOf, mapsIn, numberOf, textOf, texts, textsOf } from '../yaml/tree-reader.ts';

/** `undefined` for `contract: {}`: nothing was measured. */
export function buildContract(node: TreeMap): Contract | undefined {
  if (node.entries.size === 0) return undefined;
  return {
    postgres: numberOf(node, 'postgres') ?? 0,
    relations: new Map(
      mapsIn(mapOf(node, 'relations')).map(([name, item]) => [name, buildRelation(item)] as const),
    ),
    enums: textLists(mapOf(node, 'enums')),
    functions: new Map(
      listsIn(mapOf(node, 'functions')).map(([name, items]) => [
        name,
        maps(items).map((item) => ({
          arguments: textsOf(item, 'arguments'),
          defaults: numberOf(item, 'defaults') ?? 0,
          result: textOf(item, 'result') ?? '',
          outputs: mapsOf(item, 'outputs').map(buildTyped),
          body: textOf(item, 'body') ?? '',
        })),
      ]),
    ),
    bodies: textsOf(node, 'bodies'),
    absent: textLists(mapOf(node, 'absent')),
    names: textLists(mapOf(node, 'names')),
    operations: new Map(
      mapsIn(mapOf(node, 'operations')).map(([name, item]) => [name, buildOperation(item)] as const),
    ),
  };
}

function buildRelation(node: TreeMap): RelationBaseline {
  const kind = textOf(node, 'kind');
  const rowSecurity = textOf(node, 'rowSecurity');
  return {
    kind: relationKinds.find((known) => known === kind) ?? 'table',
    columns: mapsOf(node, 'columns').map(buildColumn),
    uniques: mapsOf(node, 'uniques').map((item) => ({
      columns: textsOf(item, 'columns'),
      where: textOf(item, 'where'),
      deferrable: isSet(item, 'deferrable'),
      nullsNotDistinct: isSet(item, 'nullsNotDistinct'),
      exclusion: textOf(item, 'exclusion'),
    })),
    indexes: node.entries.has('indexes') ? textsOf(node, 'indexes') : undefined,
    checks: textsOf(node, 'checks'),
    foreignKeys: mapsOf(node, 'foreignKeys').map(buildForeignKey),
    referencedBy: mapsOf(node, 'referencedBy').map(buildForeignKey),
    triggers: mapsOf(node, 'triggers').map(buildTrigger),
    rowSecurity: rowSecurity === 'enabled' || rowSecurity === 'forced' ? rowSecurity : 'off',
    exempt: isSet(node, 'exempt'),
    policies: mapsOf(node, 'policies').map(buildDigest),
    permits: node.entries.has('permits') ? textsOf(node, 'permits') : undefined,
    definition: textOf(node, 'definition'),
    parent: textOf(node, 'parent'),
    children: textsOf(node, 'children'),
    partitions: buildPartitions(mapOf(node, 'partitions')),
  };
}

function buildPartitions(node: TreeMap | undefined): RelationBaseline['partitions'] {
  if (node === undefined) return undefined;
  return {
    count: numberOf(node, 'count') ?? 0,
    notable: mapsOf(node, 'notable').map((item) => ({
      name: textOf(item, 'name') ?? '',
      checks: textsOf(item, 'checks'),
      triggers: mapsOf(item, 'triggers').map(buildTrigger),
      children: textsOf(item, 'children'),
    })),
  };
}

function buildColumn(node: TreeMap): ColumnBaseline {
  const identity = textOf(node, 'identity');
  return {
    ...buildTyped(node),
    nullable: isSet(node, 'nullable'),
    default: isSet(node, 'default'),
    identity: identity === 'always' || identity === 'by-default' ? identity : 'none',
    generated: isSet(node, 'generated'),
    expression: textOf(node, 'expression'),
    collation: textOf(node, 'collation'),
    base: textOf(node, 'base'),
    checks: textsOf(node, 'checks'),
  };
}

function buildForeignKey(node: TreeMap): ForeignKeyBaseline {
  const action = (key: string): ForeignKeyBaseline['onDelete'] => {
    const text = textOf(node, key);
    return foreignKeyActions.find((known) => known === text) ?? 'no action';
  };
  return {
    table: textOf(node, 'table') ?? '',
    columns: textsOf(node, 'columns'),
    references: textOf(node, 'references') ?? '',
    referenced: textsOf(node, 'referenced'),
    onDelete: action('onDelete'),
    onUpdate: action('onUpdate'),
  };
}

function buildOperation(node: TreeMap): OperationBaseline {
  return {
    parameters: mapsOf(node, 'parameters').map(buildTyped),
    results: mapsOf(node, 'results').map((item) => ({ ...buildTyped(item), source: textOf(item, 'source') })),
    relations: textsOf(node, 'relations'),
    columns: textLists(mapOf(node, 'columns')),
    privileges: textLists(mapOf(node, 'privileges')),
    inserts: mapsOf(node, 'inserts').map((item) => ({
      table: textOf(item, 'table') ?? '',
      columns: textsOf(item, 'columns'),
      parameters: mapsOf(item, 'parameters').map((pair) => ({
        column: textOf(pair, 'column') ?? '',
        parameter: textOf(pair, 'parameter') ?? '',
      })),
    })),
    conflicts: mapsOf(node, 'conflicts').map((item) => ({
      table: textOf(item, 'table') ?? '',
      columns: item.entries.has('columns') ? textsOf(item, 'columns') : undefined,
      constraint: textOf(item, 'constraint'),
    })),
    functions: textsOf(node, 'functions'),
  };
}

function buildTyped(node: TreeMap): TypedName {
  return {
    name: textOf(node, 'name') ?? '',
    type: textOf(node, 'type') ?? '',
    typmod: numberOf(node, 'typmod'),
  };
}

function buildTrigger(node: TreeMap): TriggerBaseline {
  const instead = textsOf(node, 'instead');
  return { ...buildDigest(node), instead: writeKinds.filter((kind) => instead.includes(kind)) };
}

function buildDigest(node: TreeMap): NamedDigest {
  return { name: textOf(node, 'name') ?? '', digest: textOf(node, 'digest') ?? '' };
}

function isSet(node: TreeMap, key: string): boolean {
  return jsonOf(node, key) === true;
}

function mapsOf(node: TreeMap, key: string): TreeMap[] {
  return maps(itemsOf(node, key));
}

function maps(items: readonly TreeNode[]): TreeMap[] {
  return items.flatMap((item) => (item.kind === 'map' ? item : []));
}

function listsIn(node: TreeMap | undefined): [string, readonly TreeNode[]][] {
  return [...(node?.entries ?? [])].map(([name, { value }]) => [
    name,
    value.kind === 'list' ? value.items : [],
  ]);
}

function textLists(node: TreeMap | undefined): ReadonlyMap<string, readonly string[]> {
  return new Map(listsIn(node).map(([name, items]) => [name, texts(items)]));
}
