// Reads typed members of a tree that a schema has judged. A value of the wrong type is treated as absent: the schema's
// check has reported it.
import { toJson, type TreeMap, type TreeNode } from './document-tree.ts';
import type { Json } from '../../kernel/json.ts';

export function child(map: TreeMap | undefined, key: string): TreeNode | undefined {
  return map?.entries.get(key)?.value;
}

export function textOf(map: TreeMap | undefined, key: string): string | undefined {
  return asText(child(map, key));
}

export function numberOf(map: TreeMap | undefined, key: string): number | undefined {
  const node = child(map, key);
  return node?.kind === 'scalar' && typeof node.value === 'number' ? node.value : undefined;
}

export function mapOf(map: TreeMap | undefined, key: string): TreeMap | undefined {
  const node = child(map, key);
  return node?.kind === 'map' ? node : undefined;
}

/** The items of a list; empty when it is absent. */
export function itemsOf(map: TreeMap | undefined, key: string): readonly TreeNode[] {
  const node = child(map, key);
  return node?.kind === 'list' ? node.items : [];
}

export function textsOf(map: TreeMap | undefined, key: string): string[] {
  return texts(itemsOf(map, key));
}

export function texts(nodes: readonly TreeNode[]): string[] {
  return nodes.flatMap((node) => asText(node) ?? []);
}

export function jsonOf(map: TreeMap | undefined, key: string): Json | undefined {
  const node = child(map, key);
  return node === undefined ? undefined : toJson(node);
}

/** The members of a mapping that are mappings themselves, by name. */
export function mapsIn(map: TreeMap | undefined): [string, TreeMap][] {
  const found: [string, TreeMap][] = [];
  for (const [name, { value }] of map?.entries ?? []) if (value.kind === 'map') found.push([name, value]);
  return found;
}

function asText(node: TreeNode | undefined): string | undefined {
  return node?.kind === 'scalar' && typeof node.value === 'string' ? node.value : undefined;
}
