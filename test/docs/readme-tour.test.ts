// The README's tour, run as it stands with the packed package, installed in an empty folder: every sh block on a copy of this
// repository, its output against the text block that follows, where `…` stands for what differs. Only the port is another.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gitTestEnvironment } from '../support/git/git-repo.ts';
import { readCommands, toPattern } from '../support/documents/doc-commands.ts';
import { installPackage, type InstalledPackage } from '../support/hub/installed-package.ts';
import { openServedClone, projectRoot, type ServedClone } from '../support/hub/served-clone.ts';

const readme = await readFile(join(projectRoot, 'README.md'), 'utf8');
const tour = readme.slice(readme.indexOf('## A tour'), readme.indexOf('## Your own'));
const steps = readCommands('README.md', tour).blocks;

let installed: InstalledPackage;
beforeAll(async () => {
  installed = await installPackage();
});
afterAll(() => installed?.remove());

describe("the README's tour", () => {
  let clone: ServedClone;

  beforeAll(async () => {
    clone = await openServedClone(installed);
  });
  afterAll(() => clone?.close());

  it('has steps to run, each of which says what it prints', () => {
    expect(steps.length).toBeGreaterThanOrEqual(7);
    expect(steps.filter(({ expected, notRun }) => expected.length === 0 || notRun !== undefined)).toEqual([]);
  });

  it.each(steps)('prints what the README says: $commands', async ({ commands, expected }) => {
    const printed = await clone.run(commands);
    for (const line of expected) expect(printed).toMatch(toPattern(line));
  });
});

describe('the packed package', () => {
  const run = async (folder: string, script: string): Promise<string> => {
    const { npm_command: _npm, ...others } = process.env;
    const env = { ...others, ...gitTestEnvironment };
    const { stdout, stderr } = await promisify(execFile)('bash', ['-c', `set -e; exec 2>&1; ${script}`], {
      cwd: folder,
      env,
    });
    return stdout + stderr;
  };

  it('holds what is needed to run it, and no source maps', () => {
    expect(installed.files).toEqual(
      expect.arrayContaining(['dist/main.js', 'dist/library.d.ts', 'schemas/release.json', 'CHANGELOG.md']),
    );
    expect(installed.files.filter((path) => !/^(dist|schemas)\//.test(path)).sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'package.json',
    ]);
    expect(installed.files.filter((path) => path.endsWith('.map'))).toEqual([]);
  });

  it('tells the version of package.json, which `npm version` raises, and has a section of the changelog for it', async () => {
    const file = join(installed.folder, 'node_modules', 'stk-hub', 'package.json');
    const manifest = JSON.parse(await readFile(file, 'utf8')) as { readonly version: string };
    expect(await readFile(join(projectRoot, 'CHANGELOG.md'), 'utf8')).toContain(`## ${manifest.version}`);
    await writeFile(file, JSON.stringify({ ...manifest, version: '9.8.7' }));
    expect(await run(installed.folder, 'npx stk-hub --version')).toBe('9.8.7\n');
    await writeFile(file, JSON.stringify(manifest));
  });

  it('prints commands of `init` that work where it was called', async () => {
    const made = await run(installed.folder, 'npx stk-hub init mine --author "Ada <ada@example.com>"');
    const next = /^Next: (cd mine && npx stk-hub) hub$/m.exec(made)?.[1] ?? '';
    expect(await run(installed.folder, `${next} lint`)).toMatch(/: no problem\n$/);
    const readme = await readFile(join(installed.folder, 'mine', 'README.md'), 'utf8');
    expect(readme).toContain('\n    npx stk-hub hub\n');
    expect(await run(installed.folder, `${next} schemas`)).toBe('schemas/ is up to date\n');
  });

  it('can be imported, with its types', async () => {
    const project = join(installed.folder, 'importing');
    await mkdir(project);
    await writeFile(
      join(project, 'use.mts'),
      `import { parsePointer, StkError, type ErrorCode } from 'stk-hub';
      const parsed = parsePointer('release: v1', { file: 'environments/dev.yaml' });
      const name: string = parsed.ok ? parsed.value.release : '';
      const code: ErrorCode = new StkError('conflict', name).code;
      // @ts-expect-error -- a release is text
      const wrong: number = name;
      console.log(name, code, typeof wrong);\n`,
    );
    const compiler = join(projectRoot, 'node_modules', 'typescript', 'bin', 'tsc');
    const options = '--module nodenext --target es2022 --strict --types "" --lib es2023,dom';
    await run(project, `"${process.execPath}" "${compiler}" ${options} use.mts`);
    expect(await run(project, `"${process.execPath}" use.mjs`)).toBe('v1 conflict string\n');
  });
});
