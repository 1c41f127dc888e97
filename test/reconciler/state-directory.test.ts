import { afterEach, describe, expect, it } from '@jest/globals';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultStateDirectory, openStateDirectory } from '../../src/reconciler/state/state-directory.ts';

const folders: string[] = [];

async function aPath(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'stk-state-'));
  folders.push(folder);
  return join(folder, '.stk');
}

afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
});

describe('the state directory', () => {
  it('is for its owner alone and ignored by git', async () => {
    const path = await aPath();
    const state = await openStateDirectory(path);
    expect((await stat(path)).mode & 0o777).toBe(0o700);
    expect(await readFile(join(path, '.gitignore'), 'utf8')).toBe('*\n');
    await state.close();
  });

  it('is refused while another process that lives holds it', async () => {
    const path = await aPath();
    const first = await openStateDirectory(path);
    await first.close();
    const other = spawn('sleep', ['60'], { stdio: 'ignore' });
    await once(other, 'spawn');
    const line = await readFile(`/proc/${other.pid}/stat`, 'utf8');
    const start = line.slice(line.lastIndexOf(')') + 2).split(' ')[19];
    await writeFile(join(path, 'hub.lock'), `${other.pid} ${start}\n`);
    await expect(openStateDirectory(path)).rejects.toMatchObject({ code: 'state-locked' });
    other.kill('SIGKILL');
    await once(other, 'exit');
    const taken = await openStateDirectory(path);
    await taken.close();
  });

  it('is taken over from a process that is gone, or whose id another process has by now', async () => {
    const path = await aPath();
    const first = await openStateDirectory(path);
    await first.close();
    const gone = spawnSync('true').pid;
    for (const holder of [`${gone} 1\n`, `1 999999999999\n`, 'torn']) {
      await writeFile(join(path, 'hub.lock'), holder);
      const taken = await openStateDirectory(path);
      await taken.close();
    }
    await expect(stat(join(path, 'hub.lock'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('says so where the system lets nobody make a folder', async () => {
    if (process.platform !== 'linux') return;
    await expect(openStateDirectory('/proc/stk/state')).rejects.toMatchObject({ code: 'usage' });
  });

  it('says what is wrong with a folder that cannot be written to', async () => {
    const path = await aPath();
    await writeFile(path, 'a file');
    await expect(openStateDirectory(join(path, 'state'))).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('cannot be written to'),
      hint: expect.stringContaining('--state'),
    });
  });

  it('is .stk of a work tree, stk of a bare repository, and a digest for a URL', () => {
    const place = { location: '/r', isRemote: false, workTree: '/r', gitDirectory: '/r/.git' };
    expect(defaultStateDirectory(place, '/s')).toBe('/r/.stk');
    expect(defaultStateDirectory({ ...place, workTree: undefined, gitDirectory: '/r.git' }, '/s')).toBe(
      '/r.git/stk',
    );
    const remote = { ...place, location: 'https://example.com/r.git', isRemote: true };
    expect(defaultStateDirectory(remote, '/s')).toMatch(/^\/s\/stk\/[0-9a-f]{16}$/);
  });
});
