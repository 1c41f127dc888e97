// The git state of an application's folder: its repository, the commit that a ref names there, and whether the work
// tree matches that commit. Only reads; a folder outside a repository is an outcome.
import { realpath } from 'node:fs/promises';
import { StkError } from '../../kernel/errors.ts';
import { foreignEnvironment } from '../process/foreign-environment.ts';
import type { Environment } from '../process/git-environment.ts';
import { openOperatorGit } from '../process/operator-git.ts';
import { parseCommit } from '../objects/parse-commit.ts';
import { gitBytes, gitText, runGit } from '../process/run-git.ts';

export interface ApplicationRef {
  /** Root of the repository around the folder; without a repository, the folder itself. */
  readonly repository: string;
  /** Full id of HEAD; `undefined` when there is no repository, or no commit in it. */
  readonly head: string | undefined;
  /** The commit that the ref names; `undefined` when the repository has no such ref. */
  readonly commit:
    { readonly id: string; /** RFC 3339 UTC, the committer's. */ readonly time: string } | undefined;
  /** The folder differs from HEAD. */
  readonly isDirty: boolean;
  /** HEAD is another commit than the ref, and the folder differs between them. */
  readonly isElsewhere: boolean;
}

/** `ref` undefined means HEAD. Throws `git-missing`, `git-ownership`. */
export async function readApplicationRef(request: {
  readonly directory: string;
  readonly ref: string | undefined;
  readonly environment: Environment;
}): Promise<ApplicationRef> {
  const directory = await realpath(request.directory);
  const at = { directory, environment: await foreignEnvironment(directory, request.environment) };
  const top = await runGit({ ...at, args: ['rev-parse', '--show-toplevel'] });
  if (/dubious ownership/i.test(top.stderr))
    throw new StkError('git-ownership', `git refuses ${directory}: another user owns its repository.`, {
      hint: `git config --global --add safe.directory ${directory}`,
    });
  if (top.exitCode !== 0)
    return { repository: directory, head: undefined, commit: undefined, isDirty: false, isElsewhere: false };
  const resolve = async (ref: string): Promise<string | undefined> => {
    const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`];
    const found = await runGit({ ...at, args });
    return found.exitCode === 0 ? found.stdout.toString('utf8').trim() : undefined;
  };
  const head = await resolve('HEAD');
  const id = request.ref === undefined ? head : await resolve(request.ref);
  // `git status` is porcelain: it uses the operator's settings, and runs nothing from the folder.
  const git = await openOperatorGit(at);
  const flags = ['--porcelain=v1', '-z', '--untracked-files=normal', '--ignore-submodules=none'];
  const status = await git.run('status', ...flags, '--', '.');
  return {
    repository: top.stdout.toString('utf8').replace(/\n$/, ''),
    head,
    commit: id === undefined ? undefined : { id, time: await readTime(at, id) },
    isDirty: status !== '',
    // In a shared repository, commits outside this folder do not matter.
    isElsewhere:
      id !== undefined &&
      head !== undefined &&
      id !== head &&
      (await gitText({
        ...at,
        args: ['diff-tree', '-r', '-z', '--name-only', '--no-renames', id, head, '--', '.'],
      })) !== '',
  };
}

async function readTime(
  at: { readonly directory: string; readonly environment: Readonly<Record<string, string>> },
  id: string,
): Promise<string> {
  return parseCommit(id, await gitBytes({ ...at, args: ['cat-file', 'commit', id] })).at;
}
