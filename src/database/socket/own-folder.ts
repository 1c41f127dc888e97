// Whether only this user can access a socket's folder, for both ends: the server and the client.
import { lstat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { StkError } from '../../kernel/errors.ts';

/**
 * Anybody could create the folder under the temporary directory first, and put another socket into it. Throws StkError
 * `database-unavailable`; a folder elsewhere, or a missing one, is not judged.
 */
export async function requireOwnFolder(folder: string): Promise<void> {
  if (dirname(folder) !== tmpdir()) return;
  const found = await lstat(folder).catch((error: unknown) => {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT')
      return undefined;
    throw error;
  });
  if (found === undefined) return;
  // The mode of a symbolic link is open to all too.
  if (found.uid === (process.getuid?.() ?? found.uid) && (found.mode & 0o077) === 0) return;
  throw new StkError('database-unavailable', `${folder} is open to other users; its socket is not used.`, {
    hint: 'Delete it, or give the Hub a shorter state directory with --state DIR: the socket is then in there.',
  });
}
