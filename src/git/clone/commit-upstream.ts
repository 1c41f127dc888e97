// Commits one pointer file on the fetched tip of the upstream and pushes that one commit. Uses a temporary worktree, so
// that hooks and signing apply, but the operator's files, index and branch stay unchanged.
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { StkError } from '../../kernel/errors.ts';
import { authorEnvironment } from '../process/author-environment.ts';
import { hookTimeout, refusePresent, stageArgs } from './commit-local.ts';
import { lostTo } from '../history/lost-pointer.ts';
import { unknownPush } from '../unknown-push.ts';
import { findCommitHooks, type CommitHooks } from './commit-hooks.ts';
import type { PointerCommit, PointerCommitOutcome, Upstream, WorkingCopyContext } from './pointer-commit.ts';
import { porcelainFailure, runPorcelain, tryPorcelain } from '../process/porcelain.ts';
import { pushRef, type PushOutcome } from '../process/push-ref.ts';
import { resolveCommit, writableEntryAt } from './read-revision.ts';
import { gitText, runGit } from '../process/run-git.ts';
import { addTemporaryWorktree, type TemporaryWorktree } from './temporary-worktree.ts';

/** Pushes that may lose the race on other files before it gives up: 20 at once need about 20 rounds. */
const mostAttempts = 60;
/** The pause after a lost race is at most this many times as long as the lost attempt, and doubles up to it. */
const longestPause = 16;
const networkTimeout = 60_000;
/** The same, for asking whether a push succeeded. */
const lookTimeout = 10_000;
/** Refusals in a row that look like a race although the branch did not move, until the remote's message is reported. */
const mostUnmoved = 5;
const mostLockedMerges = 10;

export async function fetchUpstream(
  context: WorkingCopyContext,
  upstream: Upstream,
  signal?: AbortSignal,
  timeout = networkTimeout,
): Promise<string> {
  // A temporary private ref for the tip: other commands share FETCH_HEAD and the tracking ref.
  const own = `refs/stk/fetch-${randomBytes(8).toString('hex')}`;
  const porcelain = {
    directory: context.root,
    environment: context.environment,
    signal,
    timeout,
  };
  const args = [
    'fetch',
    '--no-tags',
    '--no-prune',
    '--no-write-fetch-head',
    '--no-auto-maintenance',
    '--verbose',
    '--progress',
    '--refmap=',
  ];
  let tip: string;
  try {
    await runPorcelain(porcelain, [...args, '--', upstream.remote, `+${upstream.remoteRef}:${own}`]);
    tip = await resolveCommit(context, own);
  } finally {
    // Also after an aborted fetch, which may have created the ref already. A missing ref is no failure.
    await runGit({ ...at(context), args: ['update-ref', '-d', own] });
  }
  // Updates the tracking ref as any fetch does; another fetch may hold its lock, and then does the same.
  await runGit({ ...at(context), args: ['update-ref', upstream.trackingRef, tip] });
  return tip;
}

