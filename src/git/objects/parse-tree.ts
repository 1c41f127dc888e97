// Reads git tree objects from bytes: repeated `<octal mode> <name>\0<20 bytes>`. Hostile bytes throw and never hang.
import type { TreeEntry } from '../config-repo.ts';

const idBytes = 20;

interface RawEntry {
  readonly modeEnd: number;
  readonly nameEnd: number;
  readonly end: number;
}

/** Goes byte by byte: the parts are shorter than what a call of `indexOf` costs. */
function entryAt(tree: Buffer, start: number): RawEntry {
  const { length } = tree;
  let modeEnd = start;
  while (modeEnd < length && tree[modeEnd] !== 0x20) modeEnd += 1;
  let nameEnd = modeEnd + 1;
  while (nameEnd < length && tree[nameEnd] !== 0) nameEnd += 1;
  const end = nameEnd + 1 + idBytes;
  if (modeEnd === start || end > length) throw new RangeError(`no tree entry at byte ${start}`);
  return { modeEnd, nameEnd, end };
}

function toEntry(tree: Buffer, start: number, raw: RawEntry): TreeEntry {
  return {
    name: tree.toString('utf8', raw.modeEnd + 1, raw.nameEnd),
    mode: tree.toString('latin1', start, raw.modeEnd),
    id: tree.toString('hex', raw.nameEnd + 1, raw.end),
  };
}

/** Every entry in the order of the tree; throws RangeError when the bytes are not a tree. */
export function parseTree(tree: Buffer): TreeEntry[] {
  const entries: TreeEntry[] = [];
  for (let at = 0; at < tree.length;) {
    const raw = entryAt(tree, at);
    entries.push(toEntry(tree, at, raw));
    at = raw.end;
  }
  return entries;
}

/**
 * The entry called `name`: the one whose first blank begins the bytes ` name\0`. It builds no other entry and compares no
 * names. Throws RangeError when the bytes before it are not a tree.
 */
export function findTreeEntry(tree: Buffer, name: string): TreeEntry | undefined {
  const wanted = Buffer.from(` ${name}\0`, 'utf8');
  let candidate = tree.indexOf(wanted);
  for (let at = 0; at < tree.length && candidate !== -1;) {
    const raw = entryAt(tree, at);
    if (raw.modeEnd === candidate && raw.nameEnd === candidate + wanted.length - 1)
      return toEntry(tree, at, raw);
    at = raw.end;
    // It was part of an id.
    if (candidate < at) candidate = tree.indexOf(wanted, at);
  }
  return undefined;
}

export interface TreeDifference {
  readonly name: string;
  readonly before: TreeEntry | undefined;
  readonly after: TreeEntry | undefined;
}

/** The differences between two trees, one level deep. */
export function diffTrees(before: readonly TreeEntry[], after: readonly TreeEntry[]): TreeDifference[] {
  const old = new Map(before.map((entry) => [entry.name, entry]));
  const differences: TreeDifference[] = [];
  for (const entry of after) {
    const previous = old.get(entry.name);
    old.delete(entry.name);
    if (previous?.id === entry.id && previous.mode === entry.mode) continue;
    differences.push({ name: entry.name, before: previous, after: entry });
  }
  for (const gone of old.values()) differences.push({ name: gone.name, before: gone, after: undefined });
  return differences;
}

/** 100644, 100755 and the old group-writable 100664: a file, and not a symlink, submodule or folder. */
export function isRegularFile(entry: TreeEntry): boolean {
  return entry.mode.startsWith('100');
}
