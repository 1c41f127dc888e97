// Writes one file of a work tree and restores it, without git and without following symbolic links: a link in a
// repository may lead anywhere.
import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StkError } from '../../kernel/errors.ts';
import { unlessAbsent } from '../refs/read-ref.ts';

/** Throws `project-invalid` when a parent folder of `path`, relative to `root`, is a link or no folder. */
export async function refuseLinkedFolder(root: string, path: string): Promise<void> {
  const folders = path.split('/').slice(0, -1);
  for (let depth = 1; depth <= folders.length; depth += 1) {
    const folder = folders.slice(0, depth).join('/');
    const found = await unlessAbsent(lstat(join(root, folder)));
    if (found !== undefined && !found.isDirectory()) throw notAFolder(folder);
  }
}

export function notAFolder(folder: string): StkError {
  return new StkError(
    'project-invalid',
    `${folder} is a symbolic link or a file; stk does not write through links.`,
    {
      hint: `Make ${folder} a plain folder of the config repo and commit that.`,
      details: { path: folder },
    },
  );
}

/** The bytes of a regular file; `undefined` when it does not exist, or is a link. */
export async function readPlainFile(root: string, path: string): Promise<Buffer | undefined> {
  const file = join(root, path);
  const found = await unlessAbsent(lstat(file));
  return found?.isFile() === true ? unlessAbsent(readFile(file)) : undefined;
}

/** Replaces a file atomically, even a link; returns the function that restores it. */
export async function writePlainFile(
  root: string,
  path: string,
  content: string,
): Promise<() => Promise<void>> {
  await refuseLinkedFolder(root, path);
  const file = join(root, path);
  await mkdir(dirname(file), { recursive: true });
  const earlier = await unlessAbsent(lstat(file));
  const target = earlier?.isSymbolicLink() === true ? await readlink(file) : undefined;
  const bytes = target === undefined ? await unlessAbsent(readFile(file)) : undefined;
  const mode = earlier?.isFile() === true ? earlier.mode : 0o666;
  await replace(file, (aside) => writeFile(aside, content, { flag: 'wx', mode }));
  return async () => {
    if (target !== undefined) await replace(file, (aside) => symlink(target, aside));
    else if (bytes === undefined) await rm(file, { force: true });
    else await replace(file, (aside) => writeFile(aside, bytes, { flag: 'wx', mode }));
  };
}

/** Creates a new file; throws EEXIST when the path exists. */
export async function writeNewFile(root: string, path: string, content: string): Promise<void> {
  await refuseLinkedFolder(root, path);
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content, { flag: 'wx' });
}

async function replace(file: string, write: (aside: string) => Promise<void>): Promise<void> {
  const aside = join(dirname(file), `.stk-${randomBytes(6).toString('hex')}`);
  try {
    await write(aside);
    await rename(aside, file);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
}
