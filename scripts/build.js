// Builds dist/ from src/ and makes the command runnable: what `prepare` and `npm run build` do. A production
// install has no compiler; it keeps the dist/ that stands there.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildCode } from './build-code.js';
import { buildDatabase } from './build-database.js';
import { buildUi } from './build-ui.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const command = join(root, 'dist', 'main.js');

/** Path of the compiler's entry, or undefined where dev dependencies are not installed. */
function findCompiler() {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

async function build() {
  const compiler = findCompiler();
  if (compiler === undefined) {
    const state = existsSync(command)
      ? 'dist/ is used as it is'
      : 'there is no dist/: build it where they are';
    process.stdout.write(`dev dependencies are not installed, so nothing is compiled; ${state}\n`);
    return 0;
  }
  const args = [compiler, '-p', join(root, 'tsconfig.build.json')];
  const { status, error } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (error !== undefined) throw error;
  await buildCode();
  // The file that `bin` names must be executable.
  if (existsSync(command)) chmodSync(command, 0o755);
  await buildUi();
  await buildDatabase();
  return status ?? 1;
}

process.exitCode = await build();
