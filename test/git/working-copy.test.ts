// The command line's commits in an operator's clone, with the real git, hooks and concurrent operators.
import { afterEach, describe, expect, it } from '@jest/globals';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PointerCommit } from '../../src/git/clone/pointer-commit.ts';
import { openWorkingCopy } from '../../src/git/clone/working-copy.ts';
import { closeOpened, openRepo, pointer, stillClock } from '../support/git/git-config-repo.ts';
import { createTestRepo, gitTestEnvironment, type TestRepo } from '../support/git/git-repo.ts';

const repos: TestRepo[] = [];
afterEach(async () => {
  await closeOpened();
  await Promise.all(repos.splice(0).map((repo) => repo.remove()));
});

const files = { 'stk.yaml': 'project: shop\n', 'environments/dev.yaml': pointer('v1'), 'other.txt': 'a\n' };
const clock = {
  ...stillClock,
  random: Math.random,
  sleep: (ms: number) => new Promise<void>((done) => setTimeout(done, ms)),
};

async function aRepo(options: { bare?: boolean } = {}): Promise<TestRepo> {
  const environments = Array.from({ length: 20 }, (_, index) => [
    `environments/e${index}.yaml`,
    pointer('v1'),
  ]);
  const repo = await createTestRepo({ ...options, files: { ...files, ...Object.fromEntries(environments) } });
  repos.push(repo);
  return repo;
}

async function aCommit(repo: TestRepo, change: Partial<PointerCommit> = {}): Promise<PointerCommit> {
  const path = change.path ?? 'environments/dev.yaml';
  return {
    path,
    content: pointer('v2'),
    message: 'promote(dev): v1 -> v2\n\nStk-Action: promote',
    expectedPointerBlob: await repo.git('rev-parse', `HEAD:${path}`),
    author: undefined,
    clock,
    signal: undefined,
    ...change,
  };
}

it('refuses a folder below the top of a repository, where nothing of it would be read or written', async () => {
  const repo = await aRepo();
  await repo.commit('feat: a service', { 'services/shop/stk.yaml': 'project: shop\n' });
  const folder = join(repo.directory, 'services/shop');
  await expect(openWorkingCopy(folder, gitTestEnvironment)).rejects.toMatchObject({
    code: 'not-a-config-repo',
    message: expect.stringContaining('a config repo must be a separate repository'),
    hint: expect.stringContaining('subtree split --prefix=services/shop --branch=stk-config'),
  });
  await expect(openRepo({ location: folder })).rejects.toMatchObject({ code: 'not-a-config-repo' });
  // The way that the hint names.
  await repo.git('subtree', 'split', '-q', '--prefix=services/shop', '--branch=stk-config');
  expect(await repo.git('ls-tree', '--name-only', 'stk-config')).toBe('stk.yaml');
});

