// Removes the lock files of a git directory that nobody else works in: git leaves them behind when it is killed, and then
// refuses for ever what they guard.
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { unlessAbsent } from './refs/read-ref.ts';

/** Folders that hold locks, at any depth; the folder itself is looked at one level deep. Objects are many and hold none. */
const lockedFolders = ['refs', 'logs', 'objects/info', 'objects/pack'];

export async function removeLocks(gitDirectory: string): Promise<void> {
  await removeIn(gitDirectory, false);
  for (const folder of lockedFolders) await removeIn(join(gitDirectory, folder), true);
}

async function removeIn(folder: string, recursive: boolean): Promise<void> {
  const names = (await unlessAbsent(readdir(folder, { recursive }))) ?? [];
  const locks = names.filter((name) => name.endsWith('.lock'));
  await Promise.all(locks.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}
