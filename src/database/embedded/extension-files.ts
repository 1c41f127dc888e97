// The extensions in PGlite's package, unpacked into its file system when first needed: a start without them is faster,
// and most databases have none. It does not decide who may create them.
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { PGlite } from '@electric-sql/pglite';
import { readTar } from './tar-archive.ts';

/** Whether these protocol bytes may be about an extension. */
export function namesExtension(bytes: Uint8Array): boolean {
  return /extension/i.test(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1'));
}

export async function hasExtensions(pglite: PGlite): Promise<boolean> {
  const [found] = await pglite.exec("select 1 from pg_extension where extname <> 'plpgsql' limit 1");
  return (found?.rows.length ?? 0) > 0;
}

/** About 150 ms and 4 MB. */
export async function unpackExtensions({ Module: { FS, WASM_PREFIX } }: PGlite): Promise<void> {
  const folder = new URL('.', import.meta.resolve('@electric-sql/pglite'));
  const bundles = (await readdir(folder)).filter((name) => name.endsWith('.tar.gz'));
  for (const bundle of bundles) {
    const archive = await promisify(gunzip)(await readFile(new URL(bundle, folder)));
    for (const entry of readTar(archive)) {
      if (entry.kind !== 'file' || entry.name.startsWith('.')) continue;
      const path = `${WASM_PREFIX}/${entry.name}`;
      FS.mkdirTree(path.slice(0, path.lastIndexOf('/')));
      FS.writeFile(path, entry.bytes);
    }
  }
}
