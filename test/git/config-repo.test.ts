// The config repo that the Hub reads, over real repositories in every layout that git has.
import { afterEach, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StkError } from '../../src/kernel/errors.ts';
import { openRepo, closeOpened, pointer } from '../support/git/git-config-repo.ts';
import { createTestRepo, openTestRepo, type TestRepo } from '../support/git/git-repo.ts';

const repos: TestRepo[] = [];
afterEach(async () => {
  await closeOpened();
  await Promise.all(repos.splice(0).map((repo) => repo.remove()));
});

const files = {
  'stk.yaml': 'project: shop\n',
  'environments/dev.yaml': pointer('v1'),
  'environments/prod.yaml': pointer('v1'),
  'releases/v1.yaml': 'release: v1\n',
};

async function aRepo(options: { bare?: boolean } = {}): Promise<TestRepo> {
  const repo = await createTestRepo({ ...options, files });
  repos.push(repo);
  return repo;
}

describe('reading a config repo', () => {
  it.each([
    ['a work tree', (repo: TestRepo) => repo.directory, false],
    ['the .git of a work tree', (repo: TestRepo) => join(repo.directory, '.git'), false],
    ['a bare repository', (repo: TestRepo) => repo.directory, true],
    ['a file URL', (repo: TestRepo) => repo.url, true],
  ])('reads %s', async (_name, location, bare) => {
    const source = await aRepo({ bare });
    const repo = await openRepo({ location: location(source) });
    expect(repo.ref).toBe('refs/heads/main');
    const revision = await repo.resolve();
    expect(revision).toBe(await source.revision('main'));
    const tree = await repo.tree(revision);
    expect(await repo.entries(tree.environments?.id ?? '')).toEqual([
      expect.objectContaining({ name: 'dev.yaml', mode: '100644' }),
      expect.objectContaining({ name: 'prod.yaml', mode: '100644' }),
    ]);
    const entry = await repo.entry(tree.releases?.id ?? '', 'v1.yaml');
    expect(await repo.text(entry?.id ?? '', 100)).toBe('release: v1\n');
    expect(await repo.entry(tree.releases?.id ?? '', 'v1')).toBeUndefined();
    expect(await repo.fileText(revision, 'environments/dev.yaml', 100)).toBe(pointer('v1'));
    expect(await repo.fileText(revision, 'environments', 100)).toBeUndefined();
    expect(await repo.fileText(revision, 'environments/none/x.yaml', 100)).toBeUndefined();
  });

  it('reads a linked worktree through the common directory', async () => {
    const source = await aRepo();
    const linked = await mkdtemp(join(tmpdir(), 'stk-linked-'));
    try {
      await source.git('worktree', 'add', '-q', '-b', 'feature/x', join(linked, 'tree'));
      const repo = await openRepo({ location: join(linked, 'tree') });
      expect(repo.ref).toBe('refs/heads/feature/x');
      expect(repo.workTree).toBe(join(linked, 'tree'));
      const before = await repo.resolve();
      const after = await openTestRepo(join(linked, 'tree')).commit('feat: more', {
        'environments/dev.yaml': pointer('v2'),
      });
      expect(await repo.resolve()).toBe(after);
      expect(await repo.isAncestor(before, after)).toBe(true);
    } finally {
      await rm(linked, { recursive: true });
    }
  });

  it('follows the named ref whatever is checked out', async () => {
    const source = await aRepo();
    const repo = await openRepo({ location: source.directory });
    const served = await repo.resolve();
    await source.git('checkout', '-q', '-b', 'other');
    await source.commit('feat: elsewhere', { 'environments/dev.yaml': pointer('v9') });
    expect(await repo.resolve()).toBe(served);
  });

  it('reads packed refs and packed objects, and goes on through gc and repack', async () => {
    const source = await aRepo();
    const repo = await openRepo({ location: source.directory });
    for (let round = 0; round < 4; round += 1) {
      const revision = await source.commit(`feat: ${round}`, {
        'environments/dev.yaml': pointer(`v${round}`),
      });
      if (round % 2 === 0) await source.git('gc', '--quiet', '--prune=now');
      else await source.git('repack', '-adq');
      await source.git('pack-refs', '--all');
      expect(await repo.resolve()).toBe(revision);
      expect(await repo.fileText(revision, 'environments/dev.yaml', 100)).toBe(pointer(`v${round}`));
    }
  });

  it('reads while objects are repacked and pruned underneath', async () => {
    const source = await aRepo();
    for (let index = 0; index < 30; index += 1) {
      await source.commit(`feat: ${index}`, { [`releases/r${index}.yaml`]: `release: r${index}\n` });
    }
    const revision = await source.revision();
    const packing = (async () => {
      for (let round = 0; round < 5; round += 1) await source.git('gc', '--quiet', '--prune=now');
    })();
    const state = { isPacking: true };
    void packing.finally(() => (state.isPacking = false));
    let reads = 0;
    while (state.isPacking) {
      const index = reads % 30;
      // Opened anew each time, so that nothing comes from a cache.
      const repo = await openRepo({ location: source.directory });
      expect(await repo.fileText(revision, `releases/r${index}.yaml`, 100)).toBe(`release: r${index}\n`);
      reads += 1;
      await repo.close();
    }
    await packing;
    expect(reads).toBeGreaterThan(0);
  });

  it('shows symlinks and submodules with their modes', async () => {
    const source = await aRepo();
    await source.git(
      'update-index',
      '--add',
      '--cacheinfo',
      `160000,${await source.revision()},environments/sub.yaml`,
    );
    const target = await source.gitWithInput('dev.yaml', 'hash-object', '-w', '--stdin');
    await source.git('update-index', '--add', '--cacheinfo', `120000,${target},environments/link.yaml`);
    await source.git('commit', '-q', '-m', 'feat: odd entries');
    const repo = await openRepo({ location: source.directory });
    const revision = await repo.resolve();
    const entries = await repo.entries((await repo.tree(revision)).environments?.id ?? '');
    expect(entries.map(({ name, mode }) => `${mode} ${name}`)).toEqual([
      '100644 dev.yaml',
      '120000 link.yaml',
      '100644 prod.yaml',
      '160000 sub.yaml',
    ]);
    expect(await repo.fileText(revision, 'environments/link.yaml', 100)).toBeUndefined();
    const changes = await repo.pointerChanges({ revision });
    expect(changes.map((change) => change.environment)).not.toContain('link');
  });

  it('refuses a corrupt object and goes on reading the others', async () => {
    const source = await aRepo();
    const repo = await openRepo({ location: source.directory });
    const good = await repo.resolve();
    const broken = await source.commit('feat: broken', { 'environments/dev.yaml': pointer('v2') });
    const blob = await source.git('rev-parse', 'HEAD:environments/dev.yaml');
    const path = join(source.directory, '.git/objects', blob.slice(0, 2), blob.slice(2));
    await rm(path);
    await writeFile(path, 'not an object');
    const answers = await Promise.allSettled([
      repo.fileText(broken, 'environments/dev.yaml', 100),
      repo.fileText(good, 'environments/dev.yaml', 100),
      repo.fileText(broken, 'stk.yaml', 100),
    ]);
    expect(answers[0]).toMatchObject({ status: 'rejected', reason: { code: 'git-corrupt' } });
    expect(answers.slice(1).map((answer) => answer.status)).toEqual(['fulfilled', 'fulfilled']);
    await rm(path);
    await expect(repo.fileText(broken, 'environments/dev.yaml', 100)).rejects.toMatchObject({
      code: 'git-corrupt',
    });
    expect(await repo.fileText(good, 'environments/dev.yaml', 100)).toBe(pointer('v1'));
  });

  it('refuses a text that is too large before reading it, and one that is not UTF-8', async () => {
    const source = await aRepo();
    await source.write('big.yaml', 'x'.repeat(5_000));
    await writeFile(join(source.directory, 'odd.yaml'), Buffer.from([0xff, 0xfe, 0x00]));
    const revision = await source.commit('feat: odd files');
    const repo = await openRepo({ location: source.directory });
    await expect(repo.fileText(revision, 'big.yaml', 4_999)).rejects.toMatchObject({ code: 'too-large' });
    expect(await repo.fileText(revision, 'big.yaml', 5_000)).toHaveLength(5_000);
    await expect(repo.fileText(revision, 'odd.yaml', 100)).rejects.toMatchObject({ code: 'malformed' });
  });

  it('reads a commit with a hostile message and its trailers', async () => {
    const source = await aRepo();
    const message =
      'promote(prod): v1 -> v2\nsecond line\n\nbody: x\0y\n\nStk-Action: promote\nStk-Reason: a: b\nStk-Reason: last'.replace(
        '\0',
        '\u0001',
      );
    const revision = await source.commit(message);
    const repo = await openRepo({ location: source.directory });
    const commit = await repo.commit(revision);
    expect(commit).toMatchObject({
      revision,
      by: 'Test Operator <operator@example.com>',
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      subject: 'promote(prod): v1 -> v2 second line',
    });
    expect([...commit.trailers]).toEqual([
      ['Stk-Action', 'promote'],
      ['Stk-Reason', 'last'],
    ]);
  });
});

