// What printed commands begin with: `stk` only where a shell finds this very file by that name.
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ownCommand } from '../../src/cli/own-command.ts';

let folder: string;
let script: string;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'stk-test-own-')));
  script = join(folder, 'main.js');
  await writeFile(script, '');
  for (const place of ['usr', 'node_modules/.bin', 'other']) {
    await mkdir(join(folder, place), { recursive: true });
    await symlink(place === 'other' ? folder : script, join(folder, place, 'stk'));
  }
});
afterAll(() => rm(folder, { recursive: true }));

const begin = (places: readonly string[], variables = {}): string =>
  ownCommand({
    script,
    variables: { PATH: places.map((place) => join(folder, place)).join(':'), ...variables },
  });

it('is `stk` when a folder of the path holds a link to this file', () => {
  expect(begin(['none', 'usr'])).toBe('stk');
  expect(begin(['node_modules/.bin'])).toBe('stk');
});

it('is the package when the path has no `stk`, another one, or one that npm put there', () => {
  expect(begin([])).toBe('npx stk-hub');
  expect(begin(['other'])).toBe('npx stk-hub');
  expect(begin(['node_modules/.bin'], { npm_command: 'exec' })).toBe('npx stk-hub');
});