export async function commitOnUpstream(
  context: WorkingCopyContext,
  upstream: Upstream,
  commit: PointerCommit,
): Promise<PointerCommitOutcome> {
  let worktree: TemporaryWorktree | undefined;
  let builtOn: string | undefined;
  let unmoved = 0;
  try {
    const hooks = await findCommitHooks(context);
    for (let attempt = 1; attempt <= mostAttempts; attempt += 1) {
      const startedAt = commit.clock.now();
      const tip = await fetchUpstream(context, upstream, commit.signal);
      const before = await writableEntryAt(context, tip, commit.path);
      if (before?.id !== commit.expectedPointerBlob) return await lostTo(context, tip, commit.path);
      for (const path of commit.also?.keys() ?? []) await refusePresent(context, tip, path);
      worktree ??= await addTemporaryWorktree(context, tip);
      const revision = await commitInTree({ tree: worktree.directory, tip, context, commit, hooks });
      const outcome = await pushAndLook(context, upstream, revision, commit.signal);
      if (outcome.kind === 'pushed') {
        await runGit({ ...at(context), args: ['update-ref', upstream.trackingRef, revision] });
        return {
          kind: 'committed',
          revision,
          pushed: true,
          notes: await fastForward(context, revision, commit),
        };
      }
      // A permanent lock at the remote looks like a race that nobody wins.
      unmoved = tip === builtOn ? unmoved + 1 : 1;
      builtOn = tip;
      if (unmoved >= mostUnmoved) throw outcome.error;
      // At first as long as the lost attempt: among many writers, short pauses lose every race again.
      const tookMs = Math.max(20, commit.clock.now() - startedAt);
      const rounds = Math.min(longestPause, 2 ** (attempt - 1));
      await commit.clock.sleep(commit.clock.random() * tookMs * rounds, commit.signal);
    }
  } finally {
    await worktree?.remove();
  }
  throw new StkError(
    'conflict',
    `Other pushes to ${upstream.remote} came first, ${mostAttempts} times in a row.`,
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
  hooks: CommitHooks;
}): Promise<string> {
  const { tree, tip, context, commit, hooks } = work;
  const { path, content } = commit;
  const inTree = { directory: tree, environment: context.environment };
  await gitText({ ...inTree, args: ['update-ref', '--no-deref', 'HEAD', tip] });
  // Hooks may read other files; without hooks, none are needed.
  const checkout = hooks.areThere ? ['-u'] : [];
  await gitText({ ...inTree, args: ['read-tree', '--reset', '--no-recurse-submodules', ...checkout, tip] });
  const blob =
    content === null
      ? null
      : await gitText({ ...inTree, args: ['hash-object', '-w', '--stdin'], input: content });
  await gitText({ ...inTree, args: stageArgs(path, blob) });
  if (hooks.areThere && blob === null) await rm(join(tree, path), { force: true });
  else if (hooks.areThere)
    await gitText({ ...inTree, args: ['checkout-index', '--force', '--index', '--quiet', '--', path] });
  for (const [also, text] of commit.also ?? []) {
    const id = await gitText({ ...inTree, args: ['hash-object', '-w', '--stdin'], input: text });
    await gitText({ ...inTree, args: stageArgs(also, id) });
    if (hooks.areThere)
      await gitText({ ...inTree, args: ['checkout-index', '--force', '--index', '--quiet', '--', also] });
  }
  const options = {
    directory: tree,
    environment: { ...context.environment, ...authorEnvironment(commit.author) },
    signal: commit.signal,
    timeout: hookTimeout,
  };
  // A relative hooks path refers to the operator's work tree, where a plain commit would run.
  const hooksPath = ['-c', `core.hooksPath=${hooks.folder}`];
  const args = [...hooksPath, 'commit', '--cleanup=verbatim', '-m', commit.message];
  const output = await tryPorcelain(options, args);
  const head = await gitText({ ...inTree, args: ['rev-parse', 'HEAD'] });
  // A failing post-commit hook does not undo the commit.
  if (output.exitCode === 0 || head !== tip) return head;
  const failure = porcelainFailure(context.root, args, output);
  if (!hooks.areThere || failure.code !== 'git-failed') throw failure;
  throw new StkError(failure.code, failure.message, {
    hint: `The hooks of ${hooks.folder} ran in a checkout of ${tip.slice(0, 10)} that has only committed files. If a hook needs other files, such as node_modules, commit the pointer by hand: edit ${path}, git commit, git push.`,
    details: failure.details,
    cause: failure,
  });
}

/** A push whose answer was lost may have succeeded: asks the remote, even after an interruption. */
async function pushAndLook(
  context: WorkingCopyContext,
  upstream: Upstream,
  revision: string,
  signal?: AbortSignal,
): Promise<PushOutcome> {
  const { remote, remoteRef: ref } = upstream;
  try {
    return await pushRef({ ...at(context), signal, timeout: networkTimeout }, { remote, revision, ref });
  } catch (thrown) {
    if (!(thrown instanceof StkError) || !mayHaveLanded(thrown)) throw thrown;
    try {
      const tip = await fetchUpstream(context, upstream, undefined, lookTimeout);
      const args = ['merge-base', '--is-ancestor', revision, tip];
      if ((await runGit({ ...at(context), args })).exitCode === 0) return { kind: 'pushed' };
    } catch (cause) {
      throw unknownPush({ revision, remote, failure: thrown, cause });
    }
    throw thrown;
  }
}

/** A refusal by a hook of this clone, or by the remote, is certain. */
function mayHaveLanded({ code, details }: StkError): boolean {
  return code === 'git-unavailable' || (code === 'git-failed' && details['exitCode'] !== 1);
}

async function fastForward(
  context: WorkingCopyContext,
  revision: string,
  { clock }: PointerCommit,
): Promise<string[]> {
  const stays = 'the local branch was not moved';
  // The commit is at the remote: later failures only become notes.
  const args = ['status', '--porcelain=v1', '--untracked-files=no'];
  const status = await runGit({ ...at(context), args });
  if (status.exitCode !== 0) return [`${stays}: git status failed (git pull)`];
  if (status.stdout.length > 0)
    return [`${stays}: the work tree has uncommitted changes (git pull when it is clean)`];
  for (let attempt = 1; ; attempt += 1) {
    const merged = await runGit({ ...at(context), args: ['merge', '--ff-only', '--quiet', revision] });
    if (merged.exitCode === 0) return [];
    const isBusy = /\.lock': File exists|cannot lock ref/i.test(merged.stderr);
    if (!isBusy) return [`${stays}: it cannot be fast-forwarded (git pull --rebase)`];
    if (attempt === mostLockedMerges) return [`${stays}: another git command holds a lock (git pull)`];
    await clock.sleep(attempt * 50);
  }
}

function at(context: WorkingCopyContext) {
  return { directory: context.root, environment: context.environment };
}
