// Makes a folder and its parents. Node's recursive mkdir loops forever when the system refuses a folder inside an
// existing one, as in /proc: it takes the refusal for a missing parent.
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** `mode` applies to new folders. Whatever exists stays unchanged, even a file. */
export async function makeFolder(path: string, mode?: number): Promise<void> {
  const isThere = await stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
  if (isThere) return;
  await makeFolder(dirname(path), mode);
  await mkdir(path, { mode }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
    // Another process was faster, or it is a broken link, which is refused.
    return stat(path);
  });
}
