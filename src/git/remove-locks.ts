// Removes the lock files of a git directory that only stk uses: a killed git leaves them behind, and then refuses
// forever to change what they protect.
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { unlessAbsent } from './refs/read-ref.ts';

/** Folders with locks, at any depth; only the top level of the directory itself. There are many objects, and none are locks. */
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
