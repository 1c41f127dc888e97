// The empty database that the build packed: to unpack it takes a fraction of a second, where initdb in WebAssembly takes five.
import { access, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { builtUrl } from '../../kernel/worker-url.ts';
import { readTar } from './tar-archive.ts';

/** Made by scripts/build-database.js with the PGlite that is installed. */
const archive = builtUrl('./empty-database.tar.gz', import.meta.url);

/** For PGlite's `loadDataDir`: some 4 MB. */
export async function readEmptyDatabase(): Promise<Blob> {
  return new Blob([await readFile(archive)], { type: 'application/x-gzip' });
}

/** Makes the data directory at `directory` if there is none: whole, or not at all. */
export async function makeDataDirectory(directory: string): Promise<void> {
  if (await exists(directory)) return;
  const making = `${directory}.making`;
  await rm(making, { recursive: true, force: true });
  await mkdir(making, { recursive: true, mode: 0o700 });
  for (const entry of readTar(await promisify(gunzip)(await readFile(archive)))) {
    const path = join(making, entry.name);
    if (entry.kind === 'folder') await mkdir(path, { mode: 0o700 });
    else await writeFile(path, entry.bytes, { mode: 0o600 });
  }
  await rename(making, directory);
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