describe('following a URL', () => {
  it('sees a push, a force-push and a deleted branch after a fetch', async () => {
    const remote = await aRepo({ bare: true });
    const work = await remote.clone();
    const repo = await openRepo({ location: remote.url });
    const first = await repo.resolve();
    const pushed = await work.commit('feat: two', { 'environments/dev.yaml': pointer('v2') });
    await work.git('push', '-q');
    await repo.fetch();
    expect(await repo.resolve()).toBe(pushed);
    await work.git('reset', '-q', '--hard', first);
    const forced = await work.commit('feat: other', { 'environments/dev.yaml': pointer('v3') });
    await work.git('push', '-q', '--force');
    await Promise.all([repo.fetch(), repo.fetch(), repo.fetch()]);
    expect(await repo.resolve()).toBe(forced);
    await remote.git('update-ref', '-d', 'refs/heads/main');
    await repo.fetch();
    await expect(repo.resolve()).rejects.toMatchObject({ code: 'git-ref' });
  });

  it('says that the remote is away, and opens from the earlier mirror', async () => {
    const remote = await aRepo({ bare: true });
    const repo = await openRepo({ location: remote.url, state: 'kept' });
    const revision = await repo.resolve();
    const url = remote.url;
    await rm(remote.directory, { recursive: true });
    await expect(repo.fetch()).rejects.toMatchObject({ code: 'git-unavailable' });
    const again = await openRepo({ location: url, state: 'kept' });
    expect(await again.resolve()).toBe(revision);
    await expect(openRepo({ location: url, state: 'fresh' })).rejects.toMatchObject({
      code: 'git-unavailable',
    });
  });

  it('refuses a URL with credentials without repeating them', async () => {
    for (const url of [
      'https://user:s3cret@example.com/x.git',
      'https://s3cret@example.com/x.git',
      'ssh://git:s3cret@example.com/x',
    ]) {
      const refused = await openRepo({ location: url }).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(refused).toMatchObject({ code: 'usage' });
      expect(String(refused)).not.toContain('s3cret');
    }
    await expect(openRepo({ location: 'ext::sh -c id' })).rejects.toMatchObject({ code: 'usage' });
    await expect(openRepo({ location: 'http://example.com/x.git' })).rejects.toMatchObject({ code: 'usage' });
  });
});

