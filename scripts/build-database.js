// Builds dist/empty-database.tar.gz: an empty data directory, so that nobody waits for initdb.
// It is left as it is while the installed PGlite is the same.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'dist');
const target = join(folder, 'empty-database.tar.gz');
const mark = join(folder, 'empty-database.made-by');

export async function buildDatabase() {
  const description = join(root, 'node_modules', '@electric-sql', 'pglite', 'package.json');
  const made = JSON.parse(readFileSync(description, 'utf8')).version;
  if (existsSync(target) && existsSync(mark) && readFileSync(mark, 'utf8') === made) return;
  const { PGlite } = await import('@electric-sql/pglite');
  const pglite = await PGlite.create('memory://');
  const packed = await pglite.dumpDataDir('gzip');
  await pglite.close();
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${target}.part`, Buffer.from(await packed.arrayBuffer()));
  renameSync(`${target}.part`, target);
  writeFileSync(mark, made);
}
