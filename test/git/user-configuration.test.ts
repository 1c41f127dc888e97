// What stk reads and writes through git is the same whatever the user's git configuration says.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readApplicationRef } from '../../src/git/clone/application-ref.ts';
import { openWorkingCopy } from '../../src/git/clone/working-copy.ts';
import { closeOpened, openRepo, pointer, stillClock } from '../support/git/git-config-repo.ts';
import { createTestRepo, gitTestEnvironment, type TestRepo } from '../support/git/git-repo.ts';

/** Keys that change what git shows, prunes, follows, pushes and asks for. None of them stops a plain `git commit`. */
const settings: Readonly<Record<string, string>> = {
  'log.follow': 'true',
  'log.showSignature': 'true',
  'log.showRoot': 'false',
  'log.decorate': 'full',
  'log.date': 'relative',
  'log.mailmap': 'true',
  'log.abbrevCommit': 'true',
  'format.pretty': 'oneline',
  'diff.renames': 'copies',
  'diff.relative': 'true',
  'diff.noprefix': 'true',
  'diff.external': 'false',
  'diff.ignoreSubmodules': 'all',
  'diff.algorithm': 'patience',
  'color.ui': 'always',
  'color.push': 'always',
  'color.status': 'always',
  'core.quotePath': 'true',
  'core.abbrev': '4',
  'core.autocrlf': 'false',
  'core.commentChar': 'p',
  'core.logAllRefUpdates': 'always',
  'core.splitIndex': 'true',
  'i18n.commitEncoding': 'ISO-8859-1',
  'i18n.logOutputEncoding': 'ISO-8859-1',
  'safe.bareRepository': 'explicit',
  'merge.ff': 'false',
  'merge.conflictStyle': 'diff3',
  'push.default': 'nothing',
  'push.followTags': 'true',
  'push.gpgSign': 'false',
  'fetch.prune': 'true',
  'fetch.pruneTags': 'true',
  'fetch.recurseSubmodules': 'on-demand',
  'submodule.recurse': 'true',
  'status.short': 'true',
  'status.branch': 'true',
  'status.showStash': 'true',
  'status.showUntrackedFiles': 'no',
  'status.relativePaths': 'false',
  'init.defaultBranch': 'elsewhere',
  'commit.verbose': '2',
  'commit.status': 'false',
  'commit.cleanup': 'scissors',
};

let folder: string;
let environment: Record<string, string>;
const repos: TestRepo[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stk-user-'));
  const lines = Object.entries(settings).map(([key, value]) => {
    const [section = '', name = ''] = key.split('.');
    return `[${section}]\n\t${name} = ${value}\n`;
  });
  await writeFile(join(folder, 'config'), lines.join(''));
  environment = { ...gitTestEnvironment, GIT_CONFIG_GLOBAL: join(folder, 'config') };
});
afterAll(async () => {
  await closeOpened();
  await Promise.all(repos.map((repo) => repo.remove()));
  await rm(folder, { recursive: true });
});

async function aRepo(options: { bare?: boolean } = {}): Promise<TestRepo> {
  const files = {
    'stk.yaml': 'project: x\n',
    'environments/dev.yaml': pointer('v1'),
    'releases/v1.yaml': '1',
  };
  const repo = await createTestRepo({ ...options, files });
  repos.push(repo);
  return repo;
}

describe('with a user configuration that changes everything', () => {
  it.each(['off', 'first-parent', 'separate', 'combined', 'dense-combined', 'remerge'])(
    'reads what a merged branch changed with log.diffMerges = %s',
    async (diffMerges) => {
      const source = await aRepo();
      await source.git('checkout', '-q', '-b', 'side');
      await source.commit('side', { 'environments/dev.yaml': pointer('v2'), 'releases/v2.yaml': '2' });
      await source.git('checkout', '-q', 'main');
      await source.git('merge', '-q', '--no-ff', '-m', 'merge', 'side');
      const merged = await source.revision();
      const mutated = await source.commit('mutate', { 'releases/v2.yaml': 'changed' });
      const config = join(folder, `merges-${diffMerges}`);
      await writeFile(config, `[include]\n\tpath = config\n[log]\n\tdiffMerges = ${diffMerges}\n`);
      const repo = await openRepo({
        location: source.directory,
        environment: { ...gitTestEnvironment, GIT_CONFIG_GLOBAL: config },
      });
      const blob = await source.git('rev-parse', `${merged}:releases/v2.yaml`);
      expect(await repo.releaseIdentity(mutated, 'v2')).toEqual({ blob, revision: merged });
      expect((await repo.pointerChanges({ revision: mutated })).map(({ commit }) => commit.subject)).toEqual([
        'merge',
        'chore: start',
      ]);
    },
  );

  it.each([
    ['a work tree', false, (repo: TestRepo) => repo.directory],
    ['the .git of a work tree', false, (repo: TestRepo) => join(repo.directory, '.git')],
    ['a bare repository', true, (repo: TestRepo) => repo.directory],
    ['a URL', true, (repo: TestRepo) => repo.url],
  ])('reads and commits in %s', async (_name, bare, location) => {
    const source = await aRepo({ bare });
    const repo = await openRepo({ location: location(source), environment });
    await repo.fetch();
    const before = await repo.resolve();
    const outcome = await repo.commitFiles({
      files: new Map([['environments/dev.yaml', pointer('v2')]]),
      message: 'promote',
      author: { name: 'stk', email: 's@x' },
      expected: before,
    });
    expect(outcome).toMatchObject({ kind: 'committed', revision: await source.revision('main') });
    expect(await repo.isAncestor(before, await repo.resolve())).toBe(true);
    if (!bare) expect(await source.git('status', '--porcelain')).toBe('');
  });

  it('commits for an operator, in a clone with and without an upstream, in UTF-8 and without their tags', async () => {
    const remote = await aRepo({ bare: true });
    const clones = [await aRepo(), await remote.clone()];
    for (const clone of clones) {
      await clone.git('tag', '-a', '-m', 'mine', 'mine');
      const copy = await openWorkingCopy(clone.directory, environment);
      const commit = {
        path: 'environments/dev.yaml',
        content: pointer('v2'),
        message: 'promote(dev): v1 -> v2\n\nStk-Reason: für später\n',
        expectedPointerBlob: await clone.git('rev-parse', 'HEAD:environments/dev.yaml'),
        author: 'Jörg <j@example.com>',
        clock: stillClock,
        signal: undefined,
      };
      expect(await copy.commitPointer(commit)).toMatchObject({ kind: 'committed', notes: [] });
      expect(await clone.git('show', '-s', '--format=%an %b')).toContain('Jörg Stk-Reason: für später');
      expect(await clone.git('cat-file', 'commit', 'HEAD')).not.toContain('encoding');
      expect(await clone.git('status', '--porcelain')).toBe('');
      // The same decision once more: who was first is named as they write themselves.
      expect(await copy.commitPointer(commit)).toMatchObject({ kind: 'lost', by: 'Jörg <j@example.com>' });
    }
    expect(await remote.git('tag')).toBe('');
  });

  it('tells what an application has checked out', async () => {
    const app = await aRepo();
    await app.commit('later', { 'more.txt': 'x' });
    await app.write('untracked.txt', 'x');
    const found = await readApplicationRef({ directory: app.directory, ref: 'HEAD~1', environment });
    expect(found).toMatchObject({ isDirty: true, isElsewhere: true, head: await app.revision() });
    const seconds = Number(await app.git('show', '-s', '--format=%ct', 'HEAD~1'));
    expect(Date.parse(found.commit?.time ?? '')).toBe(seconds * 1000);
  });
});
