// Makes a folder and those above it. Node's recursive mkdir never ends where the system makes no folder in one that is
// there, as in /proc: it takes the refusal for a missing parent.
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** `mode` is that of the folders that are made. What is there already stays as it is, a file too. */
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
    // Somebody else was faster; or it is a link to nowhere, which is refused.
    return stat(path);
  });
}
