// Adds files to a branch from the operator's clone, without a work tree: on the remote's tip and pushed, or in the
// clone when it has no remote. Uses the operator's identity and signing. Shallow, single-branch and detached clones are
// enough.
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../kernel/clock.ts';
import { StkError } from '../../kernel/errors.ts';
import { appendFiles } from '../append-files.ts';
import type { AppendOutcome, FileAppend, HubCommitOutcome } from '../config-repo.ts';
import { isPushRace, pushRef } from '../process/push-ref.ts';
import { buildTree } from '../objects/build-commit.ts';
import { CommitReader } from '../objects/commit-reader.ts';
import { ObjectReader } from '../objects/object-reader.ts';
import { runPorcelain } from '../process/porcelain.ts';
import { gitText, runGit } from '../process/run-git.ts';
import { createRefReader } from '../refs/read-ref.ts';
import { hookTimeout } from './commit-local.ts';
import type { WorkingCopyContext } from './pointer-commit.ts';

export interface CloneAppend {
  readonly context: WorkingCopyContext;
  readonly commonDirectory: string;
  /** `undefined` when this clone's branch is written, and nothing is pushed. */
  readonly remote: string | undefined;
  readonly append: FileAppend;
  readonly clock: Clock;
}

/** A commit that goes to a branch. */
interface BranchWork extends Pick<CloneAppend, 'context'> {
  readonly append: Pick<FileAppend, 'ref' | 'message' | 'author' | 'signal'>;
}

const networkTimeout = 60_000;
const zeros = '0'.repeat(40);

/** Throws as append-files.ts does, and `git-unavailable`, `push-refused`, `git-failed` (signing). */
export async function appendToBranch(work: CloneAppend): Promise<AppendOutcome> {
  const { context, commonDirectory, remote, append, clock } = work;
  const { environment } = context;
  const objects = new ObjectReader({ gitDirectory: commonDirectory, environment });
  const reader = new CommitReader(objects, commonDirectory);
  const readRef = createRefReader(commonDirectory);
  try {
    const outcome = await appendFiles(
      {
        clock,
        tip: async () =>
          remote === undefined
            ? ((await readRef(append.ref)) ?? null)
            : fetchTip(context, { remote, ref: append.ref, signal: append.signal }),
        entryAt: (revision, path) => reader.entryAt(revision, path),
        async commit(files, expected) {
          const { tree } = await buildTree({ reader, commonDirectory }, expected, files);
          const revision = await commitTree(work, tree, expected);
          return remote === undefined
            ? moveBranch(work, revision, expected)
            : pushCommit(work, remote, revision);
        },
      },
      append,
    );
    if (remote !== undefined) await follow(work, remote, outcome.revision);
    return outcome;
  } finally {
    objects.close();
  }
}

/** The remote's tip, with its objects; `null` when the branch does not exist. Throws `git-unavailable`. */
export async function fetchTip(
  context: WorkingCopyContext,
  { remote, ref, signal }: { remote: string; ref: string; signal: AbortSignal | undefined },
): Promise<string | null> {
  const at = { directory: context.root, environment: context.environment };
  const porcelain = { ...at, signal, timeout: networkTimeout };
  const listed = await runPorcelain(porcelain, ['ls-remote', '--', remote, ref]);
  if (listed.trim() === '') return null;
  // A temporary private ref: other commands share FETCH_HEAD and the tracking ref.
  const own = `refs/stk/fetch-${randomBytes(8).toString('hex')}`;
  const flags = ['--no-tags', '--no-write-fetch-head', '--no-auto-maintenance', '--verbose', '--refmap='];
  try {
    await runPorcelain(porcelain, ['fetch', ...flags, '--', remote, `+${ref}:${own}`]);
    return await gitText({ ...at, args: ['rev-parse', '--verify', `${own}^{commit}`] });
  } finally {
    await runGit({ ...at, args: ['update-ref', '-d', own] });
  }
}

export async function commitTree(work: BranchWork, tree: string, parent: string | null): Promise<string> {
  const { append } = work;
  // `git commit-tree` signs only when asked to.
  const signs = await runGit({ ...at(work), args: ['config', '--type=bool', '--get', 'commit.gpgSign'] });
  const isSigning = signs.stdout.toString('utf8').trim() === 'true';
  const { name, email } = append.author;
  const identity = {
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
  };
  return gitText({
    directory: work.context.root,
    environment: { ...work.context.environment, ...identity },
    args: [
      'commit-tree',
      ...(isSigning ? ['-S'] : ['--no-gpg-sign']),
      ...(parent === null ? [] : ['-p', parent]),
      '-m',
      append.message,
      tree,
    ],
    signal: append.signal,
    silence: hookTimeout,
  });
}

export async function moveBranch(
  work: BranchWork,
  revision: string,
  expected: string | null,
): Promise<HubCommitOutcome> {
  const { ref } = work.append;
  const args = ['update-ref', '-m', 'stk: record', ref, revision, expected ?? zeros];
  const output = await runGit({ ...at(work), args });
  if (output.exitCode === 0) return { kind: 'committed', revision };
  const refusal = new StkError('git-failed', `git update-ref ${ref} failed: ${output.stderr.trim()}`, {
    hint: 'If it names a lock and no git runs in this clone, delete the lock.',
  });
  if (isPushRace(output.stderr)) return { kind: 'moved', revision: null, refusal };
  throw refusal;
}

export async function pushCommit(
  work: BranchWork,
  remote: string,
  revision: string,
): Promise<HubCommitOutcome> {
  const porcelain = { ...at(work), signal: work.append.signal, timeout: networkTimeout };
  const outcome = await pushRef(porcelain, { remote, revision, ref: work.append.ref });
  return outcome.kind === 'pushed'
    ? { kind: 'committed', revision }
    : { kind: 'moved', revision: null, refusal: outcome.error };
}

/** Updates the tracking ref and the local branch; a local branch with other commits stays unchanged. */
async function follow(work: CloneAppend, remote: string, revision: string): Promise<void> {
  const { ref } = work.append;
  const branch = ref.replace('refs/heads/', '');
  await runGit({ ...at(work), args: ['update-ref', `refs/remotes/${remote}/${branch}`, revision] });
  const args = ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance', '.'];
  // As a fetch from this clone itself: only forwards, and never for a branch that is checked out.
  await runGit({ ...at(work), args: [...args, `${revision}:${ref}`] });
}

function at({ context }: Pick<CloneAppend, 'context'>) {
  return { directory: context.root, environment: context.environment };
}
