// The Hub's own commits: compare and swap, the checked-out branch, large trees, and a remote.
import { afterEach, describe, expect, it } from '@jest/globals';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { HubCommit } from '../../src/git/config-repo.ts';
import { closeOpened, openRepo, pointer } from '../support/git/git-config-repo.ts';
import { createTestRepo, type TestRepo } from '../support/git/git-repo.ts';

const repos: TestRepo[] = [];
afterEach(async () => {
  await closeOpened();
  await Promise.all(repos.splice(0).map((repo) => repo.remove()));
});

async function aRepo(options: { bare?: boolean } = {}): Promise<TestRepo> {
  const files = {
    'stk.yaml': 'project: x\n',
    'environments/dev.yaml': pointer('v1'),
    'environments.txt': 'sorts before the folder\n',
  };
  const repo = await createTestRepo({ ...options, files });
  repos.push(repo);
  return repo;
}

interface OneFile {
  readonly path?: string;
  readonly content?: string;
}

const aChange = (expected: string, { path, content }: OneFile = {}): HubCommit => ({
  files: new Map([[path ?? 'environments/dev.yaml', content ?? pointer('v2')]]),
  message: 'promote(dev): v1 -> v2\n\nStk-Action: promote',
  author: { name: 'stk <hub>', email: 'hub@example.com' },
  expected,
});

