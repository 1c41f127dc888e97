// The extensions that PGlite's package carries, unpacked into its file system when somebody asks for one: a start without them is
// faster, and most databases have none. Decides nothing about who may create them.
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { PGlite } from '@electric-sql/pglite';

const block = 512;

/** Whether what the protocol's bytes say may be about an extension. */
export function namesExtension(bytes: Uint8Array): boolean {
  return /extension/i.test(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1'));
}

export async function hasExtensions(pglite: PGlite): Promise<boolean> {
  const [found] = await pglite.exec("select 1 from pg_extension where extname <> 'plpgsql' limit 1");
  return (found?.rows.length ?? 0) > 0;
}

/** Some 150 ms and 4 MB. */
export async function unpackExtensions({ Module: { FS, WASM_PREFIX } }: PGlite): Promise<void> {
  const folder = new URL('.', import.meta.resolve('@electric-sql/pglite'));
  const bundles = (await readdir(folder)).filter((name) => name.endsWith('.tar.gz'));
  for (const bundle of bundles) {
    const archive = await promisify(gunzip)(await readFile(new URL(bundle, folder)));
    for (const { name, bytes } of filesOf(archive)) {
      const path = `${WASM_PREFIX}/${name}`;
      FS.mkdirTree(path.slice(0, path.lastIndexOf('/')));
      FS.writeFile(path, bytes);
    }
  }
}

/** The plain files of a tar archive in the ustar format. */
function* filesOf(archive: Buffer): Generator<{ readonly name: string; readonly bytes: Buffer }> {
  const text = (from: number, length: number): string =>
    archive.toString('latin1', from, from + length).replace(/\0.*$/s, '');
  for (let at = 0; at + block <= archive.length && archive[at] !== 0;) {
    const size = Number.parseInt(text(at + 124, 12), 8) || 0;
    const isFile = ['0', ''].includes(text(at + 156, 1));
    const name = text(at, 100);
    const start = at + block;
    if (isFile && !name.startsWith('.') && !name.endsWith('/'))
      yield { name, bytes: archive.subarray(start, start + size) };
    at = start + Math.ceil(size / block) * block;
  }
}
