// A worktree of a clone for one commit, in a temporary folder and without a checkout. It is added and removed by
// renaming a complete folder: `git worktree add` leaves an incomplete one for a moment, which makes concurrent git
// commands in the clone fail (git 2.39: "bad object worktrees/…/HEAD", "failed to read …/commondir").
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { errnoOf } from '../../kernel/errno.ts';
import type { WorkingCopyContext } from './pointer-commit.ts';
import { gitText } from '../process/run-git.ts';

export interface TemporaryWorktree {
  /** Its folder; empty except for `.git`. */
  readonly directory: string;
  remove(): Promise<void>;
}

const mostAttempts = 10;

/** `tip`: full id of the commit that its HEAD names, detached. */
export async function addTemporaryWorktree(
  { root, environment }: WorkingCopyContext,
  tip: string,
): Promise<TemporaryWorktree> {
  const common = resolve(
    root,
    await gitText({ directory: root, environment, args: ['rev-parse', '--git-common-dir'] }),
  );
  const folder = await mkdtemp(join(tmpdir(), 'stk-commit-'));
  const directory = join(folder, 'tree');
  const draft = await mkdtemp(join(common, 'stk-commit-'));
  const registered = join(common, 'worktrees', basename(draft));
  const remove = async (): Promise<void> => {
    await rename(registered, draft).catch(unlessAbsent);
    await rm(draft, { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const file = join(directory, '.git');
    await mkdir(directory);
    await writeFile(file, `gitdir: ${registered}\n`);
    await writeFile(join(draft, 'HEAD'), `${tip}\n`);
    await writeFile(join(draft, 'commondir'), '../..\n');
    await writeFile(join(draft, 'gitdir'), `${file}\n`);
    await register(draft, registered);
    return { directory, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** git removes the folder of worktrees whenever it is empty, perhaps between the two steps. */
async function register(draft: string, registered: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    await mkdir(join(registered, '..'), { recursive: true });
    try {
      await rename(draft, registered);
      return;
    } catch (error) {
      if (attempt >= mostAttempts) throw error;
      unlessAbsent(error);
    }
  }
}

function unlessAbsent(error: unknown): void {
  if (errnoOf(error) !== 'ENOENT') throw error;
}
