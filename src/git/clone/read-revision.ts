// Questions to a working copy about one revision or path, each one git command. Untrusted names always come after
// --end-of-options or --.
import { StkError } from '../../kernel/errors.ts';
import type { TreeEntry } from '../config-repo.ts';
import type { WorkingCopyContext } from './pointer-commit.ts';
import { notAFolder } from './work-tree-file.ts';
import { failureOf, gitText, runGit } from '../process/run-git.ts';

/** Full id of a commit; throws `git-ref` when it does not exist. */
export async function resolveCommit(context: WorkingCopyContext, reference: string): Promise<string> {
  const output = await runGit({
    ...at(context),
    args: ['rev-parse', '--verify', '--quiet', '--end-of-options', `${reference}^{commit}`],
  });
  if (output.exitCode === 0) return output.stdout.toString('utf8').trim();
  if (/dubious ownership|not a git repository/i.test(output.stderr))
    throw failureOf({ ...at(context), args: ['rev-parse'] }, output);
  throw new StkError('git-ref', `${context.root} has no commit "${reference}".`, {
    hint: 'Name a branch, a tag or a commit id that git log shows; git fetch gets new commits.',
    details: { ref: reference },
  });
}

/** The tree entry at `path`; `undefined` when it does not exist. `revision` is a full id or HEAD. */
export async function entryAt(
  context: WorkingCopyContext,
  revision: string,
  path: string,
): Promise<TreeEntry | undefined> {
  const listed = await gitText({
    ...at(context),
    args: ['ls-tree', '-z', '--full-tree', revision, '--', path],
  });
  return parseListing(listed)[0];
}

/**
 * As {@link entryAt}, for a file that will be written: throws `project-invalid` when a parent folder is a link or no
 * folder.
 */
export async function writableEntryAt(
  context: WorkingCopyContext,
  revision: string,
  path: string,
): Promise<TreeEntry | undefined> {
  const parts = path.split('/');
  const paths = parts.map((_part, index) => parts.slice(0, index + 1).join('/'));
  const args = ['ls-tree', '-z', '-t', '--full-tree', revision, '--', ...paths];
  const entries = parseListing(await gitText({ ...at(context), args }));
  for (const folder of paths.slice(0, -1)) {
    const found = entries.find(({ name }) => name === folder);
    if (found !== undefined && found.mode !== '40000') throw notAFolder(folder);
  }
  return entries.find(({ name }) => name === path);
}

function parseListing(listed: string): TreeEntry[] {
  return listed.split('\0').flatMap((line) => {
    const [, mode, id, name] = /^0*(\d+) \w+ ([0-9a-f]+)\t([\s\S]+)$/.exec(line) ?? [];
    return mode === undefined || id === undefined || name === undefined ? [] : [{ mode, id, name }];
  });
}

function at(context: WorkingCopyContext) {
  return { directory: context.root, environment: context.environment };
}
