// A rollback's incident goes into its own commit wherever that is made: on the upstream and in a clone without one, past hooks too.
import { afterEach, expect, it } from '@jest/globals';
// Loaded before a command loads them twice at once, which jest's ESM does not bear.
import '../../src/cli/commands/release/release-rollback.ts';
import '../../src/cli/repo/open-local-repo.ts';
import '../../src/git/clone/commit-local.ts';
import '../../src/git/clone/commit-upstream.ts';
import '../../src/git/clone/propose-commit.ts';
import '../../src/git/git-config-repo.ts';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { aPointer, aProject, aRelease } from '../support/documents/release.ts';
import { createTestRepo, type TestRepo } from '../support/git/git-repo.ts';
import { runStk } from '../support/hub/run-stk.ts';

const repos: TestRepo[] = [];
afterEach(async () => {
  for (const repo of repos.splice(0)) await repo.remove();
});

const files = {
  'stk.yaml': aProject({
    people: { ci: ['ci@example.com'] },
    environments: { prod: { database: { embedded: true } } },
  }),
  'releases/v1.0.0.yaml': aRelease({ release: 'v1.0.0' }),
  'releases/v1.1.0.yaml': aRelease({ release: 'v1.1.0' }),
  'environments/prod.yaml': aPointer('v1.0.0'),
};

async function aClone(hasUpstream: boolean): Promise<{ clone: TestRepo; origin: TestRepo }> {
  const origin = await createTestRepo({ bare: hasUpstream, files });
  repos.push(origin);
  const clone = hasUpstream ? await origin.clone() : origin;
  await clone.commit('promote(prod): v1.0.0 -> v1.1.0', { 'environments/prod.yaml': aPointer('v1.1.0') });
  if (hasUpstream) await clone.git('push', 'origin', 'HEAD:main');
  // A hook sees what a plain commit would show it.
  const hooks = join(clone.directory, '.git', 'hooks');
  await mkdir(hooks, { recursive: true });
  await writeFile(join(hooks, 'pre-commit'), '#!/bin/sh\ntest -n "$(ls incidents/*.md)"\n');
  await chmod(join(hooks, 'pre-commit'), 0o755);
  return { clone, origin };
}

it.each([true, false])('is in one commit with the pointer, with an upstream: %s', async (hasUpstream) => {
  const { clone, origin } = await aClone(hasUpstream);
  const stk = (...argv: readonly string[]) =>
    runStk({ directory: clone.directory, variables: { STK_HUB: 'http://127.0.0.1:18' } }, ...argv);
  const back = ['release', 'rollback', '--env', 'prod', '--no-check', '--reason', 'slow'];
  const proposed = await stk(...back, '--propose');
  expect([proposed.exitCode, proposed.stderr]).toEqual([0, expect.any(String)]);
  expect(proposed.stdout).toContain(hasUpstream ? 'pushed to origin' : 'in this clone');
  const incident = /^environments\/prod\.yaml\nincidents\/\d{4}-\d\d-\d\d-prod-v1\.1\.0\.md$/;
  const changed = (branch: string): Promise<string> => origin.git('show', '--format=', '--name-only', branch);
  expect(await changed('rollback/prod/v1.0.0')).toMatch(incident);
  expect(await origin.git('show', 'main:environments/prod.yaml')).toContain('v1.1.0');

  const done = await stk(...back);
  expect([done.exitCode, done.stderr]).toEqual([
    0,
    expect.stringContaining('rollback(prod): v1.1.0 -> v1.0.0'),
  ]);
  expect(await changed('main')).toMatch(incident);
  expect(await clone.git('status', '--porcelain')).toBe('');
  expect(await clone.git('show', 'HEAD:environments/prod.yaml')).toContain('hold:');
});
