// The package as its users get it: packed, unpacked into an empty folder, its commands linked by npm. Its dependencies are
// those that it declares, linked from this repository, so that no registry is asked.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const run = promisify(execFile);

export interface InstalledPackage {
  /** Holds `node_modules` and nothing else. */
  readonly folder: string;
  /** Path of the linked command `stk`. */
  readonly command: string;
  /** Paths within the package. */
  readonly files: readonly string[];
  remove(): Promise<void>;
}

export async function installPackage(): Promise<InstalledPackage> {
  const folder = await mkdtemp(join(tmpdir(), 'stk-test-installed-'));
  const packed = await mkdtemp(join(tmpdir(), 'stk-test-packed-'));
  // Scripts would build dist/ anew under the tests that run beside this one.
  await run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', packed], { cwd: root });
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    readonly version: string;
    readonly dependencies: Readonly<Record<string, string>>;
  };
  const modules = join(folder, 'node_modules');
  const target = join(modules, 'stk-hub');
  await mkdir(target, { recursive: true });
  const tarball = join(packed, `stk-hub-${manifest.version}.tgz`);
  await run('tar', ['xzf', tarball, '--strip-components=1', '-C', target]);
  const { stdout } = await run('tar', ['tzf', tarball]);
  await rm(packed, { recursive: true });
  for (const name of Object.keys(manifest.dependencies)) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(join(root, 'node_modules', name), join(modules, name));
  }
  await run('npm', ['rebuild', '--silent', '--ignore-scripts', 'stk-hub'], { cwd: folder });
  return {
    folder,
    command: join(modules, '.bin', 'stk'),
    files: stdout
      .trim()
      .split('\n')
      .map((path) => path.replace(/^package\//, '')),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
