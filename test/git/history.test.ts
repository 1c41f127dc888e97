// The index of first-parent history: pointer changes, release identities and release commits, as it grows and is rewritten.
import { afterEach, describe, expect, it } from '@jest/globals';
import { closeOpened, openRepo, pointer } from '../support/git/git-config-repo.ts';
import { createTestRepo, type TestRepo } from '../support/git/git-repo.ts';

const repos: TestRepo[] = [];
afterEach(async () => {
  await closeOpened();
  await Promise.all(repos.splice(0).map((repo) => repo.remove()));
});

const release = (id: string, note = ''): Record<string, string> => ({
  [`releases/${id}.yaml`]: `release: ${id}\n${note}`,
});
const names = (env: string, id: string): Record<string, string> => ({
  [`environments/${env}.yaml`]: pointer(id),
});

async function aRepo(): Promise<TestRepo> {
  const repo = await createTestRepo({
    files: { 'stk.yaml': 'project: x\n', ...release('v1'), ...names('dev', 'v1') },
  });
  repos.push(repo);
  return repo;
}

describe('history', () => {
  it('lists pointer changes newest first, of one environment, up to a revision and a limit', async () => {
    const source = await aRepo();
    const first = await source.revision();
    const repo = await openRepo({ location: source.directory });
    expect(await repo.pointerChanges({ revision: first })).toHaveLength(1);
    const second = await source.commit('two', { ...names('dev', 'v2'), ...names('prod', 'v1') });
    await source.commit('unrelated', { x: 'x' });
    const third = await source.commit('three', { 'environments/prod.yaml': undefined });
    const all = await repo.pointerChanges({ revision: third });
    expect(all.map((change) => `${change.commit.subject} ${change.environment}`)).toEqual([
      'three prod',
      'two prod',
      'two dev',
      'chore: start dev',
    ]);
    expect(all[0]).toMatchObject({
      after: undefined,
      before: await source.git('rev-parse', 'HEAD~2:environments/prod.yaml'),
    });
    expect(await repo.pointerChanges({ revision: second, environment: 'dev', limit: 1 })).toMatchObject([
      { commit: { revision: second } },
    ]);
  });

  it('takes a release as it was when a pointer first named it, not as first added', async () => {
    const source = await aRepo();
    await source.commit('draft', release('v2', 'notes: draft\n'));
    const before = await source.commit('final', release('v2', 'notes: final\n'));
    const final = await source.git('rev-parse', 'HEAD:releases/v2.yaml');
    const repo = await openRepo({ location: source.directory });
    expect(await repo.releaseIdentity(before, 'v2')).toBeUndefined();
    const named = await source.commit('promote', names('dev', 'v2'));
    const mutated = await source.commit('mutate', release('v2', 'notes: mutated\n'));
    expect(await repo.releaseIdentity(mutated, 'v2')).toEqual({ blob: final, revision: named });
    expect(await repo.releaseIdentity(before, 'v2')).toBeUndefined();
    const fresh = await openRepo({ location: source.directory });
    expect(await fresh.releaseIdentity(mutated, 'v2')).toEqual({ blob: final, revision: named });
  });

  it('waits for the file when the pointer came first, and survives malformed pointers', async () => {
    const source = await aRepo();
    await source.commit('early', names('dev', 'v2'));
    await source.commit('broken', { 'environments/prod.yaml': '{{{' });
    const repo = await openRepo({ location: source.directory });
    expect(await repo.releaseIdentity(await repo.resolve(), 'v2')).toBeUndefined();
    const added = await source.commit('add', release('v2'));
    expect(await repo.releaseIdentity(added, 'v2')).toMatchObject({ revision: added });
  });

  it('counts a merge as one commit of the first-parent line', async () => {
    const source = await aRepo();
    await source.git('checkout', '-q', '-b', 'side');
    await source.commit('side draft', { ...release('v2', 'notes: a\n'), ...names('dev', 'v2') });
    await source.commit('side final', release('v2', 'notes: b\n'));
    const blob = await source.git('rev-parse', 'HEAD:releases/v2.yaml');
    await source.git('checkout', '-q', 'main');
    await source.commit('main goes on', { y: 'y' });
    await source.git('merge', '-q', '--no-ff', '-m', 'merge side', 'side');
    const merge = await source.revision();
    const repo = await openRepo({ location: source.directory });
    expect(await repo.releaseIdentity(merge, 'v2')).toEqual({ blob, revision: merge });
    expect((await repo.pointerChanges({ revision: merge })).map((change) => change.commit.subject)).toEqual([
      'merge side',
      'chore: start',
    ]);
  });

  it('follows a force-push: what was taken back is forgotten', async () => {
    const source = await aRepo();
    const base = await source.revision();
    const repo = await openRepo({ location: source.directory });
    const gone = await source.commit('gone', { ...release('v2', 'notes: gone\n'), ...names('dev', 'v2') });
    expect(await repo.releaseIdentity(gone, 'v2')).toMatchObject({ revision: gone });
    await source.git('reset', '-q', '--hard', base);
    const kept = await source.commit('kept', { ...release('v2', 'notes: kept\n'), ...names('dev', 'v2') });
    expect(await repo.releaseIdentity(kept, 'v2')).toMatchObject({ revision: kept });
    expect((await repo.pointerChanges({ revision: kept })).map((change) => change.commit.subject)).toEqual([
      'kept',
      'chore: start',
    ]);
    expect(await repo.isAncestor(gone, kept)).toBe(false);
  });

  it('says who first added each release that is still there', async () => {
    const source = await aRepo();
    const first = await source.revision();
    const two = await source.commit('two', { ...release('v2'), ...release('v3') });
    const repo = await openRepo({ location: source.directory });
    expect((await repo.releaseCommits(two)).size).toBe(3);
    const last = await source.commit('change', {
      ...release('v2', 'notes: x\n'),
      'releases/v3.yaml': undefined,
    });
    const commits = await repo.releaseCommits(last);
    expect(Object.fromEntries([...commits].map(([id, commit]) => [id, commit.revision]))).toEqual({
      v1: first,
      v2: two,
    });
  });

  it('works in a shallow clone where its history suffices and names the command where it does not', async () => {
    const source = await aRepo();
    await source.commit('more', { z: 'z' });
    const shallow = await source.clone({ depth: 1 });
    const repo = await openRepo({ location: shallow.directory });
    const added = await shallow.commit('new', { ...release('v2'), ...names('dev', 'v2') });
    expect(await repo.releaseIdentity(added, 'v2')).toMatchObject({ revision: added });
    await expect(repo.releaseIdentity(added, 'v1')).rejects.toMatchObject({
      code: 'git-shallow',
      hint: expect.stringContaining('fetch --unshallow'),
    });
    expect((await repo.pointerChanges({ revision: added })).map((change) => change.commit.subject)).toEqual([
      'new',
    ]);
  });
});
