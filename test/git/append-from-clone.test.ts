// The operator's clone adds files to a branch: pushed to the right remote, by the operator, from clones of every shape, and
// without touching work tree, index or branch.
import { afterEach, describe, expect, it } from '@jest/globals';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FileAppend } from '../../src/git/config-repo.ts';
import { openWorkingCopy } from '../../src/git/clone/working-copy.ts';
import { realClock as clock } from '../support/clock.ts';
import { createTestRepo, gitTestEnvironment, type TestRepo } from '../support/git/git-repo.ts';

const repos: TestRepo[] = [];
afterEach(async () => {
  await Promise.all(repos.splice(0).map((repo) => repo.remove()));
});

async function aRepo(options: { bare?: boolean } = {}): Promise<TestRepo> {
  const repo = await createTestRepo({ ...options, files: { 'stk.yaml': 'project: x\n' } });
  repos.push(repo);
  return repo;
}

const branch = 'stk-records';
const ref = `refs/heads/${branch}`;

async function append(clone: TestRepo, path: string, to?: string) {
  const copy = await openWorkingCopy(clone.directory, gitTestEnvironment);
  const author = await copy.identity(undefined);
  const files: FileAppend = { ref, files: new Map([[path, `${path}\n`]]), message: 'record', author };
  return copy.appendFiles(files, { to, clock });
}

describe('files added from a clone', () => {
  it('begin the branch at the remote, by the operator; the local branch and the tracking ref follow', async () => {
    const remote = await aRepo({ bare: true });
    const clone = await remote.clone();
    const status = await clone.git('status', '--porcelain=v2', '--branch');
    const first = await append(clone, 'releases/a.yaml');
    expect(first).toEqual({ kind: 'committed', revision: await remote.revision(branch), pushedTo: 'origin' });
    expect(await remote.git('log', '--format=%an <%ae>|%cn <%ce>|%P|%s', branch)).toBe(
      'Test Operator <operator@example.com>|Test Operator <operator@example.com>||record',
    );
    expect(await clone.git('status', '--porcelain=v2', '--branch')).toBe(status);
    expect(await append(clone, 'releases/a.yaml')).toMatchObject({ kind: 'already-there' });
    await append(clone, 'releases/b.yaml');
    const tip = await remote.revision(branch);
    expect([await clone.revision(branch), await clone.revision(`origin/${branch}`)]).toEqual([tip, tip]);
    expect(await clone.git('for-each-ref', 'refs/stk')).toBe('');
    await clone.git('fsck', '--strict');
  });

  it.each([
    ['shallow', (remote: TestRepo) => remote.clone({ depth: 1 })],
    [
      'detached',
      async (remote: TestRepo) => {
        const clone = await remote.clone();
        await clone.git('checkout', '-q', '--detach');
        return clone;
      },
    ],
    [
      'single-branch',
      async (remote: TestRepo) => {
        const clone = await remote.clone();
        await clone.git('config', 'remote.origin.fetch', '+refs/heads/main:refs/remotes/origin/main');
        return clone;
      },
    ],
  ])('land from a clone that is %s', async (_, make) => {
    const remote = await aRepo({ bare: true });
    await append(await remote.clone(), 'releases/a.yaml');
    const clone = await make(remote);
    await append(clone, 'releases/b.yaml');
    expect(await remote.git('ls-tree', '-r', '--name-only', branch)).toBe('releases/a.yaml\nreleases/b.yaml');
  });

  it('go to the remote that is named, and stay in the clone where there is none', async () => {
    const alone = await aRepo();
    const other = await aRepo({ bare: true });
    const local = await append(alone, 'a');
    expect(local).toEqual({ kind: 'committed', revision: await alone.revision(branch), pushedTo: null });
    await alone.git('remote', 'add', 'backup', other.directory);
    expect(await append(alone, 'b')).toMatchObject({ pushedTo: null });
    expect(await append(alone, 'c', 'backup')).toMatchObject({ pushedTo: 'backup' });
    expect(await other.git('ls-tree', '-r', '--name-only', branch)).toBe('c');
    await expect(append(alone, 'd', 'elsewhere')).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('has no remote "elsewhere"; configured: backup.'),
    });
  });

  it('all land from six clones at once', async () => {
    const remote = await aRepo({ bare: true });
    const clones = await Promise.all(Array.from({ length: 6 }, () => remote.clone()));
    await Promise.all(clones.map((clone, i) => append(clone, `releases/${i}.yaml`)));
    expect(await remote.git('rev-list', '--count', branch)).toBe('6');
  });

  it('are not written when the remote refuses them or cannot be reached', async () => {
    const remote = await aRepo({ bare: true });
    const clone = await remote.clone();
    await clone.git('remote', 'set-url', 'origin', '/nonexistent/repo.git');
    await expect(append(clone, 'a')).rejects.toMatchObject({ code: 'git-unavailable' });
    expect((await clone.tryGit('rev-parse', '--verify', branch)).exitCode).not.toBe(0);
  });

  it("are refused in the remote's words where its lock stays or its hook refuses, and soon", async () => {
    const remote = await aRepo({ bare: true });
    const clone = await remote.clone();
    await append(clone, 'a');
    const lock = join(remote.directory, `${ref}.lock`);
    await writeFile(lock, '');
    await expect(append(clone, 'b')).rejects.toMatchObject({
      code: 'push-refused',
      message: expect.stringContaining(`${branch}.lock`),
    });
    await rm(lock);
    const hook = join(remote.directory, 'hooks/update');
    await mkdir(dirname(hook), { recursive: true });
    await writeFile(hook, '#!/bin/sh\necho "[rejected] cannot lock ref: frozen" >&2\nexit 1\n');
    await chmod(hook, 0o755);
    await expect(append(clone, 'b')).rejects.toMatchObject({
      code: 'push-refused',
      message: expect.stringContaining('frozen'),
    });
  });

  it('need an identity', async () => {
    const remote = await aRepo({ bare: true });
    const clone = await remote.clone();
    await clone.git('config', '--unset', 'user.email');
    await clone.git('config', 'user.useConfigOnly', 'true');
    await expect(append(clone, 'a')).rejects.toMatchObject({ code: 'git-identity' });
  });
});
