// Commits and trees as values, on top of object-reader.ts. Bounded caches, because an object never changes.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StkError } from '../../kernel/errors.ts';
import { BoundedCache } from '../../kernel/bounded-cache.ts';
import type { TreeEntry } from '../config-repo.ts';
import { quote } from '../process/git-failure.ts';
import type { ObjectReader } from './object-reader.ts';
import { parseCommit, type ParsedCommit } from './parse-commit.ts';
import { findTreeEntry, parseTree } from './parse-tree.ts';

const commitLimit = 16 * 1024 * 1024;
const treeLimit = 64 * 1024 * 1024;
/** Bytes of cached raw trees: releases/ with 10,000 entries has about 0.4 MB. */
const rawTreeCacheBytes = 32 * 1024 * 1024;
/** Entries of cached parsed trees, over all trees. */
const parsedEntriesKept = 60_000;
const commitsKept = 4_096;

export class CommitReader {
  readonly #objects: ObjectReader;
  readonly #commonDirectory: string;
  readonly #commits = new BoundedCache<ParsedCommit>(commitsKept);
  readonly #rawTrees = new BoundedCache<Buffer>(rawTreeCacheBytes);
  readonly #parsedTrees = new BoundedCache<readonly TreeEntry[]>(parsedEntriesKept);

  constructor(objects: ObjectReader, commonDirectory: string) {
    this.#objects = objects;
    this.#commonDirectory = commonDirectory;
  }

  async commit(revision: string): Promise<ParsedCommit> {
    const known = this.#commits.get(revision);
    if (known !== undefined) return known;
    const bytes = await this.#objects.read(revision, 'commit', commitLimit);
    const parsed = this.#parse(revision, () => parseCommit(revision, bytes));
    this.#commits.set(revision, parsed);
    return parsed;
  }

  async entries(treeId: string): Promise<readonly TreeEntry[]> {
    const known = this.#parsedTrees.get(treeId);
    if (known !== undefined) return known;
    const bytes = await this.rawTree(treeId);
    const entries = this.#parse(treeId, () => parseTree(bytes));
    this.#parsedTrees.set(treeId, entries, Math.max(entries.length, 1));
    return entries;
  }

  async entry(treeId: string, name: string): Promise<TreeEntry | undefined> {
    const bytes = await this.rawTree(treeId);
    return this.#parse(treeId, () => findTreeEntry(bytes, name));
  }

  /** The entry at `path` (parts joined by /) of a commit; `undefined` when it does not exist. */
  async entryAt(revision: string, path: string): Promise<TreeEntry | undefined> {
    const { tree } = await this.commit(revision);
    let found: TreeEntry | undefined = { name: '', mode: '40000', id: tree };
    for (const part of path.split('/')) {
      if (found?.mode !== '40000') return undefined;
      found = await this.entry(found.id, part);
    }
    return found;
  }

  /** Commits at which a shallow clone was cut off: their parents are missing. Empty for a complete repository. */
  async shallowBoundary(): Promise<ReadonlySet<string>> {
    try {
      const text = await readFile(join(this.#commonDirectory, 'shallow'), 'utf8');
      return new Set(text.split('\n').filter((line) => line !== ''));
    } catch (error) {
      if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT')
        return new Set();
      throw error;
    }
  }

  /** The bytes of a tree object; must not be changed. */
  async rawTree(treeId: string): Promise<Buffer> {
    const known = this.#rawTrees.get(treeId);
    if (known !== undefined) return known;
    // A copy: the bytes may be a small part of a large pipe chunk, which would stay in memory with them.
    const bytes = Buffer.from(await this.#objects.read(treeId, 'tree', treeLimit));
    this.#rawTrees.set(treeId, bytes, bytes.length + 1);
    return bytes;
  }

  #parse<T>(id: string, parse: () => T): T {
    try {
      return parse();
    } catch (cause) {
      const said = cause instanceof Error ? cause.message : String(cause);
      throw new StkError(
        'git-corrupt',
        `The object ${id} of ${this.#commonDirectory} is malformed: ${said}.`,
        {
          hint: `See what is damaged: git -C ${quote(this.#commonDirectory)} fsck`,
          details: { object: id },
          cause,
        },
      );
    }
  }
}