describe('what cannot be followed', () => {
  it('asks for --ref when HEAD is detached, and takes one', async () => {
    const source = await aRepo();
    await source.git('checkout', '-q', '--detach');
    await expect(openRepo({ location: source.directory })).rejects.toMatchObject({
      code: 'git-ref',
      hint: expect.stringContaining('--ref'),
    });
    const repo = await openRepo({ location: source.directory, ref: 'main' });
    expect(repo.ref).toBe('refs/heads/main');
    await expect(openRepo({ location: source.directory, ref: 'no such' })).rejects.toMatchObject({
      code: 'git-ref',
    });
    await expect(openRepo({ location: source.directory, ref: '--all' })).rejects.toMatchObject({
      code: 'git-ref',
    });
  });

  it('names the format of a SHA-256 or reftable repository', async () => {
    const sha256 = await createTestRepo();
    repos.push(sha256);
    await rm(join(sha256.directory, '.git'), { recursive: true });
    await sha256.git('init', '-q', '--object-format=sha256');
    await expect(openRepo({ location: sha256.directory })).rejects.toMatchObject({
      code: 'git-format',
      message: expect.stringContaining('sha256'),
    });
    const reftable = await aRepo();
    await reftable.git('config', 'extensions.refStorage', 'reftable');
    const named = { code: 'git-format', message: expect.stringContaining('reftable') };
    await expect(openRepo({ location: reftable.directory })).rejects.toMatchObject(named);
    await reftable.git('config', 'core.repositoryformatversion', '1');
    await expect(openRepo({ location: reftable.directory })).rejects.toMatchObject(named);
  });

  it('names the commands that copy a SHA-256 repository, and they do', async () => {
    const sha256 = await createTestRepo();
    repos.push(sha256);
    await rm(join(sha256.directory, '.git'), { recursive: true });
    await sha256.git('init', '-q', '--object-format=sha256', '--initial-branch=main');
    await sha256.git('config', 'user.name', 'A Person');
    await sha256.git('config', 'user.email', 'person@example.com');
    await sha256.commit('first', { 'environments/prod.yaml': pointer('v1') });
    const hint = await openRepo({ location: sha256.directory }).then(
      () => '',
      (thrown: unknown) => (thrown instanceof StkError ? (thrown.hint ?? '') : ''),
    );
    const place = await mkdtemp(join(tmpdir(), 'stk-copy-'));
    execFileSync('sh', ['-c', hint.slice(hint.indexOf('git init'))], { cwd: place, stdio: 'pipe' });
    const copy = await openRepo({ location: join(place, 'sha1-copy'), ref: 'main' });
    expect(copy.ref).toBe('refs/heads/main');
    await rm(place, { recursive: true });
  });

  it('says so for an empty repository, a folder without one, and no folder', async () => {
    const empty = await createTestRepo();
    repos.push(empty);
    await expect(openRepo({ location: empty.directory })).rejects.toMatchObject({ code: 'git-ref' });
    const plain = await mkdtemp(join(tmpdir(), 'stk-plain-'));
    await expect(openRepo({ location: plain })).rejects.toMatchObject({ code: 'not-a-config-repo' });
    await rm(plain, { recursive: true });
    await expect(openRepo({ location: plain })).rejects.toMatchObject({ code: 'not-a-config-repo' });
  });

  it('says that git is missing', async () => {
    const source = await aRepo();
    await expect(
      openRepo({ location: source.directory, environment: { PATH: '/nonexistent' } }),
    ).rejects.toMatchObject({
      code: 'git-missing',
    });
  });

  it('gives the command that trusts a repository of another owner', async () => {
    const source = await aRepo();
    await chown(source.directory, 4711, 4711);
    await expect(openRepo({ location: source.directory })).rejects.toMatchObject({
      code: 'git-ownership',
      hint: expect.stringContaining(`git config --global --add safe.directory ${source.directory}`),
    });
  });
});

describe('watching', () => {
  it.each(['main', 'feature/deep/x'])(
    'reacts to update-ref, commit, packing and deletion of %s',
    async (branch) => {
      const source = await aRepo();
      await source.git('checkout', '-q', '-B', branch);
      await source.git('gc', '--quiet', '--prune=now');
      await rm(join(source.directory, '.git/refs/heads/feature'), { recursive: true, force: true });
      const repo = await openRepo({ location: source.directory, ref: branch });
      let look = (): void => undefined;
      const watch = await repo.watch(() => look());
      const moved = (revision: string): Promise<void> =>
        new Promise((resolve, reject) => {
          const check = (): void => {
            repo.resolve().then((now) => (now === revision ? resolve() : undefined), reject);
          };
          look = check;
          check();
        });
      for (const name of ['a', 'b']) {
        await moved(await source.commit(`feat: ${name}`, { [name]: name }));
        await source.git('pack-refs', '--all', '--prune');
      }
      const made = await source.git('commit-tree', '-p', 'HEAD', '-m', 'plumbing', 'HEAD^{tree}');
      await source.git('update-ref', `refs/heads/${branch}`, made);
      await moved(made);
      await watch.close();
    },
  );
});
