// Whether the folder of a socket is this user's alone, for both ends of it: who listens and who connects.
import { lstat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { StkError } from '../../kernel/errors.ts';

/**
 * Everybody can make a folder under the temporary directory first, and then put a socket of their own in it. Throws
 * StkError `database-unavailable`; a folder elsewhere, or none, is not judged.
 */
export async function requireOwnFolder(folder: string): Promise<void> {
  if (dirname(folder) !== tmpdir()) return;
  const found = await lstat(folder).catch((error: unknown) => {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT')
      return undefined;
    throw error;
  });
  if (found === undefined) return;
  // A symbolic link's mode is open to all as well.
  if (found.uid === (process.getuid?.() ?? found.uid) && (found.mode & 0o077) === 0) return;
  throw new StkError('database-unavailable', `${folder} is not this user's alone; its socket is not used.`, {
    hint: 'Delete it, or give the Hub a shorter state directory with --state DIR: the socket is then in there.',
  });
}
