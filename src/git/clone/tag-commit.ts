// An annotated tag in the operator's clone, with the operator's identity and signing. Only the tag is pushed, when
// there is an upstream. Never moves an existing tag.
import { authorEnvironment } from '../process/author-environment.ts';
import { hookTimeout } from './commit-local.ts';
import type { Upstream, WorkingCopyContext } from './pointer-commit.ts';
import { openOperatorGit } from '../process/operator-git.ts';
import { runPorcelain } from '../process/porcelain.ts';
import { runGit } from '../process/run-git.ts';

export interface TagRequest {
  /** Without refs/tags/; often a release id. */
  readonly name: string;
  /** Full id of the commit. */
  readonly revision: string;
  readonly message: string;
  /** `Name <mail>`; `undefined` for git's own identity. */
  readonly author: string | undefined;
  readonly signal: AbortSignal | undefined;
}

/** The commit that a tag names in this clone; `undefined` when the tag does not exist. */
export async function findTag(context: WorkingCopyContext, name: string): Promise<string | undefined> {
  const output = await runGit({
    directory: context.root,
    environment: context.environment,
    args: ['rev-parse', '--verify', '--quiet', '--end-of-options', `refs/tags/${name}^{commit}`],
  });
  return output.exitCode === 0 ? output.stdout.toString('utf8').trim() : undefined;
}

/**
 * Creates the tag if missing, and pushes it. Throws `git-failed` (another tag of that name at the remote),
 * `git-unavailable`.
 */
export async function tagCommit(
  context: WorkingCopyContext,
  upstream: Upstream | undefined,
  { name, revision, message, author, signal }: TagRequest,
): Promise<{ readonly pushed: boolean }> {
  const environment = { ...context.environment, ...authorEnvironment(author) };
  const porcelain = { directory: context.root, environment, signal, timeout: hookTimeout };
  if ((await findTag(context, name)) === undefined) {
    const git = await openOperatorGit(porcelain);
    await git.run('tag', '--annotate', '--cleanup=verbatim', '-m', message, '--', name, revision);
  }
  if (upstream === undefined) return { pushed: false };
  const ref = `refs/tags/${name}`;
  await runPorcelain(porcelain, ['push', '--porcelain', '--', upstream.remote, `${ref}:${ref}`]);
  return { pushed: true };
}
