// Watches the files of a ref and calls `look` after a change. Only a hint: other code reads the ref, and an event can
// be missed, so the caller polls as well.
import { watch as watchPaths } from 'chokidar';
import { basename, dirname, join, relative, sep } from 'node:path';

export interface RefWatch {
  close(): Promise<void>;
}

/**
 * Watches `ref` (full name) below `commonDirectory`; resolves once watching has begun. The folders between refs/ and
 * the ref may not exist: a packed branch with a slash has none. Also calls `look` after an error of the watcher.
 */
export async function watchRef(commonDirectory: string, ref: string, look: () => void): Promise<RefWatch> {
  const loose = join(commonDirectory, ref);
  const packed = join(commonDirectory, 'packed-refs');
  const onTheWay = new Set<string>([packed, loose]);
  for (let folder = dirname(loose); folder.length >= commonDirectory.length; folder = dirname(folder)) {
    onTheWay.add(folder);
    if (folder === commonDirectory || dirname(folder) === folder) break;
  }
  // The common directory itself is watched (not deeply) because git replaces packed-refs by renaming.
  const watcher = watchPaths(commonDirectory, {
    atomic: false,
    ignoreInitial: true,
    followSymlinks: false,
    ignorePermissionErrors: true,
    depth: relative(commonDirectory, loose).split(sep).length,
    ignored: (path) => !onTheWay.has(path),
  });
  try {
    await new Promise<void>((resolve, reject) => {
      watcher.once('ready', resolve);
      watcher.once('error', reject);
    });
  } catch (error) {
    await watcher.close();
    throw error;
  }
  watcher.on('error', look);
  watcher.on('all', (_event, path) => {
    if (path === loose || path === packed) look();
  });
  // git renames a new file over the ref. If that happens twice within milliseconds, chokidar reports it once: it delays
  // a file's events for 5 ms, and watches the new file only after a stat. The raw events of the folder report each.
  watcher.on('raw', (_event, name) => {
    if (name === basename(loose) || name === basename(packed)) look();
  });
  return { close: () => watcher.close() };
}
