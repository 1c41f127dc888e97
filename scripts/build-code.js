// Builds the code in dist/ from src/: a few files that stand side by side, so that a command starts without hundreds of
// modules. What is imported later (`await import`) stays in files of its own. Packages stay in node_modules, but for those that
// most commands need and that consist of many small files.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = join(root, 'dist');

const entries = {
  main: 'src/main.ts',
  library: 'src/library.ts',
  'check-process': 'src/app/check-process.ts',
  'pglite-worker': 'src/database/embedded/pglite-worker.ts',
  'compile-worker': 'src/serving/compile/compile-worker.ts',
  'files-worker': 'src/serving/files/files-worker.ts',
};

const bundled = ['yaml', 'semver', '@marcbachmann/cel-js', 're2js'];

export async function buildCode() {
  const { build } = await import('esbuild');
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const external = Object.keys(dependencies).filter((name) => !bundled.includes(name));
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: entries,
    outdir: target,
    bundle: true,
    splitting: true,
    external: external.flatMap((name) => [name, `${name}/*`]),
    // The same code as ES modules.
    alias: { yaml: join(root, 'node_modules/yaml/browser/index.js') },
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    sourcemap: true,
    metafile: true,
    logLevel: 'warning',
  });
  writeFileSync(join(target, 'THIRD-PARTY-LICENSES.txt'), bundled.map(licenseOf).join('\n'));
  const built = new Set(Object.keys(metafile.outputs).map((path) => basename(path)));
  // Files of an earlier build.
  for (const name of readdirSync(target))
    if (/\.js(\.map)?$/.test(name) && !built.has(name)) rmSync(join(target, name));
}

function licenseOf(name) {
  const folder = join(root, 'node_modules', name);
  const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
  if (file === undefined) throw new Error(`${name} has no license file`);
  return `${name}\n\n${readFileSync(join(folder, file), 'utf8')}`;
}
