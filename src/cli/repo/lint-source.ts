// Where `stk lint` reads a config repo's files: the current work tree, or a commit.
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { errnoOf } from '../../kernel/errno.ts';
import { StkError } from '../../kernel/errors.ts';
import type { LocalRepo } from './local-repo.ts';

/** The folders whose files stk reads. */
export const documentFolders = ['environments', 'releases', 'freezes', 'vetoes', 'waivers'] as const;
export type DocumentFolder = (typeof documentFolders)[number];

/** The largest document, a release, may have 4 MiB; the parsers enforce their own limits. */
const maxBytes = 8 * 1024 * 1024;

/** Text, or why it cannot be read. */
export type LintedText = { readonly text: string } | { readonly unreadable: string };

export interface LintSource {
  /** `undefined` when there is no such file. */
  read(path: string): Promise<LintedText | undefined>;
  /** Names of a folder's entries, in order. */
  list(folder: DocumentFolder): Promise<readonly string[]>;
  /** Paths of the files in a folder and the folders in it, relative to it. */
  listBelow(folder: string): Promise<readonly string[]>;
}

const notRegular = { unreadable: 'this is not a regular file, and stk does not follow links' };

export function readWorkTree(root: string): LintSource {
  return {
    async read(path) {
      const file = join(root, path);
      try {
        const found = await lstat(file);
        if (!found.isFile()) return notRegular;
        if (found.size > maxBytes)
          return { unreadable: `${found.size} bytes; at most ${maxBytes} are allowed` };
        return { text: new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file)) };
      } catch (error) {
        if (isAbsent(error)) return undefined;
        return { unreadable: error instanceof TypeError ? 'this is not UTF-8 text' : String(error) };
      }
    },
    async list(folder) {
      try {
        return (await readdir(join(root, folder))).sort();
      } catch (error) {
        if (isAbsent(error)) return [];
        throw error;
      }
    },
    async listBelow(folder) {
      try {
        const found = await readdir(join(root, folder), { recursive: true, withFileTypes: true });
        return found
          .filter((entry) => entry.isFile())
          .map(({ parentPath, name }) => relative(join(root, folder), join(parentPath, name)));
      } catch (error) {
        if (isAbsent(error)) return [];
        throw error;
      }
    },
  };
}

export function readCommit(repo: LocalRepo, revision: string): LintSource {
  return {
    async read(path) {
      const entry = await repo.reader.entryAt(revision, path);
      if (entry === undefined) return undefined;
      if (!entry.mode.startsWith('100')) return notRegular;
      try {
        return { text: await repo.reader.text(entry.id, maxBytes) };
      } catch (error) {
        if (error instanceof StkError && ['malformed', 'too-large'].includes(error.code))
          return { unreadable: error.message };
        throw error;
      }
    },
    async list(folder) {
      const entry = await repo.reader.entryAt(revision, folder);
      if (entry?.mode !== '40000') return [];
      return (await repo.reader.entries(entry.id)).map(({ name }) => name).sort();
    },
    async listBelow(folder) {
      const entry = await repo.reader.entryAt(revision, folder);
      return entry?.mode === '40000' ? pathsIn(repo, entry.id) : [];
    },
  };
}

async function pathsIn(repo: LocalRepo, tree: string): Promise<string[]> {
  const found: string[] = [];
  for (const { name, mode, id } of await repo.reader.entries(tree))
    if (mode === '40000') found.push(...(await pathsIn(repo, id)).map((path) => `${name}/${path}`));
    else found.push(name);
  return found;
}

function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '');
}
