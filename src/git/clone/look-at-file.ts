// git's state of one file in a work tree, and whether it still holds later: asking git again takes longer than checking
// the inputs of its answer.
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkingCopyContext } from './pointer-commit.ts';
import { readPlainFile } from './work-tree-file.ts';
import { unlessAbsent } from '../refs/read-ref.ts';
import { gitText } from '../process/run-git.ts';

export interface FileLook {
  /** A line of `git status --porcelain`; '' when the file matches HEAD and the index. */
  readonly status: string;
  /** The file's bytes, the index and HEAD, as they were before the question to git. */
  readonly basis: FileBasis;
}

export interface FileBasis {
  readonly bytes: Buffer | undefined;
  /** git replaces the index file, so an equal inode, size and time mean equal content. */
  readonly index: string;
  /** The content of the file HEAD: the branch. */
  readonly head: string;
}

/** `path`: relative to the root. `gitDirectory`: this work tree's own. */
export async function lookAtFile(
  context: WorkingCopyContext,
  gitDirectory: string,
  path: string,
): Promise<FileLook> {
  const basis = await readBasis(context, gitDirectory, path);
  const args = ['status', '--porcelain=v1', '-z', '--untracked-files=all', '--', `:(top,literal)${path}`];
  const status = await gitText({ directory: context.root, environment: context.environment, args });
  return { status, basis };
}

/** Whether the file, the index and the checked-out branch are all unchanged. */
export function isSameBasis(a: FileBasis, b: FileBasis): boolean {
  const isSameFile =
    a.bytes === undefined || b.bytes === undefined ? a.bytes === b.bytes : a.bytes.equals(b.bytes);
  return isSameFile && a.index === b.index && a.head === b.head;
}

export async function readBasis(
  context: WorkingCopyContext,
  gitDirectory: string,
  path: string,
): Promise<FileBasis> {
  const [bytes, index, head] = await Promise.all([
    readPlainFile(context.root, path),
    unlessAbsent(stat(join(gitDirectory, 'index'), { bigint: true })),
    readFile(join(gitDirectory, 'HEAD'), 'utf8'),
  ]);
  const stamp = index === undefined ? '' : [index.ino, index.size, index.mtimeNs, index.ctimeNs].join('.');
  return { bytes, index: stamp, head };
}
