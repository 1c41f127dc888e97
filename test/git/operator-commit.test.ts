// What an operator's own set-up does to a commit of the command line: hooks, locks, links, interruptions, lost answers.
import { afterEach, describe, expect, it } from '@jest/globals';
import { chmod, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PointerCommit } from '../../src/git/clone/pointer-commit.ts';
import { openWorkingCopy } from '../../src/git/clone/working-copy.ts';
import { pointer, stillClock } from '../support/git/git-config-repo.ts';
import { createTestRepo, gitTestEnvironment, type TestRepo } from '../support/git/git-repo.ts';

const repos: TestRepo[] = [];
afterEach(() => Promise.all(repos.splice(0).map((repo) => repo.remove())));

const path = 'environments/dev.yaml';
const realClock = {
  ...stillClock,
  sleep: (ms: number) => new Promise<void>((done) => setTimeout(done, ms)),
};

async function aRepo(
  files: Record<string, string> = {},
  options: { bare?: boolean } = {},
): Promise<TestRepo> {
  const repo = await createTestRepo({
    ...options,
    files: { 'stk.yaml': 'project: shop\n', [path]: pointer('v1'), 'releases/v2.yaml': 'v2\n', ...files },
  });
  repos.push(repo);
  return repo;
}

async function promote(repo: TestRepo, change: Partial<PointerCommit> = {}) {
  const copy = await openWorkingCopy(repo.directory, gitTestEnvironment);
  const file = change.path ?? path;
  const blob = await repo.tryGit('rev-parse', `HEAD:${file}`);
  return copy.commitPointer({
    path: file,
    content: pointer('v2'),
    message: 'promote(dev): v1 -> v2',
    expectedPointerBlob: blob.exitCode === 0 ? blob.stdout.trim() : undefined,
    author: undefined,
    clock: realClock,
    signal: undefined,
    ...change,
  });
}

async function addHook(folder: string, name: string, script: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, name), 0o755);
}

/** As operators write them: it looks at the pointer that is committed, and at another file. */
const releaseExists = `for f in $(git diff --cached --name-only -- environments); do
  id=$(sed -n "s/^release: //p" $f); test "$id" = v2 || { echo "$f names $id" >&2; exit 1; }
  test -f releases/$id.yaml || { echo "no release $id" >&2; exit 1; }
done`;

describe.each([
  ['without an upstream', false],
  ['with an upstream', true],
])('%s', (_name, hasUpstream) => {
  const aClone = async (files: Record<string, string> = {}): Promise<TestRepo> =>
    hasUpstream ? (await aRepo(files, { bare: true })).clone() : aRepo(files);

  it.each(['.githooks', '.husky/_'])('runs the hooks of core.hooksPath = %s', async (folder) => {
    const repo = await aClone();
    await repo.git('config', 'core.hooksPath', folder);
    await addHook(join(repo.directory, folder), 'pre-commit', 'echo "prod is frozen" >&2; exit 1');
    await expect(promote(repo)).rejects.toMatchObject({ message: expect.stringContaining('prod is frozen') });
    expect(await repo.git('diff', 'HEAD', '--', path)).toBe('');
  });

  it('runs a hook that reads the pointer and other files, as for a plain commit', async () => {
    const repo = await aClone();
    await addHook(join(repo.directory, '.git/hooks'), 'pre-commit', releaseExists);
    expect(await promote(repo)).toMatchObject({ kind: 'committed', notes: [] });
    expect(await repo.git('status', '--porcelain')).toBe('');
    await expect(promote(repo, { content: pointer('v3') })).rejects.toMatchObject({
      message: expect.stringContaining('dev.yaml names v3'),
    });
    expect(await repo.git('status', '--porcelain')).toBe('');
    expect(await readFile(join(repo.directory, path), 'utf8')).toBe(pointer('v2'));
  });

  it("calls what a hook prints the hook's, not a network failure", async () => {
    const repo = await aClone();
    await addHook(
      join(repo.directory, '.git/hooks'),
      'pre-commit',
      'echo "fatal: unable to access \'https://ci/\': Connection refused" >&2; exit 1',
    );
    await expect(promote(repo)).rejects.toMatchObject({ code: 'git-failed' });
  });

  it('says committed when a hook fails after the commit', async () => {
    const repo = await aClone();
    await addHook(join(repo.directory, '.git/hooks'), 'post-commit', 'echo done; exit 1');
    expect(await promote(repo)).toMatchObject({ kind: 'committed' });
    expect(await repo.git('show', `HEAD:${path}`)).toBe('release: v2');
  });

  it('puts a file in the place of a link, and writes through no linked folder', async () => {
    const repo = await aClone({ 'elsewhere/dev.yaml': 'mine\n' });
    const outside = join(repo.directory, 'elsewhere/dev.yaml');
    await rm(join(repo.directory, path));
    await symlink('../elsewhere/dev.yaml', join(repo.directory, path));
    await repo.commit('a link');
    if (hasUpstream) await repo.git('push', '-q');
    expect(await promote(repo)).toMatchObject({ kind: 'committed', notes: [] });
    expect(await readFile(outside, 'utf8')).toBe('mine\n');
    expect(await repo.git('ls-tree', 'HEAD', path)).toMatch(/^100644 /);
    expect(await repo.git('status', '--porcelain')).toBe('');

    await rm(join(repo.directory, 'environments'), { recursive: true });
    await symlink('elsewhere', join(repo.directory, 'environments'));
    const linked = await repo.commit('a linked folder');
    if (hasUpstream) await repo.git('push', '-q');
    for (const file of [path, 'environments/new.yaml'])
      await expect(promote(repo, { path: file })).rejects.toMatchObject({ code: 'project-invalid' });
    expect(await readFile(outside, 'utf8')).toBe('mine\n');
    expect(await readdir(join(repo.directory, 'elsewhere'))).toEqual(['dev.yaml']);
    expect(await repo.revision()).toBe(linked);
  });
});

