// Builds a commit that changes one file, in memory, through isomorphic-git: no work tree, no index, no ref is touched.
// Objects are written to a temporary name and renamed, so that a crash leaves a whole object or none.
import fs from 'node:fs';
import git from 'isomorphic-git';
import writeFileAtomic from 'write-file-atomic';
import type { CommitReader } from './commit-reader.ts';
import type { HubCommit } from '../config-repo.ts';
import { spliceTree } from './splice-tree.ts';

export interface CommitBuild {
  readonly reader: CommitReader;
  /** Where objects are written. */
  readonly commonDirectory: string;
  readonly change: HubCommit;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const fileMode = '100644';
const folderMode = '40000';

const objectFiles = {
  promises: {
    ...fs.promises,
    // isomorphic-git writes in place and later trusts that a file which exists is whole.
    writeFile: (path: string, bytes: Uint8Array) =>
      writeFileAtomic(path, Buffer.from(bytes), { mode: 0o444 }),
  },
};

/** Gives the commit's id and the blob's. */
export async function buildCommit(
  build: CommitBuild,
): Promise<{ readonly revision: string; readonly blob: string }> {
  const { change, reader, commonDirectory } = build;
  const target = { fs: objectFiles, gitdir: commonDirectory };
  const blob = await git.writeBlob({ ...target, blob: Buffer.from(change.content, 'utf8') });
  const root = (await reader.commit(change.expected)).tree;
  const tree = await rewrite(build, root, change.path.split('/'), blob);
  const who = {
    name: identityPart(change.author.name),
    email: identityPart(change.author.email),
    timestamp: Math.floor(build.now / 1000),
    timezoneOffset: 0,
  };
  const revision = await git.writeCommit({
    ...target,
    commit: {
      message: `${change.message.trimEnd()}\n`,
      tree,
      parent: [change.expected],
      author: who,
      committer: who,
    },
  });
  return { revision, blob };
}

/** Writes the trees along the path, deepest first; gives the new id of `treeId`. */
async function rewrite(
  build: CommitBuild,
  treeId: string | undefined,
  path: readonly string[],
  blob: string,
): Promise<string> {
  const [name = '', ...rest] = path;
  const isFile = rest.length === 0;
  const existing = treeId === undefined ? undefined : await build.reader.entry(treeId, name);
  const below = existing?.mode === folderMode ? existing.id : undefined;
  const entry = isFile
    ? { mode: fileMode, id: blob }
    : { mode: folderMode, id: await rewrite(build, below, rest, blob) };
  const bytes = treeId === undefined ? Buffer.alloc(0) : await build.reader.rawTree(treeId);
  return git.writeObject({
    fs: objectFiles,
    gitdir: build.commonDirectory,
    type: 'tree',
    format: 'content',
    object: spliceTree(bytes, name, entry),
  });
}

// What would end a name or start an address, or break the header's line.
function identityPart(text: string): string {
  return text.replace(/[\u0000-\u001f<>]/g, ' ').trim() || 'stk';
}