describe('without an upstream', () => {
  it('commits only the pointer and leaves staged and other work as it is', async () => {
    const repo = await aRepo();
    await repo.write('other.txt', 'staged\n');
    await repo.git('add', 'other.txt');
    await repo.write('other.txt', 'unstaged\n');
    await repo.write('new.txt', 'untracked\n');
    const before = await repo.git('status', '--porcelain');
    const copy = await openWorkingCopy(repo.directory, gitTestEnvironment);
    const outcome = await copy.commitPointer(await aCommit(repo));
    expect(outcome).toMatchObject({ kind: 'committed', pushed: false, revision: await repo.revision() });
    expect(await repo.git('show', '--name-only', '--format=%s', 'HEAD')).toBe(
      'promote(dev): v1 -> v2\n\nenvironments/dev.yaml',
    );
    expect(await repo.git('status', '--porcelain')).toBe(before);
  });

  it('refuses an uncommitted change of the pointer and another branch than the one followed', async () => {
    const repo = await aRepo();
    const copy = await openWorkingCopy(repo.directory, gitTestEnvironment);
    await expect(
      copy.commitPointer({ ...(await aCommit(repo)), hubRef: 'refs/heads/live' }),
    ).rejects.toMatchObject({ code: 'git-ref' });
    await repo.write('environments/dev.yaml', pointer('v3'));
    await expect(copy.commitPointer(await aCommit(repo))).rejects.toMatchObject({ code: 'git-dirty' });
  });

  const path = 'environments/dev.yaml';
  const changesMeanwhile: Record<string, [(repo: TestRepo) => Promise<unknown>, object]> = {
    'is edited': [(repo) => repo.write(path, pointer('v3')), { code: 'git-dirty' }],
    'is staged': [
      async (repo) => {
        await repo.write(path, pointer('v3'));
        await repo.git('add', path);
        await repo.write(path, pointer('v1'));
      },
      { code: 'git-dirty' },
    ],
    'is committed': [
      async (repo) => {
        await repo.write(path, pointer('v3'));
        await repo.git('commit', '-qam', 'theirs');
      },
      { kind: 'lost' },
    ],
    'is another on the branch that is switched to': [
      async (repo) => {
        await repo.git('switch', '-qc', 'other');
        await repo.write(path, pointer('v3'));
        await repo.git('commit', '-qam', 'theirs');
      },
      { kind: 'lost' },
    ],
  };
  it.each(Object.keys(changesMeanwhile))(
    'does not take over what it prepared when the pointer %s meanwhile',
    async (name) => {
      const [change, expected] = changesMeanwhile[name] ?? [];
      const repo = await aRepo();
      const copy = await openWorkingCopy(repo.directory, gitTestEnvironment);
      const commit = await aCommit(repo);
      await copy.prepareCommit(path);
      await change?.(repo);
      const revision = await repo.revision();
      const outcome = await copy.commitPointer(commit).catch((error: unknown) => error);
      expect(outcome).toMatchObject(expected ?? {});
      expect(await repo.revision()).toBe(revision);
    },
  );

  it('does not wait for a program that a hook leaves running', async () => {
    const repo = await aRepo();
    const hook = join(repo.directory, '.git/hooks/post-commit');
    await repo.write('.git/hooks/post-commit', '#!/bin/sh\nsleep 600 &\necho $! > .git/left-running\n');
    await chmod(hook, 0o755);
    const copy = await openWorkingCopy(repo.directory, gitTestEnvironment);
    const outcome = await copy.commitPointer(await aCommit(repo));
    process.kill(Number(await readFile(join(repo.directory, '.git/left-running'), 'utf8')));
    expect(outcome).toMatchObject({ kind: 'committed', revision: await repo.revision() });
  });

  it('shows what a hook said and puts the pointer back', async () => {
    const repo = await aRepo();
    await repo.write('.git/hooks/pre-commit', '#!/bin/sh\necho "frozen until Monday" >&2\nexit 1\n');
    await chmod(join(repo.directory, '.git/hooks/pre-commit'), 0o755);
    const copy = await openWorkingCopy(repo.directory, gitTestEnvironment);
    await expect(copy.commitPointer(await aCommit(repo))).rejects.toMatchObject({
      message: expect.stringContaining('frozen until Monday'),
    });
    const fresh = await aCommit(repo, { path: 'environments/dev.yaml' });
    await expect(copy.commitPointer(fresh)).rejects.toMatchObject({ code: 'git-failed' });
    expect(await repo.git('status', '--porcelain')).toBe('');
  });

  it('names the commands for a missing identity, and takes --author', async () => {
    const repo = await aRepo();
    await repo.git('config', '--unset', 'user.name');
    await repo.git('config', '--unset', 'user.email');
    await repo.git('config', 'user.useConfigOnly', 'true');
    const copy = await openWorkingCopy(repo.directory, gitTestEnvironment);
    await expect(copy.commitPointer(await aCommit(repo))).rejects.toMatchObject({ code: 'git-identity' });
    await copy.commitPointer(await aCommit(repo, { author: 'Ada L <ada@example.com>' }));
    expect(await repo.git('log', '-1', '--format=%an <%ae> %cn <%ce>')).toBe(
      'Ada L <ada@example.com> Ada L <ada@example.com>',
    );
  });

  it('does not let the variables of a surrounding hook point it elsewhere', async () => {
    const repo = await aRepo();
    const elsewhere = await aRepo();
    const copy = await openWorkingCopy(repo.directory, {
      ...gitTestEnvironment,
      GIT_DIR: join(elsewhere.directory, '.git'),
      GIT_INDEX_FILE: join(elsewhere.directory, '.git/index'),
    });
    const outcome = await copy.commitPointer(await aCommit(repo));
    expect(outcome).toMatchObject({ revision: await repo.revision() });
  });
});

