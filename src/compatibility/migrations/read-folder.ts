// Reads the files of a folder of migrations in a work tree. Follows links only within the repository, and reads within
// size limits.
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { listFiles, maxFiles, maxMigrationBytes } from '../cut/read-migrations.ts';
import { isWithin, readBoundedText, reasonOf } from '../cut/read-bounded-text.ts';
import type { FoundFiles } from './read-posture.ts';

/** `dir`: relative to `root`. */
export async function readMigrationFolder(root: string, dir: string): Promise<FoundFiles> {
  const folder = join(root, dir);
  let paths: readonly string[];
  try {
    const target = await realpath(folder);
    if (!isWithin(target, await realpath(root))) return { ok: false, message: `it leads outside ${root}` };
    paths = await listFiles(target);
  } catch (error) {
    return { ok: false, message: reasonOf(error) };
  }
  if (paths.length >= maxFiles) return { ok: false, message: `it has more than ${maxFiles} files` };
  const files: { path: string; text: string }[] = [];
  let left = maxMigrationBytes;
  for (const path of paths.toSorted()) {
    const read = await readBoundedText(join(folder, path), { within: root, maxBytes: left });
    if (!read.ok) {
      // A file that is not text is no migration.
      if (read.message === 'it is not UTF-8 text') continue;
      return { ok: false, message: `${path}: ${read.message}` };
    }
    left -= Buffer.byteLength(read.text);
    files.push({ path, text: read.text });
  }
  return { ok: true, files };
}
