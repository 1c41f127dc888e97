// Reads a tar archive in the ustar format, which PGlite uses for its package and its dumps of a data directory.

const block = 512;

export type TarEntry =
  | { readonly kind: 'file'; readonly name: string; readonly bytes: Buffer }
  | { readonly kind: 'folder'; readonly name: string };

/** Its files and folders in order; a folder comes before its content. Leaves out links and other kinds. */
export function* readTar(archive: Buffer): Generator<TarEntry> {
  const text = (from: number, length: number): string =>
    archive.toString('latin1', from, from + length).replace(/\0.*$/s, '');
  for (let at = 0; at + block <= archive.length && archive[at] !== 0;) {
    const size = Number.parseInt(text(at + 124, 12), 8) || 0;
    const name = text(at, 100);
    const type = text(at + 156, 1);
    const start = at + block;
    if (type === '5' || name.endsWith('/')) yield { kind: 'folder', name };
    else if (type === '0' || type === '')
      yield { kind: 'file', name, bytes: archive.subarray(start, start + size) };
    at = start + Math.ceil(size / block) * block;
  }
}
