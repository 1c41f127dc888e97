// Where the embedded database of a state directory listens, and how outside tools name it. Pure: the Hub and the command
// line come to the same answer.
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** libpq makes the file name from the folder and the port. */
const fileName = '.s.PGSQL.5432';
/** Longest path that every system takes for a Unix socket. */
const longestPath = 100;

/** A directory with a long path gets a folder of its own under the temporary directory. */
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
