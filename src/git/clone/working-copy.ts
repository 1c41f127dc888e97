// The operator's clone of the config repo, for the command line: its location, its branch's upstream, its content, and
// commits of one pointer or release with the operator's identity, hooks and signing.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StkError } from '../../kernel/errors.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { AppendOutcome, CommitAuthor, FileAppend } from '../config-repo.ts';
import { gitEnvironment, type Environment } from '../process/git-environment.ts';
import { locateRepository } from '../locate-repository.ts';
import type { FileLook } from './look-at-file.ts';
import type { PointerCommit, PointerCommitOutcome, Upstream, WorkingCopyContext } from './pointer-commit.ts';
import type { ProposalOutcome, ProposalRequest } from './propose-commit.ts';
import { createRefReader, unlessAbsent } from '../refs/read-ref.ts';
import { resolveCommit } from './read-revision.ts';
import { gitText, runGit } from '../process/run-git.ts';
import type { TagRequest } from './tag-commit.ts';

export interface WorkingCopy {
  /** Root of the work tree. */
  readonly root: string;
  /** Git directory of this work tree, and where its refs and objects are. */
  readonly gitDirectory: string;
  readonly commonDirectory: string;
  /** Full name of the checked-out branch; `undefined` when detached. */
  readonly branch: string | undefined;
  /** `undefined` when commits stay in this clone. */
  readonly upstream: Upstream | undefined;
  /** The commit that decisions are based on: the fetched tip of the upstream, or HEAD. */
  tip(signal?: AbortSignal): Promise<string>;
  resolve(reference: string): Promise<string>;
  /** Whether the history is incomplete (shallow). */
  isShallow(): Promise<boolean>;
  /** Newest common ancestor; `undefined` when none exists. */
  mergeBase(a: string, b: string): Promise<string | undefined>;
  /** Throws `git-ref` when the checked-out branch neither is nor tracks the ref that the Hub follows. */
  requireBranch(hubRef: string | undefined): void;
  /** Does the preparation for a commit of the file that writes nothing, during another wait. */
  prepareCommit(path: string): Promise<void>;
  /** Throws `git-dirty`, `git-ref` (another branch than `hubRef`), `git-identity`, `git-failed` (a hook refused), `git-unavailable`. */
  commitPointer(commit: PointerCommit & { readonly hubRef?: string }): Promise<PointerCommitOutcome>;
  /** Whether git signs commits here: its `commit.gpgSign`. */
  signsCommits(): Promise<boolean>;
  /** The committer; `author`: `Name <mail>`, `undefined` for git's own identity. Throws `git-identity`, `usage`. */
  identity(author: string | undefined): Promise<CommitAuthor>;
  /**
   * Adds files to a branch and pushes it: to the remote `to`, else the upstream's, else `origin`, else nowhere. Throws
   * as append-to-branch.ts does, and `usage` for an unknown remote and for the branch that is checked out here.
   */
  appendFiles(
    append: FileAppend,
    options: AppendOptions,
  ): Promise<AppendOutcome & { readonly pushedTo: string | null }>;
  /** Puts one commit on a separate branch, pushed to the upstream's remote, else `origin`, else nowhere. Throws `conflict`. */
  propose(request: ProposalRequest): Promise<ProposalOutcome & { readonly pushedTo: string | null }>;
  /** The tip of a branch, fetched from the remote that `appendFiles` writes to; `null` when it does not exist. */
  branchTip(
    ref: string,
    options: { readonly to?: string | undefined; readonly signal?: AbortSignal },
  ): Promise<string | null>;
  /** The commit that a tag names; `undefined` when the tag does not exist here. */
  findTag(name: string): Promise<string | undefined>;
  /** An annotated tag, pushed when there is an upstream. Throws `git-failed`, `git-unavailable`. */
  tag(request: TagRequest): Promise<{ readonly pushed: boolean }>;
}

export interface AppendOptions {
  /** Name of a remote. */
  readonly to?: string | undefined;
  readonly clock: Clock;
}

