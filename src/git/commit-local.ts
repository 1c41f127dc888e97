// Commits one file, a pointer or a new release, in the operator's own work tree, where there is no upstream: `git commit --only`, so that
// staged and other work stays as it is, and identity, hooks and signing are the operator's.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StkError } from '../model/errors.ts';
import { authorEnvironment } from './author-environment.ts';
import { lostTo } from './lost-pointer.ts';
import type { PointerCommit, PointerCommitOutcome, WorkingCopyContext } from './pointer-commit.ts';
import { runPorcelain } from './porcelain.ts';
import { entryAt } from './read-revision.ts';
import { gitText } from './run-git.ts';

export async function commitLocally(
  context: WorkingCopyContext,
  commit: PointerCommit,
  readHead: () => Promise<string>,
): Promise<PointerCommitOutcome> {
  const run = { directory: context.root, environment: context.environment };
  const literal = `:(top,literal)${commit.path}`;
  const [status, before] = await Promise.all([
    gitText({ ...run, args: ['status', '--porcelain=v1', '-z', '--untracked-files=all', '--', literal] }),
    entryAt(context, 'HEAD', commit.path),
  ]);
  const file = join(context.root, commit.path);
  // What an earlier run only wrote is what is committed now.
  const isWritten = status.startsWith('?? ') && (await readFile(file, 'utf8')) === commit.content;
  if (status !== '' && !isWritten) {
    throw new StkError('git-dirty', `${commit.path} has an uncommitted change.`, {
      hint: `See it: git diff HEAD -- ${commit.path}; commit it, or drop it: git restore --staged --worktree ${commit.path}`,
      details: { path: commit.path },
    });
  }
  if (before?.id !== commit.expectedPointerBlob) return lostTo(context, await readHead(), commit.path);

  const environment = { ...context.environment, ...authorEnvironment(commit.author) };
  const porcelain = { directory: context.root, environment, signal: commit.signal, timeout: hookTimeout };
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, commit.content);
  try {
    // --only wants a path that the index knows.
    if (before === undefined) await gitText({ ...run, args: ['add', '--intent-to-add', '--', literal] });
    await runPorcelain(porcelain, [
      'commit',
      '--only',
      '--cleanup=verbatim',
      '-m',
      commit.message,
      '--',
      literal,
    ]);
  } catch (thrown) {
    if (before === undefined) {
      await gitText({
        ...run,
        args: ['rm', '--cached', '--quiet', '--force', '--ignore-unmatch', '--', literal],
      });
      if (!isWritten) await rm(file, { force: true });
    } else {
      await gitText({ ...run, args: ['checkout', '--quiet', 'HEAD', '--', literal] });
    }
    throw thrown;
  }
  return { kind: 'committed', revision: await readHead(), pushed: false, notes: [] };
}

/** Milliseconds that a hook or a signing program may be silent. */
export const hookTimeout = 300_000;
