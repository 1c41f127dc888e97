// Makes a new config repo from the caller's files, with a first commit by the operator.
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { asStkError, StkError } from '../../kernel/errors.ts';
import { authorEnvironment } from '../process/author-environment.ts';
import { gitEnvironment, type Environment } from '../process/git-environment.ts';
import { makeFolder } from '../make-folder.ts';
import { hookTimeout } from './commit-local.ts';
import { openOperatorGit } from '../process/operator-git.ts';

export interface NewRepository {
  /** Created if missing; must be empty. */
  readonly directory: string;
  /** Path → text. */
  readonly files: ReadonlyMap<string, string>;
  readonly message: string;
  readonly author?: string | undefined;
  readonly environment: Environment;
}

/**
 * Returns the first commit's id. Throws `usage` when the folder is not empty or cannot be made, `git-identity`,
 * `git-missing`.
 */
export async function initRepository(request: NewRepository): Promise<string> {
  const directory = resolve(request.directory);
  await makeFolder(directory).catch((error: unknown) => {
    throw new StkError('usage', `${directory} cannot be made: ${asStkError(error).message}`, {
      hint: 'Name a folder that you may write to.',
      cause: error,
    });
  });
  if ((await readdir(directory)).length > 0) {
    throw new StkError('usage', `${directory} is not empty.`, {
      hint: 'Name a folder that does not exist yet.',
    });
  }
  const environment = { ...gitEnvironment(request.environment), ...authorEnvironment(request.author) };
  const git = await openOperatorGit({ directory, environment, timeout: hookTimeout });
  await git.run('init', '--quiet', '--initial-branch=main');
  for (const [path, text] of request.files) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
  await git.run('add', '--all', '--', '.');
  await git.run('commit', '-m', request.message);
  return (await git.run('rev-parse', 'HEAD')).trim();
}
