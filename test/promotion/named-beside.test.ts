// Which merge put a pointer commit beside the chain of first parents: asked of a real repository.
import { afterAll, expect, it } from '@jest/globals';
import { findNamedBeside } from '../../src/promotion/named-beside.ts';
import { createTestRepo, type TestRepo } from '../support/git/git-repo.ts';
import { closeOpened, openRepo, pointer } from '../support/git/git-config-repo.ts';

const repos: TestRepo[] = [];
afterAll(async () => {
  await closeOpened();
  await Promise.all(repos.map((repo) => repo.remove()));
});

it('names the merge, whatever that did to the pointer, and nothing for a release of the chain itself', async () => {
  const repo = await createTestRepo({ files: { 'environments/prod.yaml': pointer('v1') } });
  repos.push(repo);
  await repo.git('checkout', '-q', '-b', 'others');
  const there = await repo.commit('prod v2', { 'environments/prod.yaml': pointer('v2') });
  await repo.commit('prod v1', { 'environments/prod.yaml': pointer('v1') });
  await repo.git('checkout', '-q', 'main');
  await repo.commit('docs', { 'README.md': 'mine' });
  await repo.git('merge', '-q', '--no-edit', 'others');
  const merge = await repo.revision();
  await repo.commit('later', { 'README.md': 'later' });
  const opened = await openRepo({ location: repo.directory });
  const revision = await repo.revision();
  const ask = (release: string) => findNamedBeside(opened, { revision, environment: 'prod', release });
  expect(await ask('v2')).toEqual({ revision: there, merge });
  expect(await ask('v9')).toBeUndefined();
});
