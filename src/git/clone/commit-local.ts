// Commits one file, a pointer or a new release, in the operator's own work tree, where there is no upstream:
// `git commit --only`, so that staged and other work stays as it is, and identity, hooks and signing are the operator's.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StkError } from '../../kernel/errors.ts';
import { authorEnvironment } from '../process/author-environment.ts';
import { type FileLook, isSameBasis, lookAtFile, readBasis } from './look-at-file.ts';
import { lostTo } from '../history/lost-pointer.ts';
import type { PointerCommit, PointerCommitOutcome, WorkingCopyContext } from './pointer-commit.ts';
import { entryAt } from './read-revision.ts';
import { gitText } from '../process/run-git.ts';

export interface LocalBranch {
  /** Git directory of this work tree. */
  readonly gitDirectory: string;
  /** What its file HEAD held when the repository was opened. */
  readonly head: string;
  readonly readHead: () => Promise<string>;
  /** What git said of the file a while ago; taken again if that need not hold any more. */
  readonly earlier: FileLook | undefined;
}

export async function commitLocally(
  context: WorkingCopyContext,
  commit: PointerCommit,
  branch: LocalBranch,
): Promise<PointerCommitOutcome> {
  const { gitDirectory, readHead, earlier } = branch;
  const { path } = commit;
  const run = { directory: context.root, environment: context.environment };
  const literal = `:(top,literal)${path}`;
  const [now, tip] = await Promise.all([readBasis(context, gitDirectory, path), readHead()]);
  const isUnmoved = tip === commit.decidedOn && now.head === branch.head;
  const [{ status, basis }, blob] = await Promise.all([
    earlier !== undefined && isSameBasis(earlier.basis, now)
      ? earlier
      : lookAtFile(context, gitDirectory, path),
    isUnmoved ? commit.expectedPointerBlob : entryAt(context, 'HEAD', path).then((entry) => entry?.id),
  ]);
  // What an earlier run only wrote is what is committed now.
  const isWritten = status.startsWith('?? ') && basis.bytes?.toString('utf8') === commit.content;
  if (status !== '' && !isWritten) {
    throw new StkError('git-dirty', `${path} has an uncommitted change.`, {
      hint: `See it: git diff HEAD -- ${path}; commit it, or drop it: git restore --staged --worktree ${path}`,
      details: { path },
    });
  }
  if (blob !== commit.expectedPointerBlob) return lostTo(context, tip, path);

  const environment = { ...context.environment, ...authorEnvironment(commit.author) };
  const file = join(context.root, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, commit.content);
  try {
    // --only wants a path that the index knows.
    if (blob === undefined) await gitText({ ...run, args: ['add', '--intent-to-add', '--', literal] });
    await gitText({
      ...run,
      environment,
      args: ['commit', '--only', '--cleanup=verbatim', '-m', commit.message, '--', literal],
      signal: commit.signal,
      silence: hookTimeout,
    });
  } catch (thrown) {
    if (blob === undefined) {
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
