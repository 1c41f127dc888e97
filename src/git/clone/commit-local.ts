// Commits one file, a pointer or a new release, on the branch of the operator's clone when it has no upstream. Staged
// and other work stays unchanged; identity, hooks and signing are the operator's.
//
// Order: the index's lock, a private index with the one change, `git commit` on it, then index and work tree. The work
// tree is not written before the commit exists, so that a failed attempt leaves nothing for `git commit -a`. Only hooks
// need the file in its place earlier; when they refuse, it is restored without git.
import { randomBytes } from 'node:crypto';
import { copyFile, lstat, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { asStkError, StkError } from '../../kernel/errors.ts';
import { authorEnvironment } from '../process/author-environment.ts';
import { findCommitHooks } from './commit-hooks.ts';
import { lockIndex, type IndexLock } from './index-lock.ts';
import { type FileLook, isSameBasis, lookAtFile, readBasis } from './look-at-file.ts';
import { lostTo } from '../history/lost-pointer.ts';
import type { PointerCommit, PointerCommitOutcome, WorkingCopyContext } from './pointer-commit.ts';
import { entryAt, writableEntryAt } from './read-revision.ts';
import { tryPorcelain, porcelainFailure } from '../process/porcelain.ts';
import { parseCommit } from '../objects/parse-commit.ts';
import { gitBytes, gitText } from '../process/run-git.ts';
import { unlessAbsent } from '../refs/read-ref.ts';
import { refuseLinkedFolder, writePlainFile } from './work-tree-file.ts';

export interface LocalBranch {
  /** Git directory of this work tree. */
  readonly gitDirectory: string;
  /** The currently checked-out commit. */
  readonly readHead: () => Promise<string>;
  /** An earlier state of the file from git; read again if it may have changed. */
  readonly earlier: FileLook | undefined;
}

/** How many commits of others on the branch, or locks, during hooks are tolerated. */
const mostAttempts = 10;

export async function commitLocally(
  context: WorkingCopyContext,
  commit: PointerCommit,
  branch: LocalBranch,
): Promise<PointerCommitOutcome> {
  for (let attempt = 1; ; attempt += 1) {
    const lock = await lockIndex(branch.gitDirectory, commit);
    try {
      return await commitUnderLock(context, commit, { ...branch, lock });
    } catch (thrown) {
      const isBusy = thrown instanceof StkError && thrown.details['busy'] === true;
      if (!isBusy || attempt === mostAttempts) throw thrown;
      await lock.release();
      await commit.clock.sleep(attempt * 50, commit.signal);
    } finally {
      await lock.release();
    }
  }
}

async function commitUnderLock(
  context: WorkingCopyContext,
  commit: PointerCommit,
  branch: LocalBranch & { readonly lock: IndexLock },
): Promise<PointerCommitOutcome> {
  const { gitDirectory, readHead, earlier, lock } = branch;
  const { path, content } = commit;
  const also = [...(commit.also ?? [])];
  const [now, tip] = await Promise.all([
    readBasis(context, gitDirectory, path),
    readHead(),
    ...[path, ...also.map(([one]) => one)].map((one) => refuseLinkedFolder(context.root, one)),
    refuseUnfinished(gitDirectory),
  ]);
  const [{ status, basis }, entry, hooks] = await Promise.all([
    earlier !== undefined && isSameBasis(earlier.basis, now)
      ? earlier
      : lookAtFile(context, gitDirectory, path),
    writableEntryAt(context, tip, path),
    findCommitHooks(context),
  ]);
  // Text that an earlier run wrote without committing is committed now.
  const isWritten = status.startsWith('?? ') && basis.bytes?.toString('utf8') === content;
  if (status !== '' && !isWritten) {
    throw new StkError('git-dirty', `${path} has an uncommitted change.`, {
      hint: `See it: git diff HEAD -- ${path}; commit it, or drop it: git restore --staged --worktree ${path}`,
      details: { path },
    });
  }
  if (entry?.id !== commit.expectedPointerBlob) return lostTo(context, tip, path);
  for (const [one] of also) {
    await refusePresent(context, tip, one);
    if ((await unlessAbsent(lstat(join(context.root, one)))) !== undefined) throw alreadyThere(one);
  }

  const index = join(gitDirectory, `stk-index-${randomBytes(6).toString('hex')}`);
  const undo: (() => Promise<void>)[] = [];
  try {
    await prepareIndex(context, { index, gitDirectory, commit });
    if (hooks.areThere && !isWritten && content !== null)
      undo.push(await writePlainFile(context.root, path, content));
    if (hooks.areThere)
      for (const [one, text] of also) undo.push(await writePlainFile(context.root, one, text));
    await runCommit(context, commit, { index, tip, readHead });
  } catch (thrown) {
    await takeBack(asStkError(thrown), path, undo);
    throw thrown;
  } finally {
    await rm(index, { force: true });
    await rm(`${index}.lock`, { force: true });
  }
  const notes = await bringAlong(context, [path, ...also.map(([one]) => one)], lock);
  return { kind: 'committed', revision: await readHead(), pushed: false, notes };
}

/** A file that is added with the commit must be new. */
export async function refusePresent(context: WorkingCopyContext, tip: string, path: string): Promise<void> {
  if ((await writableEntryAt(context, tip, path)) !== undefined) throw alreadyThere(path);
}

function alreadyThere(path: string): StkError {
  return new StkError('conflict', `${path} already exists; nothing was committed.`, {
    hint: 'Run the command again: it chooses another name. If the file is not committed, move it away first.',
    details: { path },
  });
}

/** A copy of the index, reset to HEAD, with the one change: other staged changes stay out of the commit. */
async function prepareIndex(
  context: WorkingCopyContext,
  work: { readonly index: string; readonly gitDirectory: string; readonly commit: PointerCommit },
): Promise<void> {
  const { index, gitDirectory, commit } = work;
  const run = inIndex(context, index);
  const copied = await unlessAbsent(copyFile(join(gitDirectory, 'index'), index).then(() => true));
  const [blob] = await Promise.all([
    commit.content === null
      ? null
      : gitText({ ...run, args: ['hash-object', '-w', '--stdin'], input: commit.content }),
    gitText({ ...run, args: ['read-tree', ...(copied === true ? ['-i', '--reset'] : []), 'HEAD'] }),
  ]);
  await stage(run, commit.path, blob);
  for (const [path, text] of commit.also ?? [])
    await stage(run, path, await gitText({ ...run, args: ['hash-object', '-w', '--stdin'], input: text }));
}

async function runCommit(
  context: WorkingCopyContext,
  commit: PointerCommit,
  work: { readonly index: string; readonly tip: string; readonly readHead: () => Promise<string> },
): Promise<void> {
  const { directory, environment } = inIndex(context, work.index);
  const args = ['commit', '--cleanup=verbatim', '-m', commit.message];
  const options = {
    directory,
    environment: { ...environment, ...authorEnvironment(commit.author) },
    signal: commit.signal,
    timeout: hookTimeout,
  };
  let failure: StkError;
  try {
    const output = await tryPorcelain(options, args);
    if (output.exitCode === 0) return;
    failure = porcelainFailure(context.root, args, output);
  } catch (thrown) {
    failure = asStkError(thrown);
  }
  // A post-commit hook that fails or is interrupted does not undo the commit.
  if (await isCommitted(context, commit, { ...work, head: await work.readHead() })) return;
  const isBusy = /cannot lock ref|unable to create '.*\.lock'/i.test(failure.message);
  if (!isBusy) throw failure;
  throw new StkError('conflict', `Another git command is running in ${context.root}: ${failure.message}`, {
    hint: 'Nothing was committed. Run the command again; if no git runs there, delete the lock that it names.',
    details: { busy: true },
    cause: failure,
  });
}

async function isCommitted(
  context: WorkingCopyContext,
  { path, content }: PointerCommit,
  { head, tip }: { readonly head: string; readonly tip: string },
): Promise<boolean> {
  if (head === tip) return false;
  const run = { directory: context.root, environment: context.environment };
  const { parents } = parseCommit(head, await gitBytes({ ...run, args: ['cat-file', 'commit', head] }));
  if (!parents.includes(tip)) return false;
  const entry = await entryAt(context, head, path);
  if (content === null) return entry === undefined;
  return entry?.id === (await gitText({ ...run, args: ['hash-object', '--stdin'], input: content }));
}

/** The commit exists: later failures only become notes. */
async function bringAlong(
  context: WorkingCopyContext,
  paths: readonly string[],
  lock: IndexLock,
): Promise<string[]> {
  if (lock.file === undefined) return [];
  const run = inIndex(context, lock.file);
  try {
    for (const path of paths) {
      const entry = await entryAt(context, 'HEAD', path);
      await stage(run, path, entry?.id ?? null);
      if (entry === undefined) await rm(join(context.root, path), { force: true });
      else await gitText({ ...run, args: ['checkout-index', '--force', '--index', '--quiet', '--', path] });
    }
    await lock.commit();
    return [];
  } catch (thrown) {
    const why = asStkError(thrown).message;
    return [
      `the work tree could not be updated: ${why}; do it before the next commit: git restore --staged --worktree ${paths.join(' ')}`,
    ];
  }
}

/** `blob` null removes the path. */
async function stage(run: ReturnType<typeof inIndex>, path: string, blob: string | null): Promise<void> {
  await gitText({ ...run, args: stageArgs(path, blob) });
}

export function stageArgs(path: string, blob: string | null): readonly string[] {
  return blob === null
    ? ['update-index', '--force-remove', '--', path]
    : ['update-index', '--add', '--replace', '--cacheinfo', `100644,${blob},${path}`];
}

/** Reports the first failure; a failure of the cleanup is added to it. */
async function takeBack(
  failure: StkError,
  path: string,
  undo: readonly (() => Promise<void>)[],
): Promise<void> {
  try {
    for (const one of undo) await one();
  } catch (thrown) {
    throw new StkError(failure.code, failure.message, {
      hint: `${path} could not be restored (${asStkError(thrown).message}); do it before the next commit: git restore --staged --worktree ${path}`,
      details: failure.details,
      cause: failure,
    });
  }
}

/** `git commit --only` refuses during a merge, and a plain commit would include the other side. */
async function refuseUnfinished(gitDirectory: string): Promise<void> {
  for (const [file, what] of unfinished) {
    if ((await unlessAbsent(stat(join(gitDirectory, file)))) === undefined) continue;
    throw new StkError('git-dirty', `A ${what} is in progress in this clone; nothing was committed.`, {
      hint: `Finish it, or abort it: git ${what} --abort`,
    });
  }
}

const unfinished = [
  ['MERGE_HEAD', 'merge'],
  ['CHERRY_PICK_HEAD', 'cherry-pick'],
] as const;

function inIndex(context: WorkingCopyContext, index: string) {
  const environment = { ...context.environment, GIT_INDEX_FILE: index };
  return { directory: context.root, environment };
}

/** Milliseconds that a hook or a signing program may produce no output. */
export const hookTimeout = 300_000;