describe('the Hub commits', () => {
  it('to a bare repository, with trees that git finds sound', async () => {
    const source = await aRepo({ bare: true });
    const repo = await openRepo({ location: source.directory });
    const first = await repo.commitFiles(aChange(await repo.resolve()));
    expect(first).toEqual({ kind: 'committed', revision: await source.revision('main') });
    await repo.commitFiles(aChange(await repo.resolve(), { path: 'environments/a-new.yaml' }));
    await repo.commitFiles(aChange(await repo.resolve(), { path: 'folder/deep/new.yaml' }));
    await source.git('fsck', '--strict');
    expect(await source.git('log', '-1', '--format=%an|%ae|%cI', 'main')).toBe(
      'stk  hub|hub@example.com|2026-11-21T08:00:00+00:00',
    );
    expect(await source.git('show', 'main:environments/dev.yaml')).toBe('release: v2');
    expect(await source.git('diff', '--name-only', 'main~1', 'main')).toBe('folder/deep/new.yaml');
  });

  it('says that the ref moved and writes nothing', async () => {
    const source = await aRepo();
    const repo = await openRepo({ location: source.directory });
    const old = await repo.resolve();
    const now = await source.commit('other', { x: 'x' });
    expect(await repo.commitFiles(aChange(old))).toEqual({ kind: 'moved', revision: now });
    expect(await source.revision()).toBe(now);
  });

  it('to a branch that is checked out and clean, bringing work tree and index along', async () => {
    const source = await aRepo();
    const repo = await openRepo({ location: source.directory });
    expect(await repo.commitFiles(aChange(await repo.resolve()))).toMatchObject({ kind: 'committed' });
    expect(await source.git('status', '--porcelain')).toBe('');
    expect(await readFile(join(source.directory, 'environments/dev.yaml'), 'utf8')).toBe(pointer('v2'));
  });

  it.each([
    ['an edited file', async (source: TestRepo) => source.write('stk.yaml', 'project: edited\n'), 'stk.yaml'],
    [
      'a staged file',
      async (source: TestRepo) => {
        await source.write('staged.txt', 'x');
        await source.git('add', 'staged.txt');
      },
      'staged.txt',
    ],
  ])('not to a checked-out branch with %s', async (_name, soil, path) => {
    const source = await aRepo();
    await soil(source);
    const repo = await openRepo({ location: source.directory });
    const before = await repo.resolve();
    const status = await source.git('status', '--porcelain');
    expect(await repo.commitFiles(aChange(before))).toEqual({ kind: 'work-tree-dirty', paths: [path] });
    expect(await repo.resolve()).toBe(before);
    expect(await source.git('status', '--porcelain')).toBe(status);
  });

  it('not over an untracked file', async () => {
    const source = await aRepo();
    await source.write('environments/new.yaml', 'mine\n');
    const repo = await openRepo({ location: source.directory });
    const outcome = await repo.commitFiles(aChange(await repo.resolve(), { path: 'environments/new.yaml' }));
    expect(outcome).toEqual({ kind: 'work-tree-dirty', paths: ['environments/new.yaml'] });
    expect(await readFile(join(source.directory, 'environments/new.yaml'), 'utf8')).toBe('mine\n');
  });

  it('takes up what a crash between work tree and ref left behind', async () => {
    const source = await aRepo();
    await source.write('environments/dev.yaml', pointer('v2'));
    await source.git('add', '--all');
    const repo = await openRepo({ location: source.directory });
    expect(await repo.commitFiles(aChange(await repo.resolve()))).toMatchObject({ kind: 'committed' });
    expect(await source.git('status', '--porcelain')).toBe('');
  });

  it.each([true, false])(
    'to a branch that begins on another commit, once; through a URL: %s',
    async (isRemote) => {
      const source = await aRepo({ bare: isRemote });
      const location = isRemote ? `file://${source.directory}` : source.directory;
      const repo = await openRepo({ location });
      const onto = await repo.resolve();
      const change = { ...aChange(onto), ref: 'refs/heads/backport/dev/v2', expected: null, onto };
      const made = await repo.commitFiles(change);
      expect(made).toEqual({ kind: 'committed', revision: await source.revision('backport/dev/v2') });
      expect(await source.revision('backport/dev/v2^')).toBe(onto);
      expect(await source.git('diff', '--name-only', 'main', 'backport/dev/v2')).toBe(
        'environments/dev.yaml',
      );
      expect([
        await source.revision('main'),
        await source.git('status', '--porcelain').catch(() => ''),
      ]).toEqual([onto, '']);
      const { revision } = made as { revision: string };
      expect(await repo.commitFiles({ ...change, message: 'again' })).toEqual({ kind: 'moved', revision });
    },
  );

  it('through a URL by a push, and says moved when the push loses', async () => {
    const remote = await aRepo({ bare: true });
    const repo = await openRepo({ location: remote.url });
    const outcome = await repo.commitFiles(aChange(await repo.resolve()));
    expect(outcome).toEqual({ kind: 'committed', revision: await remote.revision('main') });
    expect(await repo.resolve()).toBe(await remote.revision('main'));
    const stale = await repo.resolve();
    const clone = await remote.clone();
    const won = await clone.commit('other', { x: 'x' });
    await clone.git('push', '-q');
    expect(await repo.commitFiles(aChange(stale, { content: pointer('v3') }))).toEqual({
      kind: 'moved',
      revision: won,
    });
    expect(await repo.resolve()).toBe(won);
  });

  it.each([
    ['looked up when its answer is lost', ':', { kind: 'committed' }],
    [
      'called not known when the remote cannot be asked',
      'mv "$GIT_DIR" "$GIT_DIR.gone"',
      {
        code: 'git-unavailable',
        message: expect.stringMatching(/^It is not known whether the commit [0-9a-f]{40} reached the remote/),
        details: { committed: 'unknown' },
      },
    ],
  ])('through a URL is %s', async (_what, before, expected) => {
    const remote = await aRepo({ bare: true });
    const repo = await openRepo({ location: remote.url });
    const hook = join(remote.directory, 'hooks/reference-transaction');
    await mkdir(dirname(hook), { recursive: true });
    const move = before.replaceAll('$GIT_DIR', remote.directory);
    await writeFile(hook, `#!/bin/sh\ntest "$1" = committed || exit 0\n${move}\nkill -9 $PPID\n`);
    await chmod(hook, 0o755);
    const outcome = await repo.commitFiles(aChange(await repo.resolve())).catch((error: unknown) => error);
    expect(outcome).toMatchObject(expected);
  });
});
