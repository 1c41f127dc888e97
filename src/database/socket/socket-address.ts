// Where the embedded database of a state directory listens, and the address for outside tools. Pure: the Hub and the
// command line compute the same answer.
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** libpq builds the file name from the folder and the port. */
const fileName = '.s.PGSQL.5432';
/** The longest path that every system accepts for a Unix socket. */
const longestPath = 100;

/** A directory with a long path gets a separate folder under the temporary directory. */
export function socketPathOf(directory: string): string {
  const path = join(directory, fileName);
  if (Buffer.byteLength(path) <= longestPath) return path;
  return join(tmpdir(), `stk-${createHash('sha256').update(directory).digest('hex').slice(0, 16)}`, fileName);
}

/** URL and command line for `psql` and migration tools. */
export function outsideAddress(
  socketPath: string,
  environment: string,
): { readonly url: string; readonly command: string } {
  const url = `postgresql://postgres@/${encodeURIComponent(environment)}?host=${encodeURIComponent(dirname(socketPath))}`;
  return { url, command: `psql '${url}'` };
}
