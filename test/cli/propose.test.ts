// `--propose` with a forge: a branch and one pull request, gone on with after a failure, and never opened against a person's will.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
// Loaded before a command loads them twice at once, which jest's ESM does not bear.
import '../../src/cli/commands/release/release-promote.ts';
import '../../src/cli/propose-move.ts';
import '../../src/cli/repo/open-local-repo.ts';
import '../../src/git/clone/commit-upstream.ts';
import '../../src/git/clone/propose-commit.ts';
import '../../src/git/git-config-repo.ts';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { aPointer, aProject, aRelease } from '../support/documents/release.ts';
import { type ForgeServer, startForge } from '../support/forge/forge-server.ts';
import { createTestRepo, type TestRepo } from '../support/git/git-repo.ts';
import { runStk, type StkRun } from '../support/hub/run-stk.ts';

let forge: ForgeServer;
let origin: TestRepo;
let clone: TestRepo;
beforeAll(async () => {
  forge = await startForge('github');
  origin = await createTestRepo({
    bare: true,
    files: {
      'stk.yaml': aProject({
        forge: { ...forge.settings },
        environments: { prod: { database: { embedded: true } } },
      }),
      'releases/v1.yaml': aRelease({ release: 'v1' }),
      'releases/v2.yaml': aRelease({ release: 'v2' }),
      'releases/v3.yaml': aRelease({ release: 'v3' }),
      'environments/prod.yaml': aPointer('v1'),
    },
  });
  clone = await origin.clone();
  forge.headOf = (branch) => origin.git('rev-parse', branch);
});
afterAll(async () => {
  await forge.close();
  await clone.remove();
  await origin.remove();
});

const propose = async (release: string, token = forge.token, ...more: readonly string[]): Promise<StkRun> => {
  const variables = { STK_HUB: 'http://127.0.0.1:18', FORGE_TOKEN: token };
  const move = ['release', 'promote', '--to', 'prod', '--release-id', release, '--no-check', '--propose'];
  const run = await runStk({ directory: clone.directory, variables }, ...move, ...more);
  expect(run.stdout + run.stderr).not.toContain(token);
  return run;
};
const tipOf = (branch: string): Promise<string> => origin.git('rev-parse', branch);

it('pushes the branch, opens a pull request, and finds both when it is run again', async () => {
  const main = await tipOf('main');
  const first = await propose('v2', forge.token, '--reason', 'faster *search* for @ada');
  expect([first.exitCode, first.stderr]).toEqual([0, expect.any(String)]);
  expect(first.stdout).toMatch(
    /^proposed on promote\/prod\/v2, pushed to origin[^]*\nnext: merge https:\/\/github\.com\/org\/shop\/pull\/1\n$/,
  );
  expect(forge.pulls).toEqual([
    expect.objectContaining({
      branch: 'promote/prod/v2',
      into: 'main',
      title: 'promote(prod): v1 -> v2',
      text: expect.stringMatching(
        /^Merging this moves \*\*prod\*\* from v1 to \*\*v2\*\*\. It replaces the whole/,
      ),
    }),
  ]);
  expect(forge.pulls[0]?.text).toContain('faster &#42;search&#42; for @\u200Bada');
  const revision = await tipOf('promote/prod/v2');
  const again = await propose('v2', forge.token, '--json');
  expect(again).toMatchObject({
    exitCode: 0,
    json: {
      proposed: { branch: 'promote/prod/v2', revision, pushedTo: 'origin', pullRequest: { number: 1 } },
    },
  });
  expect(forge.pulls).toHaveLength(1);
  expect([await tipOf('main'), await tipOf('promote/prod/v2')]).toEqual([main, revision]);
});

it('leaves the branch where the forge refuses, and opens the pull request when it is run again', async () => {
  const refused = await propose('v3', 'revoked-token');
  expect(refused.exitCode).toBe(3);
  expect(refused.stderr).toMatch(
    /promote\/prod\/v3 is pushed to origin \([0-9a-f]{10}\), but no pull request was opened: GitHub does not accept the token in FORGE_TOKEN \(401\)/,
  );
  forge.standing = { status: 429, headers: { 'retry-after': '600' } };
  expect(await propose('v3')).toMatchObject({
    exitCode: 5,
    stderr: expect.stringContaining('limits requests for 600 s'),
  });
  forge.standing = undefined;
  expect(await propose('v3')).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^proposed already on promote\/prod\/v3/),
  });
  expect(forge.pulls.map(({ branch }) => branch)).toEqual(['promote/prod/v2', 'promote/prod/v3']);
});

it('does not open again what a person closed', async () => {
  for (const pull of forge.pulls) pull.state = 'closed';
  expect(await propose('v3')).toMatchObject({
    exitCode: 3,
    stderr: expect.stringMatching(
      /somebody closed #2, [^]*Open it again at https:\/\/github\.com\/org\/shop\/pull\/2/,
    ),
  });
  expect(forge.pulls).toHaveLength(2);
});

it('says that the branch proposes something else once the pointer has moved, and proposes nothing', async () => {
  await clone.commit('promote(prod): v1 -> v3', { 'environments/prod.yaml': aPointer('v3') });
  await clone.git('push', 'origin', 'HEAD:main');
  expect(await propose('v2')).toMatchObject({
    exitCode: 3,
    stderr: expect.stringContaining('the branch promote/prod/v2 already exists with other content'),
  });
});

it('asks nothing of the forge where the remote protects the branch', async () => {
  const hook = join(origin.directory, 'hooks', 'pre-receive');
  await writeFile(hook, '#!/bin/sh\necho "protected branch" >&2; exit 1\n');
  await chmod(hook, 0o755);
  const asked = forge.asked.length;
  expect(await propose('v1')).toMatchObject({
    exitCode: 3,
    stderr: expect.stringContaining('protected branch'),
  });
  expect(forge.asked).toHaveLength(asked);
});