describe('a work tree that others use', () => {
  it('says which lock is held, and leaves nothing for the next git commit -a', async () => {
    const repo = await aRepo();
    const lock = join(repo.directory, '.git/index.lock');
    await writeFile(lock, '');
    await expect(promote(repo, { clock: stillClock })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('index.lock'),
    });
    expect((await stat(lock)).size).toBe(0);
    await rm(lock);
    expect(await repo.git('status', '--porcelain')).toBe('');
  });

  it('commits six environments at once, one after the other', async () => {
    const names = Array.from({ length: 6 }, (_, index) => `environments/e${index}.yaml`);
    const repo = await aRepo(Object.fromEntries(names.map((name) => [name, pointer('v1')])));
    const outcomes = await Promise.all(names.map((name) => promote(repo, { path: name })));
    expect(outcomes.map(({ kind }) => kind)).toEqual(names.map(() => 'committed'));
    expect(await repo.git('rev-list', '--count', 'HEAD')).toBe('7');
    expect(await repo.git('status', '--porcelain')).toBe('');
  });

  it('takes the pointer back when it is interrupted during a hook, and says committed after the commit', async () => {
    const repo = await aRepo();
    const hooks = join(repo.directory, '.git/hooks');
    const interruption = new AbortController();
    const marked = async (name: string): Promise<void> => {
      const mark = join(repo.directory, '.git', name);
      while (
        !(await stat(mark).then(
          () => true,
          () => false,
        ))
      )
        await realClock.sleep(20);
    };
    await addHook(hooks, 'pre-commit', 'touch .git/before; exec sleep 30');
    const refused = promote(repo, { signal: interruption.signal });
    await marked('before');
    interruption.abort();
    await expect(refused).rejects.toMatchObject({ details: { aborted: true } });
    expect(await repo.git('status', '--porcelain')).toBe('');

    await rm(join(hooks, 'pre-commit'));
    await addHook(hooks, 'post-commit', 'touch .git/after; exec sleep 30');
    const second = new AbortController();
    const made = promote(repo, { signal: second.signal });
    await marked('after');
    second.abort();
    expect(await made).toMatchObject({ kind: 'committed', revision: await repo.revision() });
    expect(await repo.git('status', '--porcelain')).toBe('');
  });

  it('refuses while a merge is under way', async () => {
    const repo = await aRepo();
    await repo.git('switch', '-qc', 'side');
    await repo.commit('side', { 'a.txt': 'a' });
    await repo.git('switch', '-q', 'main');
    await repo.git('merge', '--no-ff', '--no-commit', 'side');
    await expect(promote(repo)).rejects.toMatchObject({ code: 'git-dirty' });
  });
});

describe('a push whose answer says little', () => {
  async function aRemote(): Promise<{ remote: TestRepo; clone: TestRepo }> {
    const remote = await aRepo({}, { bare: true });
    return { remote, clone: await remote.clone() };
  }

  /** The push lands, and the connection ends before the remote says so. */
  const endWithoutAnswer = (remote: TestRepo, before = ':'): Promise<void> =>
    addHook(
      join(remote.directory, 'hooks'),
      'reference-transaction',
      `test "$1" = committed || exit 0\n${before}\nkill -9 $PPID`,
    );

  it('is looked up when its answer is lost', async () => {
    const { remote, clone } = await aRemote();
    await endWithoutAnswer(remote);
    const outcome = await promote(clone);
    expect(outcome).toMatchObject({ kind: 'committed', pushed: true });
    expect(await remote.git('show', `main:${path}`)).toBe('release: v2');
  });

  it('is called not known when the remote cannot be asked', async () => {
    const { remote, clone } = await aRemote();
    await endWithoutAnswer(remote, `mv ${remote.directory} ${remote.directory}.gone`);
    const failure = await promote(clone).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'git-unavailable',
      message: expect.stringMatching(/^It is not known whether the commit [0-9a-f]{40} reached origin/),
      details: { committed: 'unknown', revision: expect.stringMatching(/^[0-9a-f]{40}$/) },
    });
  });

  it("is not called a lost race when the remote's lock stays or its hook refuses", async () => {
    const { remote, clone } = await aRemote();
    await writeFile(join(remote.directory, 'refs/heads/main.lock'), '');
    await expect(promote(clone)).rejects.toMatchObject({
      code: 'push-refused',
      message: expect.stringContaining('main.lock'),
    });
    await rm(join(remote.directory, 'refs/heads/main.lock'));
    await addHook(
      join(remote.directory, 'hooks'),
      'update',
      'echo "[rejected] cannot lock ref: frozen" >&2; exit 1',
    );
    await expect(promote(clone)).rejects.toMatchObject({
      code: 'push-refused',
      message: expect.stringContaining('frozen'),
    });
    expect(await remote.git('rev-list', '--count', 'main')).toBe('1');
  });
});
