// Commits one pointer file on the fetched tip of the upstream and pushes that one commit. It happens in a temporary
// worktree without a checkout, so that hooks and signing apply while the operator's files, index and branch stay.
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StkError } from '../../kernel/errors.ts';
import { authorEnvironment } from '../process/author-environment.ts';
import { hookTimeout } from './commit-local.ts';
import { lostTo } from '../history/lost-pointer.ts';
import { isPushRace } from '../mirror.ts';
import type { PointerCommit, PointerCommitOutcome, Upstream, WorkingCopyContext } from './pointer-commit.ts';
import { runPorcelain } from '../process/porcelain.ts';
import { entryAt, resolveCommit } from './read-revision.ts';
import { gitText, runGit } from '../process/run-git.ts';
import { addTemporaryWorktree, type TemporaryWorktree } from './temporary-worktree.ts';

/** Pushes that may lose the race on other files before it is given up: 20 at once need about 20 rounds. */
const mostAttempts = 60;
/** The pause after a lost race is at most this many times as long as what was lost, and doubles up to it. */
const longestPause = 16;
const networkTimeout = 60_000;

export async function fetchUpstream(
  context: WorkingCopyContext,
  upstream: Upstream,
  signal?: AbortSignal,
): Promise<string> {
  // The tip goes to a ref of our own for a moment: FETCH_HEAD and the tracking ref are shared with other commands.
  const own = `refs/stk/fetch-${randomBytes(8).toString('hex')}`;
  const porcelain = {
    directory: context.root,
    environment: context.environment,
    signal,
    timeout: networkTimeout,
  };
  const args = [
    'fetch',
    '--no-tags',
    '--no-write-fetch-head',
    '--no-auto-maintenance',
    '--verbose',
    '--refmap=',
  ];
  let tip: string;
  try {
    await runPorcelain(porcelain, [...args, '--', upstream.remote, `+${upstream.remoteRef}:${own}`]);
    tip = await resolveCommit(context, own);
  } finally {
    // After a fetch that was ended too: it may have made the ref already. Where there is none, that is no failure.
    await runGit({ ...at(context), args: ['update-ref', '-d', own] });
  }
  // The tracking ref follows as after any fetch; another fetch may hold its lock, and then does the same.
  await runGit({ ...at(context), args: ['update-ref', upstream.trackingRef, tip] });
  return tip;
}

export async function commitOnUpstream(
  context: WorkingCopyContext,
  upstream: Upstream,
  commit: PointerCommit,
): Promise<PointerCommitOutcome> {
  let worktree: TemporaryWorktree | undefined;
  try {
    for (let attempt = 1; attempt <= mostAttempts; attempt += 1) {
      const startedAt = commit.clock.now();
      const tip = await fetchUpstream(context, upstream, commit.signal);
      const before = await entryAt(context, tip, commit.path);
      if (before?.id !== commit.expectedPointerBlob) return await lostTo(context, tip, commit.path);
      worktree ??= await addTemporaryWorktree(context, tip);
      const revision = await commitInTree({ tree: worktree.directory, tip, context, commit });
      if (await pushCommit(context, upstream, revision, commit.signal)) {
        await runGit({ ...at(context), args: ['update-ref', upstream.trackingRef, revision] });
        return { kind: 'committed', revision, pushed: true, notes: await fastForward(context, revision) };
      }
      // As long as what was lost took, at first: among many, pauses that are too short lose every race again.
      const tookMs = Math.max(20, commit.clock.now() - startedAt);
      const rounds = Math.min(longestPause, 2 ** (attempt - 1));
      await commit.clock.sleep(commit.clock.random() * tookMs * rounds, commit.signal);
    }
  } finally {
    await worktree?.remove();
  }
  throw new StkError(
    'conflict',
    `The push to ${upstream.remote} lost the race against others ${mostAttempts} times.`,
    {
      hint: 'Nothing was pushed. Run the command again.',
    },
  );
}

async function commitInTree(work: {
  tree: string;
  tip: string;
  context: WorkingCopyContext;
  commit: PointerCommit;
}): Promise<string> {
  const { tree, tip, context, commit } = work;
  const inTree = { directory: tree, environment: context.environment };
  await gitText({ ...inTree, args: ['update-ref', '--no-deref', 'HEAD', tip] });
  await gitText({ ...inTree, args: ['read-tree', '--reset', tip] });
  const file = join(tree, commit.path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, commit.content);
  await gitText({ ...inTree, args: ['add', '--force', '--', `:(top,literal)${commit.path}`] });
  const environment = { ...context.environment, ...authorEnvironment(commit.author) };
  const porcelain = { directory: tree, environment, signal: commit.signal, timeout: hookTimeout };
  await runPorcelain(porcelain, ['commit', '--cleanup=verbatim', '-m', commit.message]);
  return gitText({ ...inTree, args: ['rev-parse', 'HEAD'] });
}

async function pushCommit(
  context: WorkingCopyContext,
  upstream: Upstream,
  revision: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const porcelain = {
    directory: context.root,
    environment: context.environment,
    signal,
    timeout: networkTimeout,
  };
  try {
    await runPorcelain(porcelain, [
      'push',
      '--porcelain',
      '--',
      upstream.remote,
      `${revision}:${upstream.remoteRef}`,
    ]);
    return true;
  } catch (thrown) {
    if (
      thrown instanceof StkError &&
      isPushRace(thrown.message) &&
      !/pre-receive|hook declined/.test(thrown.message)
    )
      return false;
    throw thrown;
  }
}

async function fastForward(context: WorkingCopyContext, revision: string): Promise<string[]> {
  // The commit is at the remote: whatever fails here is a note.
  const args = ['status', '--porcelain=v1', '--untracked-files=no'];
  const status = await runGit({ ...at(context), args });
  if (status.exitCode !== 0) return ['the local branch stays where it is: git status failed (git pull)'];
  if (status.stdout.length > 0)
    return [
      'the local branch stays where it is: the work tree has uncommitted changes (git pull when it is clean)',
    ];
  const merged = await runGit({ ...at(context), args: ['merge', '--ff-only', '--quiet', revision] });
  return merged.exitCode === 0
    ? []
    : ['the local branch stays where it is: it cannot be fast-forwarded (git pull --rebase)'];
}

function at(context: WorkingCopyContext) {
  return { directory: context.root, environment: context.environment };
}
