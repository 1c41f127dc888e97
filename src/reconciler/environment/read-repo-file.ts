// Reads a file of the config repo that stk.yaml names as `init` of an environment.
import type { ConfigRepo } from '../../git/config-repo.ts';
import { StkError } from '../../kernel/errors.ts';

const mostInitBytes = 16 * 1024 * 1024;

export interface RepoFilePlace {
  readonly repo: ConfigRepo | undefined;
  readonly revision: string | undefined;
  readonly environment: string;
}

export async function readRepoFile(
  { repo, revision, environment }: RepoFilePlace,
  path: string,
): Promise<string> {
  if (repo === undefined || revision === undefined) {
    throw new StkError('git-unavailable', `${path} cannot be read: the config repo is unreachable.`);
  }
  const text = await repo.fileText(revision, path, mostInitBytes);
  if (text !== undefined) return text;
  const message = `stk.yaml names ${path} as init of ${environment}; ${revision} has no such file.`;
  throw new StkError('project-invalid', message, { hint: `Commit ${path}, or remove it from init.` });
}
