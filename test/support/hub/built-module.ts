// A module of src/ for a process of its own: Node cannot run TypeScript. It stands in dist/, as all built code does.
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '../../..');

export interface BuiltModule {
  /** For `import`. */
  readonly url: string;
  remove(): Promise<void>;
}

/** `source`: a path below src/. */
export async function buildModule(source: string): Promise<BuiltModule> {
  const file = join(root, 'dist', `test-${randomUUID()}.mjs`);
  const esbuild = join(root, 'node_modules/esbuild/bin/esbuild');
  const options = ['--bundle', '--packages=external', '--platform=node', '--format=esm', '--log-level=error'];
  await promisify(execFile)(process.execPath, [
    esbuild,
    join(root, 'src', source),
    ...options,
    `--outfile=${file}`,
  ]);
  return { url: pathToFileURL(file).href, remove: () => rm(file) };
}