/** Throws `not-a-config-repo` (also when bare), `git-format`, `git-ownership`, `git-missing`. */
export async function openWorkingCopy(directory: string, environment: Environment): Promise<WorkingCopy> {
  const variables = gitEnvironment(environment);
  const { workTree, gitDirectory, commonDirectory, tracking } = await locateRepository(directory, variables);
  if (workTree === undefined) {
    throw new StkError(
      'not-a-config-repo',
      `${directory} is a bare repository; the command needs a clone with a work tree.`,
      {
        hint: `git clone ${directory} and run it there`,
      },
    );
  }
  const context: WorkingCopyContext = { root: workTree, environment: variables };
  // In the supported format HEAD is a file. Reading it is faster than starting git.
  const head = await readFile(join(gitDirectory, 'HEAD'), 'utf8');
  const branch = /^ref: (refs\/\S+)\s*$/.exec(head)?.[1];
  const readRef = createRefReader(commonDirectory);
  // Few local branches have a configured upstream; only then git is asked for it.
  const mayTrack = branch !== undefined && tracking.has(branch.replace('refs/heads/', ''));
  const upstream = mayTrack ? await findUpstream(context, branch) : undefined;
  const requireBranch = (hubRef: string | undefined): void => {
    const expected = hubRef ?? branch;
    const followed = upstream?.remoteRef ?? branch;
    if (followed !== undefined && (followed === expected || branch === expected)) return;
    const message = `${branch ?? 'A detached HEAD'} is checked out, but the Hub follows ${expected ?? 'a branch'}.`;
    const hint = `git switch ${(expected ?? 'main').replace('refs/heads/', '')}`;
    throw new StkError('git-ref', message, { hint });
  };
  // The branch's file is read without a process, because a commit needs it twice.
  const readHead = async (): Promise<string> => {
    const isStill = branch !== undefined && (await readFile(join(gitDirectory, 'HEAD'), 'utf8')) === head;
    return (isStill && (await readRef(branch))) || resolveCommit(context, 'HEAD');
  };
  let look: { readonly path: string; readonly taken: Promise<FileLook> } | undefined;
  return {
    root: workTree,
    gitDirectory,
    commonDirectory,
    branch,
    upstream,
    async tip(signal) {
      if (upstream === undefined) return readHead();
      const { fetchUpstream } = await import('./commit-upstream.ts');
      return fetchUpstream(context, upstream, signal);
    },
    resolve: (reference) => resolveCommit(context, reference),
    isShallow: async () =>
      (await unlessAbsent(readFile(join(commonDirectory, 'shallow'), 'utf8'))) !== undefined,
    async mergeBase(a, b) {
      const output = await runGit({
        directory: workTree,
        environment: variables,
        args: ['merge-base', '--end-of-options', a, b],
      });
      return output.exitCode === 0 ? output.stdout.toString('utf8').trim() : undefined;
    },
    requireBranch,
    async prepareCommit(path) {
      if (upstream !== undefined) return;
      const [{ lookAtFile }] = await Promise.all([import('./look-at-file.ts'), import('./commit-local.ts')]);
      const taken = lookAtFile(context, gitDirectory, path);
      look = { path, taken };
      // The commit reports the failure.
      await taken.catch(() => undefined);
    },
    async commitPointer(commit) {
      requireBranch(commit.hubRef);
      if (upstream === undefined) {
        const { commitLocally } = await import('./commit-local.ts');
        const earlier = look?.path === commit.path ? await look.taken : undefined;
        return commitLocally(context, commit, { gitDirectory, readHead, earlier });
      }
      const { commitOnUpstream } = await import('./commit-upstream.ts');
      return commitOnUpstream(context, upstream, commit);
    },
    async identity(author) {
      const { readOperatorIdentity } = await import('./operator-identity.ts');
      return readOperatorIdentity(context, author);
    },
    async signsCommits() {
      const args = ['config', '--type=bool', '--get', 'commit.gpgSign'];
      const output = await runGit({ directory: workTree, environment: variables, args });
      return output.stdout.toString('utf8').trim() === 'true';
    },
    async appendFiles(append, { to, clock }) {
      if (append.ref === branch || append.ref === upstream?.remoteRef) throw ownBranch(append.ref);
      const [{ appendToBranch }, remote] = await Promise.all([
        import('./append-to-branch.ts'),
        findRemote(context, to ?? upstream?.remote),
      ]);
      const outcome = await appendToBranch({ context, commonDirectory, remote, append, clock });
      return { ...outcome, pushedTo: remote ?? null };
    },
    async propose(request) {
      const [{ proposeCommit }, remote] = await Promise.all([
        import('./propose-commit.ts'),
        findRemote(context, upstream?.remote),
      ]);
      const outcome = await proposeCommit({ context, commonDirectory, remote }, request);
      return { ...outcome, pushedTo: remote ?? null };
    },
    async branchTip(ref, { to, signal }) {
      const remote = await findRemote(context, to ?? upstream?.remote);
      if (remote === undefined) return (await readRef(ref)) ?? null;
      const { fetchTip } = await import('./append-to-branch.ts');
      return fetchTip(context, { remote, ref, signal });
    },
    async findTag(name) {
      const { findTag } = await import('./tag-commit.ts');
      return findTag(context, name);
    },
    async tag(request) {
      const { tagCommit } = await import('./tag-commit.ts');
      return tagCommit(context, upstream, request);
    },
  };
}

function ownBranch(ref: string): StkError {
  const name = ref.replace('refs/heads/', '');
  return new StkError('usage', `${name} is the branch of this clone; records need a separate branch`, {
    hint: 'Name another one in stk.yaml: records.branch: stk-records',
  });
}

/** `named`, which must exist; else `origin`, if it exists. */
async function findRemote(
  context: WorkingCopyContext,
  named: string | undefined,
): Promise<string | undefined> {
  const run = { directory: context.root, environment: context.environment };
  const remotes = (await gitText({ ...run, args: ['remote'] })).split('\n').filter((name) => name !== '');
  if (named === undefined) return remotes.find((name) => name === 'origin');
  if (remotes.includes(named)) return named;
  const known = remotes.length === 0 ? 'none' : remotes.join(', ');
  throw new StkError('usage', `${context.root} has no remote "${named}"; configured: ${known}.`, {
    hint: `git remote add ${named} URL, or name another one with --remote.`,
  });
}

async function findUpstream(context: WorkingCopyContext, branch: string): Promise<Upstream | undefined> {
  const format = '--format=%(upstream:remotename)%00%(upstream:remoteref)%00%(upstream)';
  const said = await gitText({
    directory: context.root,
    environment: context.environment,
    args: ['for-each-ref', format, branch],
  });
  const [remote = '', remoteRef = '', trackingRef = ''] = said.split('\0');
  // A branch that tracks another local branch (remote ".") has no remote to push to.
  return remote === '' || remote === '.' || remoteRef === '' ? undefined : { remote, remoteRef, trackingRef };
}
