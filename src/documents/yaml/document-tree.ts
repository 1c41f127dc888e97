// A document as a tree of maps, lists and scalars that know their position in the file; read-tree.ts makes it.
import type { Json, JsonObject } from '../../kernel/json.ts';

export type TreeNode = TreeMap | TreeList | TreeScalar;

export interface TreeMap {
  readonly kind: 'map';
  readonly at: number;
  readonly entries: ReadonlyMap<string, { readonly keyAt: number; readonly value: TreeNode }>;
}

export interface TreeList {
  readonly kind: 'list';
  readonly at: number;
  readonly items: readonly TreeNode[];
}

export interface TreeScalar {
  readonly kind: 'scalar';
  readonly at: number;
  readonly value: string | number | boolean | null;
  /** As written, without quotes. */
  readonly source: string;
}

/** The value as JSON. `__proto__` becomes an ordinary own member. */
export function toJson(node: TreeNode): Json {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(toJson);
  return toJsonObject(node);
}

export function toJsonObject(node: TreeMap): JsonObject {
  const object: JsonObject = {};
  for (const [key, { value }] of node.entries) {
    Object.defineProperty(object, key, {
      value: toJson(value),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return object;
}

/** Appends `key` to a JSON pointer. */
export function pointerTo(parent: string, key: string | number): string {
  return `${parent}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** The position of the deepest part of a JSON pointer that exists. */
export function findPlace(root: TreeNode, pointer: string): number {
  let node = root;
  let at = root.at;
  for (const step of pointer.split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    const next =
      node.kind === 'map'
        ? node.entries.get(key)?.value
        : node.kind === 'list'
          ? node.items[Number(key)]
          : undefined;
    if (next === undefined) return at;
    at = next.at;
    node = next;
  }
  return at;
}
