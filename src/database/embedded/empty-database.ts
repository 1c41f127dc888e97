// The empty database from the build: unpacking it takes a fraction of a second, but initdb in WebAssembly five.
import { access, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { builtUrl } from '../../kernel/worker-url.ts';
import { readTar } from './tar-archive.ts';

/** Made by scripts/build-database.js with the PGlite that is installed. */
const archive = builtUrl('empty-database.tar.gz');

/** For PGlite's `loadDataDir`: about 4 MB. */
export async function readEmptyDatabase(): Promise<Blob> {
  return new Blob([await readFile(archive)], { type: 'application/x-gzip' });
}

/** Creates the data directory at `directory` if it does not exist: completely, or not at all. */
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
