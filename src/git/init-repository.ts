// Makes a new config repo out of files, with a first commit by the operator, and looks up what an application's git
// ref names. The contents of the files are the caller's.
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { StkError } from '../model/errors.ts';
import { authorEnvironment } from './author-environment.ts';
import { gitEnvironment, type Environment } from './git-environment.ts';
import { runPorcelain } from './porcelain.ts';
import { resolveCommit } from './read-revision.ts';
import { gitText } from './run-git.ts';

export interface NewRepository {
  /** Made if it is not there; has to be empty. */
  readonly directory: string;
  /** Path → text. */
  readonly files: ReadonlyMap<string, string>;
  readonly message: string;
  readonly author?: string | undefined;
  readonly environment: Environment;
}

/** Gives the first commit's id. Throws `usage` when the folder is not empty, `git-identity`, `git-missing`. */
export async function initRepository(request: NewRepository): Promise<string> {
  const directory = resolve(request.directory);
  await mkdir(directory, { recursive: true });
  if ((await readdir(directory)).length > 0) {
    throw new StkError('usage', `${directory} is not empty.`, {
      hint: 'Name a folder that does not exist yet.',
    });
  }
  const environment = { ...gitEnvironment(request.environment), ...authorEnvironment(request.author) };
  await runPorcelain({ directory, environment }, ['init', '--quiet', '--initial-branch=main']);
  for (const [path, text] of request.files) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
  await gitText({ directory, environment, args: ['add', '--all', '--', '.'] });
  await runPorcelain({ directory, environment }, ['commit', '-m', request.message]);
  return gitText({ directory, environment, args: ['rev-parse', 'HEAD'] });
}

/** The commit that `ref` names in the repository around `directory`; `time` is RFC 3339 UTC, the committer's. */
export async function resolveRef(request: {
  readonly directory: string;
  readonly ref: string;
  readonly environment: Environment;
}): Promise<{ readonly id: string; readonly time: string }> {
  const directory = resolve(request.directory);
  const environment = gitEnvironment(request.environment);
  const id = await resolveCommit({ root: directory, environment }, request.ref);
  const seconds = Number(
    await gitText({
      directory,
      environment,
      args: ['show', '-s', '--no-show-signature', '--format=%ct', id],
    }),
  );
  return { id, time: new Date(seconds * 1000).toISOString().replace('.000Z', 'Z') };
}
