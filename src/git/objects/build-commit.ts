// Builds a commit that changes some files in memory, with isomorphic-git. It touches no work tree, index or ref.
// Objects are written under a temporary name and renamed, so that a crash leaves a complete object or none.
import fs from 'node:fs';
import git from 'isomorphic-git';
import writeFileAtomic from 'write-file-atomic';
import { notAFolder } from '../clone/work-tree-file.ts';
import type { CommitReader } from './commit-reader.ts';
import type { HubCommit } from '../config-repo.ts';
import { insertSignature } from '../signatures/split-signature.ts';
import type { Sign } from '../signatures/sign-commit.ts';
import { spliceTree } from './splice-tree.ts';

export interface TreeBuild {
  readonly reader: CommitReader;
  /** Where objects are written. */
  readonly commonDirectory: string;
}

export interface CommitBuild extends TreeBuild {
  readonly change: HubCommit;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** `undefined` to leave the commit unsigned. */
  readonly sign?: Sign | undefined;
}

export interface BuiltTree {
  readonly tree: string;
  /** Path → blob; `null` to remove the file. */
  readonly blobs: ReadonlyMap<string, string | null>;
}

const fileMode = '100644';
const folderMode = '40000';
/** The empty tree; git knows it although no object is stored. */
const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

const objectFiles = {
  promises: {
    ...fs.promises,
    // isomorphic-git writes in place, and later treats any existing file as complete.
    writeFile: (path: string, bytes: Uint8Array) =>
      writeFileAtomic(path, Buffer.from(bytes), { mode: 0o444 }),
  },
};

/** Returns the commit's id and those of its new blobs. */
export async function buildCommit(
  build: CommitBuild,
): Promise<{ readonly revision: string; readonly blobs: ReadonlyMap<string, string | null> }> {
  const { change, now } = build;
  const parent = change.expected ?? change.onto ?? null;
  const { tree, blobs } = await buildTree(build, parent, change.files);
  const who = {
    name: identityPart(change.author.name),
    email: identityPart(change.author.email),
    timestamp: Math.floor(now / 1000),
    timezoneOffset: 0,
  };
  const revision = await git.writeCommit({
    fs: objectFiles,
    gitdir: build.commonDirectory,
    commit: {
      message: `${change.message.trimEnd()}\n`,
      tree,
      parent: parent === null ? [] : [parent],
      author: who,
      committer: who,
    },
  });
  return {
    revision: build.sign === undefined ? revision : await writeSigned(build, revision, build.sign),
    blobs,
  };
}

/** Writes the commit `unsigned`, signed, as a new object. */
async function writeSigned(build: CommitBuild, unsigned: string, sign: Sign): Promise<string> {
  const at = { fs: objectFiles, gitdir: build.commonDirectory };
  const { object } = await git.readObject({ ...at, oid: unsigned, format: 'content' });
  if (!(object instanceof Uint8Array)) throw new TypeError(`the commit ${unsigned} could not be read back`);
  const payload = Buffer.from(object);
  const signed = insertSignature(payload, await sign(payload));
  return git.writeObject({ ...at, type: 'commit', format: 'content', object: signed });
}

/** The tree of `base` (null: empty) with `files` changed. A file and a folder of the same name in `files` are an error. */
export async function buildTree(
  build: TreeBuild,
  base: string | null,
  files: ReadonlyMap<string, string | null>,
): Promise<BuiltTree> {
  const blobs = new Map<string, string | null>();
  for (const [path, text] of files) blobs.set(path, text === null ? null : await writeBlob(build, text));
  const changes = [...blobs].map(([path, blob]) => ({ path: path.split('/'), blob }));
  const root = base === null ? undefined : (await build.reader.commit(base)).tree;
  return { tree: (await rewrite(build, root, changes)) ?? (await writeTree(build, Buffer.alloc(0))), blobs };
}

interface TreeChange {
  readonly path: readonly string[];
  readonly blob: string | null;
}

/** Writes the trees along the paths, deepest first; returns the new id of `treeId`, or `undefined` when it becomes empty. */
async function rewrite(
  build: TreeBuild,
  treeId: string | undefined,
  changes: readonly TreeChange[],
): Promise<string | undefined> {
  let bytes: Buffer =
    treeId === undefined || treeId === emptyTree ? Buffer.alloc(0) : await build.reader.rawTree(treeId);
  const byName = new Map<string, TreeChange[]>();
  for (const change of changes) {
    const name = change.path[0] ?? '';
    byName.set(name, [...(byName.get(name) ?? []), change]);
  }
  for (const [name, within] of byName) {
    const [only] = within;
    if (within.length === 1 && only?.path.length === 1) {
      const entry = only.blob === null ? null : { mode: fileMode, id: only.blob };
      bytes = spliceTree(bytes, name, entry);
      continue;
    }
    if (within.some(({ path }) => path.length === 1))
      throw new RangeError(`${name} would be a file and a folder`);
    const existing = treeId === undefined ? undefined : await build.reader.entry(treeId, name);
    if (existing !== undefined && existing.mode !== folderMode) throw notAFolder(name);
    const below = existing?.mode === folderMode ? existing.id : undefined;
    const deeper = within.map(({ path, blob }) => ({ path: path.slice(1), blob }));
    const id = await rewrite(build, below, deeper);
    bytes = spliceTree(bytes, name, id === undefined ? null : { mode: folderMode, id });
  }
  return bytes.length === 0 ? undefined : writeTree(build, bytes);
}

function writeBlob(build: TreeBuild, text: string): Promise<string> {
  return git.writeBlob({ fs: objectFiles, gitdir: build.commonDirectory, blob: Buffer.from(text, 'utf8') });
}

function writeTree(build: TreeBuild, bytes: Buffer): Promise<string> {
  return git.writeObject({
    fs: objectFiles,
    gitdir: build.commonDirectory,
    type: 'tree',
    format: 'content',
    object: bytes,
  });
}

// Removes characters that would end the name, start an address, or break the header's line.
function identityPart(text: string): string {
  return text.replace(/[\u0000-\u001f<>]/g, ' ').trim() || 'stk';
}
