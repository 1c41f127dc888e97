// A new config repo with its first commit.
import { describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initRepository } from '../../src/git/clone/init-repository.ts';
import { gitTestEnvironment, runGit } from '../support/git/git-repo.ts';

describe('a new repository', () => {
  it('has the files in a first commit, and is not made twice', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'stk-init-'));
    try {
      const request = {
        directory: join(parent, 'new'),
        files: new Map([['environments/dev.yaml', 'release: v1\n']]),
        message: 'chore: start',
        author: 'Ada L <ada@example.com>',
        environment: gitTestEnvironment,
      };
      const id = await initRepository(request);
      expect((await runGit(request.directory, ['status', '--porcelain'])).stdout).toBe('');
      expect((await runGit(request.directory, ['rev-parse', 'main'])).stdout.trim()).toBe(id);
      await expect(initRepository(request)).rejects.toMatchObject({ code: 'usage' });
    } finally {
      await rm(parent, { recursive: true });
    }
  });

  it('is refused where the system lets nobody make a folder', async () => {
    if (process.platform !== 'linux') return;
    const request = {
      directory: '/proc/stk/new',
      files: new Map(),
      message: '',
      environment: gitTestEnvironment,
    };
    await expect(initRepository(request)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(/^\/proc\/stk\/new cannot be made: .*ENOENT/),
    });
  });
});
