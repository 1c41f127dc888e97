// Builds dist/ui, the dashboard, from src/ui. It is left as it is while nothing that it is made of is another.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = join(root, 'src', 'ui');
const target = join(root, 'dist', 'ui');
const mark = join(target, 'built-from');
const bundled = ['preact', 'uplot', 'eventsource-parser', 'esbuild'];

function fingerprint() {
  const hash = createHash('sha256');
  const { resolve } = createRequire(import.meta.url);
  for (const name of bundled) hash.update(`${name} ${resolve(name)} ${versionOf(name)}\n`);
  for (const name of readdirSync(source, { recursive: true, encoding: 'utf8' }).sort()) {
    const path = join(source, name);
    if (statSync(path).isFile()) hash.update(`${name}\n`).update(readFileSync(path));
  }
  return hash.update(readFileSync(fileURLToPath(import.meta.url))).digest('hex');
}

function versionOf(name) {
  return JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version;
}

export async function buildUi() {
  const from = fingerprint();
  if (existsSync(mark) && readFileSync(mark, 'utf8') === from) return;
  const { build } = await import('esbuild');
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  await build({
    entryPoints: [
      { in: join(source, 'main.tsx'), out: 'app' },
      { in: join(source, 'style.css'), out: 'app' },
    ],
    outdir: target,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    logLevel: 'warning',
  });
  writeFileSync(join(target, 'index.html'), readFileSync(join(source, 'index.html')));
  writeFileSync(mark, from);
}
