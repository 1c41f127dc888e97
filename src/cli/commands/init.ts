// `stk init`: creates a new config repo with a first commit, so that `stk hub` serves it at once.
import { readdir, rm, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { StkError } from '../../kernel/errors.ts';
import { isId } from '../../kernel/ids.ts';
import { initRepository } from '../../git/clone/init-repository.ts';
import { initFiles } from '../repo/init-files.ts';
import type { Output } from '../print/output.ts';
import type { CliServices } from '../services.ts';

export interface InitOptions {
  readonly project?: string;
  readonly author?: string;
}

/** Leaves nothing behind when it fails. Throws `usage`, `git-missing`, `git-identity`. */
export async function initConfigRepo(
  { services, output }: { readonly services: CliServices; readonly output: Output },
  directory: string,
  options: InitOptions,
): Promise<number> {
  const root = resolve(services.workingDirectory, directory);
  const project = nameProject(root, options.project);
  const existed = await requireEmpty(root);
  const createdAt = `${new Date(services.clock.now()).toISOString().slice(0, 19)}Z`;
  const files = initFiles({ project, createdAt, command: services.command });
  try {
    const revision = await initRepository({
      directory: root,
      files,
      message: `chore: start the config repo of ${project}`,
      author: options.author,
      environment: services.environment.variables,
    });
    output.narrate(`Next: cd ${quoted(directory)} && ${services.command} hub`);
    output.result(
      { project, directory: root, revision, files: [...files.keys()] },
      `made config repo ${project} in ${root} (${files.size} files, commit ${revision.slice(0, 10)} on main)`,
    );
    return 0;
  } catch (error) {
    await removeWritten(root, existed);
    throw error;
  }
}

function nameProject(root: string, given: string | undefined): string {
  const project = given ?? basename(root);
  if (isId(project)) return project;
  throw new StkError('usage', `${JSON.stringify(project)} cannot be a project's name`, {
    hint: 'Name it with --project NAME: letters, digits, . _ and -, at most 64, a letter or digit first.',
  });
}

/** Whether the folder existed. */
async function requireEmpty(root: string): Promise<boolean> {
  const found = await stat(root).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new StkError('usage', `cannot use ${root}: ${error.message}`, { cause: error });
  });
  if (found === undefined) return false;
  const hint = 'Name a folder that is empty or does not exist yet.';
  if (!found.isDirectory()) throw new StkError('usage', `${root} is not a folder`, { hint });
  const entries = await readdir(root);
  if (entries.length > 0) {
    throw new StkError(
      'usage',
      `${root} is not empty: it contains ${entries.slice(0, 3).join(', ')}${entries.length > 3 ? ', …' : ''}`,
      { hint },
    );
  }
  return true;
}

async function removeWritten(root: string, existed: boolean): Promise<void> {
  const targets = existed ? (await readdir(root)).map((name) => join(root, name)) : [root];
  for (const target of targets) await rm(target, { recursive: true, force: true });
}

function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
