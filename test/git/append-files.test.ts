// Files are added to a branch that many write to: it begins with the first, every writer lands, nothing is overwritten.
import { afterEach, describe, expect, it } from '@jest/globals';
import type { ConfigRepo, FileAppend } from '../../src/git/config-repo.ts';
import { realClock } from '../support/clock.ts';
import { closeOpened, openRepo } from '../support/git/git-config-repo.ts';
import { createTestRepo, type TestRepo } from '../support/git/git-repo.ts';

const repos: TestRepo[] = [];
afterEach(async () => {
  await closeOpened();
  await Promise.all(repos.splice(0).map((repo) => repo.remove()));
});

async function aRepo(options: { bare?: boolean } = {}): Promise<TestRepo> {
  const repo = await createTestRepo({ ...options, files: { 'stk.yaml': 'project: x\n' } });
  repos.push(repo);
  return repo;
}

const ref = 'refs/heads/stk-records';

function anAppend(files: Readonly<Record<string, string>>): FileAppend {
  const author = { name: 'ci', email: 'ci@example.com' };
  return { ref, files: new Map(Object.entries(files)), message: 'record', author };
}

/** `writers` repos write `each` files at once; gives the paths on the branch. */
async function writeAtOnce(writers: readonly ConfigRepo[], each: number): Promise<void> {
  await Promise.all(
    writers.flatMap((repo, w) =>
      Array.from({ length: each }, (_, i) =>
        repo.appendFiles(anAppend({ [`releases/aa/v1/check/${w}-${i}.yaml`]: `${w} ${i}\n` })),
      ),
    ),
  );
}

describe('files added to a branch', () => {
  it('begin it as an orphan, several in one commit, by the given author, and leave the work tree alone', async () => {
    const source = await aRepo();
    const repo = await openRepo({ location: source.directory });
    const outcome = await repo.appendFiles(
      anAppend({ 'releases/aa/v1/a.yaml': 'a\n', 'releases/b.yaml': 'b\n' }),
    );
    expect(outcome).toEqual({ kind: 'committed', revision: await source.revision(ref) });
    expect(await source.git('log', '--format=%an <%ae> %P', ref)).toBe('ci <ci@example.com> ');
    expect(await source.git('ls-tree', '-r', '--name-only', ref)).toBe(
      'releases/aa/v1/a.yaml\nreleases/b.yaml',
    );
    expect(await source.git('status', '--porcelain')).toBe('');
    await source.git('fsck', '--strict');
  });

  it('are done when they are there, also beside new ones', async () => {
    const repo = await openRepo({ location: (await aRepo({ bare: true })).directory });
    const first = await repo.appendFiles(anAppend({ a: '1' }));
    expect(await repo.appendFiles(anAppend({ a: '1' }))).toEqual({ ...first, kind: 'already-there' });
    const second = await repo.appendFiles(anAppend({ a: '1', b: '2' }));
    expect((await repo.commit(second.revision)).parents).toEqual([first.revision]);
    expect(await repo.entryAt(second.revision, 'b')).toMatchObject({ mode: '100644' });
  });

  it('are never overwritten', async () => {
    const repo = await openRepo({ location: (await aRepo()).directory });
    const { revision } = await repo.appendFiles(anAppend({ a: '1' }));
    await expect(repo.appendFiles(anAppend({ a: '2', b: '2' }))).rejects.toMatchObject({ code: 'conflict' });
    expect(await repo.readRef(ref)).toBe(revision);
  });

  it('all land when 50 are written at once to a local repository', async () => {
    const source = await aRepo();
    const writers = await Promise.all(
      Array.from({ length: 5 }, () => openRepo({ location: source.directory, clock: realClock })),
    );
    await writeAtOnce(writers, 10);
    expect(await source.git('rev-list', '--count', ref)).toBe('50');
    expect((await source.git('ls-tree', '-r', '--name-only', ref)).split('\n')).toHaveLength(50);
    await source.git('fsck', '--strict');
  });

  it('all land when four Hubs write at once through a URL', async () => {
    const remote = await aRepo({ bare: true });
    const writers = await Promise.all(
      Array.from({ length: 4 }, () => openRepo({ location: remote.url, clock: realClock })),
    );
    await writeAtOnce(writers, 2);
    expect(await remote.git('rev-list', '--count', ref)).toBe('8');
    expect((await remote.git('ls-tree', '-r', '--name-only', ref)).split('\n')).toHaveLength(8);
  });
});

describe('a commit of the Hub', () => {
  it('adds, changes and removes files at once, and takes the work tree along', async () => {
    const source = await aRepo();
    await source.commit('more', { 'freezes/a.yaml': 'a\n', 'environments/dev.yaml': 'release: v1\n' });
    const repo = await openRepo({ location: source.directory });
    const files = new Map([
      ['environments/dev.yaml', 'release: v2\n'],
      ['freezes/a.yaml', null],
      ['incidents/one.md', '# one\n'],
    ]);
    const author = { name: 'hub', email: 'hub@example.com' };
    const expected = await repo.resolve();
    const outcome = await repo.commitFiles({ files, message: 'rollback', author, expected });
    expect(outcome).toMatchObject({ kind: 'committed' });
    expect(await source.git('diff', '--name-status', expected, 'HEAD')).toBe(
      'M\tenvironments/dev.yaml\nD\tfreezes/a.yaml\nA\tincidents/one.md',
    );
    expect(await source.git('ls-tree', '-r', '--name-only', 'HEAD')).toBe(
      'environments/dev.yaml\nincidents/one.md\nstk.yaml',
    );
    expect(await source.git('status', '--porcelain')).toBe('');
    await source.git('fsck', '--strict');
  });
});

describe('a commit as a value', () => {
  it('names the author, the co-authors and whether it is signed', async () => {
    const source = await aRepo();
    const repo = await openRepo({ location: source.directory });
    const message =
      'x\n\nCo-authored-by: Ada <ada@example.com>\nco-authored-by: Grace <grace@example.com>\n\nmore';
    const revision = await source.commit(message);
    expect(await repo.commit(revision)).toMatchObject({
      mail: 'operator@example.com',
      coAuthors: ['ada@example.com', 'grace@example.com'],
      isSigned: false,
    });
    const text = await source.git('cat-file', 'commit', revision);
    const signed = text.replace('\n\n', '\ngpgsig -----BEGIN SSH SIGNATURE-----\n abc\n\n');
    const id = await source.gitWithInput(signed, 'hash-object', '-t', 'commit', '-w', '--stdin');
    expect(await repo.commit(id)).toMatchObject({ isSigned: true });
  });
});
