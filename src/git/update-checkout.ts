// Updates a work tree and its index when the Hub moves the branch that is checked out there, under the rules of git's
// receive.denyCurrentBranch=updateInstead: only a clean one, and never over an untracked file.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StkError } from '../kernel/errors.ts';
import { readingEnvironment } from './process/git-environment.ts';
import { failureOf, gitText, runGit } from './process/run-git.ts';
import { unlessAbsent } from './refs/read-ref.ts';

export interface Checkout {
  readonly workTree: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** The work tree, main or linked, that has `ref` checked out. */
export async function findCheckout(
  commonDirectory: string,
  environment: Readonly<Record<string, string>>,
  ref: string,
): Promise<Checkout | undefined> {
  if (!(await isSomewhereCheckedOut(commonDirectory, ref))) return undefined;
  const listed = await gitText({
    directory: commonDirectory,
    environment: readingEnvironment(environment, commonDirectory),
    args: ['worktree', 'list', '--porcelain', '-z'],
  });
  for (const block of listed.split('\0\0')) {
    const fields = block.split('\0');
    const workTree = fields.find((field) => field.startsWith('worktree '))?.slice('worktree '.length);
    const isUsable = !fields.includes('bare') && !fields.some((field) => field.startsWith('prunable'));
    if (workTree !== undefined && isUsable && fields.includes(`branch ${ref}`))
      return { workTree, environment };
  }
  return undefined;
}

/** Whether HEAD of the repository or of a linked work tree names `ref`; saves a process when none does. */
async function isSomewhereCheckedOut(commonDirectory: string, ref: string): Promise<boolean> {
  const linked = (await unlessAbsent(readdir(join(commonDirectory, 'worktrees')))) ?? [];
  const places = [commonDirectory, ...linked.map((name) => join(commonDirectory, 'worktrees', name))];
  const heads = await Promise.all(places.map((place) => unlessAbsent(readFile(join(place, 'HEAD'), 'utf8'))));
  return heads.some((head) => head?.trim() === `ref: ${ref}`);
}

/**
 * Paths, relative to the root, whose index or work tree differs from HEAD. Leaves out a path that already matches
 * `expected` (null: absent) in both: a crash between the updates of work tree and ref leaves that state.
 */
export async function dirtyPaths(
  checkout: Checkout,
  expected: ReadonlyMap<string, string | null>,
): Promise<string[]> {
  const run = { directory: checkout.workTree, environment: checkout.environment };
  const args = [
    'status',
    '--porcelain=v1',
    '-z',
    '--no-renames',
    '--untracked-files=no',
    '--ignore-submodules=all',
  ];
  const status = await gitText({ ...run, args });
  const paths = status
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => line.slice(3));
  const dirty: string[] = [];
  for (const path of paths) {
    const blob = expected.get(path);
    if (blob === undefined || !(await isLeftBehind(checkout, path, blob))) dirty.push(path);
  }
  return dirty;
}

async function isLeftBehind(checkout: Checkout, path: string, blob: string | null): Promise<boolean> {
  const run = { directory: checkout.workTree, environment: checkout.environment };
  const args = ['ls-files', '--stage', '-z', '--', `:(top,literal)${path}`];
  const staged = (await gitText({ ...run, args })).split(/\s/)[1];
  const onDisk = await runGit({ ...run, args: ['hash-object', '--', path] });
  const written = onDisk.exitCode === 0 ? onDisk.stdout.toString('utf8').trim() : undefined;
  return staged === (blob ?? undefined) && written === (blob ?? undefined);
}

/** Two-way merge of index and work tree. A list of paths means that it would have overwritten them, and changed nothing. */
export async function moveCheckout(
  checkout: Checkout,
  from: string,
  to: string,
): Promise<'moved' | readonly string[]> {
  const command = {
    directory: checkout.workTree,
    environment: checkout.environment,
    args: [
      'read-tree',
      '-u',
      '-m',
      '--no-recurse-submodules',
      '--exclude-per-directory=.gitignore',
      from,
      to,
    ],
  };
  const output = await runGit(command);
  if (output.exitCode === 0) return 'moved';
  const inTheWay = [...output.stderr.matchAll(/(?:file|Entry|directory) '([^']+)'/gi)].flatMap(
    (match) => match[1] ?? [],
  );
  if (inTheWay.length === 0 && !/index\.lock/.test(output.stderr)) throw failureOf(command, output);
  if (inTheWay.length === 0) {
    throw new StkError('conflict', `Another git command is running in ${checkout.workTree}.`, {
      hint: 'Try again; if none runs, delete its index.lock.',
    });
  }
  return inTheWay;
}
