// The hooks of a plain `git commit` in a clone: their folder, and whether there are any.
import { access, constants } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { WorkingCopyContext } from './pointer-commit.ts';
import { gitText } from '../process/run-git.ts';

export interface CommitHooks {
  /** Absolute, also where `core.hooksPath` is relative to the work tree. */
  readonly folder: string;
  /** Whether git would run a hook before the commit exists. */
  readonly areThere: boolean;
}

const beforeTheCommit = ['pre-commit', 'prepare-commit-msg', 'commit-msg'];

export async function findCommitHooks({ root, environment }: WorkingCopyContext): Promise<CommitHooks> {
  const said = await gitText({ directory: root, environment, args: ['rev-parse', '--git-path', 'hooks'] });
  const folder = resolve(root, said);
  const found = await Promise.all(beforeTheCommit.map((name) => isExecutable(join(folder, name))));
  return { folder, areThere: found.includes(true) };
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