describe('with an upstream', () => {
  it('commits on the fetched tip, pushes that one commit and leaves unpushed and staged work alone', async () => {
    const remote = await aRepo({ bare: true });
    const clone = await remote.clone();
    const colleague = await remote.clone();
    await colleague.commit('feat: more', { 'more.txt': 'x' });
    await colleague.git('push', '-q');
    const mine = await clone.commit('wip: unpushed', { 'wip.txt': 'x' });
    await clone.write('other.txt', 'staged\n');
    await clone.git('add', 'other.txt');
    const copy = await openWorkingCopy(clone.directory, gitTestEnvironment);
    const outcome = await copy.commitPointer(await aCommit(clone));
    expect(outcome).toMatchObject({ kind: 'committed', pushed: true, notes: [expect.any(String)] });
    expect(await remote.git('log', '--format=%s', 'main')).toBe(
      'promote(dev): v1 -> v2\nfeat: more\nchore: start',
    );
    expect(await remote.git('show', '--name-only', '--format=', 'main')).toBe('environments/dev.yaml');
    expect(await clone.revision()).toBe(mine);
    expect(await clone.git('status', '--porcelain')).toBe('M  other.txt');
    expect((await clone.git('worktree', 'list')).split('\n')).toHaveLength(1);
  });

  it('fast-forwards a clean local branch', async () => {
    const remote = await aRepo({ bare: true });
    const clone = await remote.clone();
    const copy = await openWorkingCopy(clone.directory, gitTestEnvironment);
    await copy.commitPointer(await aCommit(clone));
    expect(await clone.revision()).toBe(await remote.revision('main'));
    expect(await readFile(join(clone.directory, 'environments/dev.yaml'), 'utf8')).toBe(pointer('v2'));
    expect(await clone.git('status', '--porcelain')).toBe('');
  });

  it('names who moved the same pointer first', async () => {
    const remote = await aRepo({ bare: true });
    const clone = await remote.clone();
    const commit = await aCommit(clone);
    const colleague = await remote.clone();
    const won = await colleague.commit('promote(dev): v1 -> v9', { 'environments/dev.yaml': pointer('v9') });
    await colleague.git('push', '-q');
    const copy = await openWorkingCopy(clone.directory, gitTestEnvironment);
    expect(await copy.commitPointer(commit)).toEqual({
      kind: 'lost',
      by: 'Test Operator <operator@example.com>',
      revision: won,
      blob: await colleague.git('rev-parse', 'HEAD:environments/dev.yaml'),
    });
    expect(await remote.revision('main')).toBe(won);
  });

  it('runs hooks on the commit, and leaves nothing behind when one refuses', async () => {
    const remote = await aRepo({ bare: true });
    const clone = await remote.clone();
    await clone.write('.git/hooks/commit-msg', '#!/bin/sh\necho "no ticket number" >&2\nexit 1\n');
    await chmod(join(clone.directory, '.git/hooks/commit-msg'), 0o755);
    const copy = await openWorkingCopy(clone.directory, gitTestEnvironment);
    await expect(copy.commitPointer(await aCommit(clone))).rejects.toMatchObject({
      message: expect.stringContaining('no ticket number'),
    });
    expect((await clone.git('worktree', 'list')).split('\n')).toHaveLength(1);
    expect(await remote.git('rev-list', '--count', 'main')).toBe('1');
  });

  it('says that the remote refused the push, and keeps nothing of it', async () => {
    const remote = await aRepo({ bare: true });
    const clone = await remote.clone();
    const before = await clone.revision();
    const hook = join(remote.directory, 'hooks/pre-receive');
    await mkdir(join(remote.directory, 'hooks'), { recursive: true });
    await writeFile(hook, '#!/bin/sh\necho "main is protected" >&2\nexit 1\n', { mode: 0o755 });
    const copy = await openWorkingCopy(clone.directory, gitTestEnvironment);
    await expect(copy.commitPointer(await aCommit(clone))).rejects.toMatchObject({
      code: 'push-refused',
      message: expect.stringContaining('main is protected'),
    });
    expect(await clone.revision()).toBe(before);
    expect(await remote.revision('main')).toBe(before);
  });

  it('lands six commits to different pointers at once, in one line of history', async () => {
    // Twenty are tried by the test of the whole command; the work grows with the square of their number.
    const commits = 6;
    const remote = await aRepo({ bare: true });
    const clones = await Promise.all(Array.from({ length: commits }, () => remote.clone()));
    const outcomes = await Promise.all(
      clones.map(async (clone, index) => {
        const copy = await openWorkingCopy(clone.directory, gitTestEnvironment);
        return copy.commitPointer(
          await aCommit(clone, {
            path: `environments/e${index}.yaml`,
            message: `promote(e${index}): v1 -> v2`,
          }),
        );
      }),
    );
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(
      Array.from({ length: commits }, () => 'committed'),
    );
    expect(await remote.git('rev-list', '--count', 'main')).toBe(String(commits + 1));
    expect(await remote.git('rev-list', '--merges', 'main')).toBe('');
    for (let index = 0; index < commits; index += 1) {
      expect(await remote.git('show', `main:environments/e${index}.yaml`)).toBe('release: v2');
    }
  });
});
