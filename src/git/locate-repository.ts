// Finds the repository of a folder and refuses what stk cannot read: SHA-256 objects, reftable refs, another owner's
// repository. Reads no content.
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, relative, resolve } from 'node:path';
import { StkError } from '../kernel/errors.ts';
import { quote } from './process/git-failure.ts';
import { failureOf, runGit, type GitCommand } from './process/run-git.ts';

export interface RepositoryPlace {
  /** The git directory of this work tree (`.git/worktrees/x` of a linked one). */
  readonly gitDirectory: string;
  /** Where refs and objects are; the git directory itself unless this is a linked work tree. */
  readonly commonDirectory: string;
  /** Root of the work tree; `undefined` for a bare repository. */
  readonly workTree: string | undefined;
  /** Short names of the branches with a configured upstream, in any repository. */
  readonly tracking: ReadonlySet<string>;
}

/** The operator names the folder, as `safe.bareRepository=explicit` requires. Both questions run nothing from it. */
const namedFolder = ['-c', 'safe.bareRepository=all'];

/** Throws `not-a-config-repo`, `git-format`, `git-ownership`, `git-missing`. */
export async function locateRepository(
  directory: string,
  environment: Readonly<Record<string, string>>,
): Promise<RepositoryPlace> {
  const folder = resolve(directory);
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) {
    throw new StkError('not-a-config-repo', `${folder} is not a folder.`, {
      hint: 'Name a config repo with --repo, or make one: stk init DIR',
    });
  }
  const ask: GitCommand = {
    directory: folder,
    environment,
    args: [
      ...namedFolder,
      'rev-parse',
      '--path-format=absolute',
      '--git-dir',
      '--git-common-dir',
      '--is-bare-repository',
      '--is-inside-work-tree',
      '--show-object-format',
      // Last: outside a work tree, git has answered the rest before it refuses this one.
      '--show-toplevel',
    ],
  };
  const [answer, { refFormat, tracking }] = await Promise.all([runGit(ask), readConfig(folder, environment)]);
  if (refFormat !== '' && refFormat !== 'files') throw refFormatError(folder, refFormat);
  if (answer.exitCode !== 0 && !/must be run in a work tree/.test(answer.stderr)) {
    if (/refstorage/i.test(answer.stderr)) throw refFormatError(folder, 'reftable');
    throw failureOf(ask, answer);
  }
  const [gitDirectory = '', commonDirectory = '', isBare, isInside, objectFormat = '', workTree = ''] =
    answer.stdout.toString('utf8').split('\n');
  if (objectFormat !== 'sha1') throw objectFormatError(folder, objectFormat);
  if (isInside === 'true' && !relative(gitDirectory, await realpath(folder)).startsWith('..')) {
    throw new StkError(
      'not-a-config-repo',
      `${folder} looks like a bare repository that has a work tree elsewhere; stk does not follow its configuration.`,
      { hint: 'Name the work tree or the bare repository with --repo.' },
    );
  }
  if (isInside === 'true') {
    await requireTop(folder, workTree);
    return { gitDirectory, commonDirectory, workTree, tracking };
  }
  // The path of `.git` itself means the work tree around it.
  if (isBare !== 'true' && basename(folder) === '.git') return locateRepository(dirname(folder), environment);
  return { gitDirectory, commonDirectory, workTree: undefined, tracking };
}

/** Pointers and releases are read and written at the top: a folder below it would be the wrong place. */
async function requireTop(folder: string, workTree: string): Promise<void> {
  const below = relative(await realpath(workTree), await realpath(folder));
  if (below === '') return;
  throw new StkError(
    'not-a-config-repo',
    `${folder} is a folder within the repository ${workTree}; a config repo must be a separate repository.`,
    {
      hint: `If the config repo is ${workTree}, name that with --repo. Else make one of the folder, with its history: git -C ${quote(workTree)} subtree split --prefix=${quote(below)} --branch=stk-config, then git clone --branch stk-config ${quote(workTree)} DIR`,
    },
  );
}

/** The relevant settings of the repository, in one question. */
async function readConfig(
  directory: string,
  environment: Readonly<Record<string, string>>,
): Promise<{ readonly refFormat: string; readonly tracking: ReadonlySet<string> }> {
  const args = [
    ...namedFolder,
    'config',
    '-z',
    '--get-regexp',
    String.raw`^(extensions\.refstorage|branch\..*\.remote)$`,
  ];
  const { stdout } = await runGit({ directory, environment, args });
  let refFormat = '';
  const tracking = new Set<string>();
  for (const entry of stdout.toString('utf8').split('\0')) {
    const [key = '', value = ''] = entry.split('\n', 2);
    if (key === 'extensions.refstorage') refFormat = value.trim();
    else if (key !== '') tracking.add(key.slice('branch.'.length, -'.remote'.length));
  }
  return { refFormat, tracking };
}

function objectFormatError(folder: string, format: string): StkError {
  // A pull or a clone cannot change the hash algorithm; that needs a new history.
  const convert = `git init --object-format=sha1 sha1-copy && git -C ${quote(folder)} fast-export --all | git -C sha1-copy fast-import`;
  return formatError(folder, `object format ${format}`, `Make a copy with SHA-1 objects: ${convert}`);
}

function refFormatError(folder: string, format: string): StkError {
  const migrate = `git -C ${quote(folder)} refs migrate --ref-format=files`;
  return formatError(
    folder,
    `ref format ${format}`,
    `Change its refs to files (git 2.46 or later): ${migrate}`,
  );
}

function formatError(folder: string, format: string, hint: string): StkError {
  const message = `The repository at ${folder} has ${format}, which is not supported.`;
  return new StkError('git-format', message, { hint, details: { format } });
}
