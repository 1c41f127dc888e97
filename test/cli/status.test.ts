// A Hub process whose clone is shallow: what it and `stk status` say must name the command that helps.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createTestRepo, type TestRepo } from '../support/git/git-repo.ts';
import { startHubProcess, stk, type HubProcess } from '../support/hub/hub-process.ts';
import { aPointer, aProject, aRelease } from '../support/documents/release.ts';

let repo: TestRepo;
let shallow: TestRepo;
let hub: HubProcess;
beforeAll(async () => {
  repo = await createTestRepo({
    files: {
      'stk.yaml': aProject({ environments: { prod: { database: { urlFrom: 'NO_DATABASE' } } } }),
      'releases/v1.0.0.yaml': aRelease(),
      'environments/prod.yaml': aPointer('v1.0.0'),
    },
  });
  await repo.commit('chore: something later', { 'README.md': 'later' });
  shallow = await repo.clone({ depth: 1 });
  hub = await startHubProcess({ repo: shallow.directory, until: 'listening' });
});
afterAll(async () => {
  await hub.stop();
  await repo.remove();
});

it('is suggested with the repo and the address of a Hub that it would not find by itself', async () => {
  await hub.untilReason('prod', 'GitFailed');
  await hub.eventually('the Hub suggests', () => Promise.resolve(hub.stdout().includes('Next:')));
  expect(hub.stdout()).toContain(`  npx stk-hub status --repo ${shallow.directory} --hub ${hub.url}\n`);
});

it('refuses a rollback through the Hub with what it cannot tell, which is not that prod never served it', async () => {
  const place = '/api/v1/projects/shop/environments/prod/rollback';
  const { json } = await hub.ask(place, { method: 'POST', body: { release: 'v0.9.0', reason: 'night' } });
  expect(json).toMatchObject({
    status: 400,
    code: 'git-shallow',
    hint: expect.stringContaining('fetch --unshallow'),
  });
});

it('names the command that completes a shallow clone, which is not an internal error, and goes on by itself after it', async () => {
  await hub.untilReason('prod', 'GitFailed');
  const { code, stdout } = await stk(['status', '--hub', hub.url, '--repo', shallow.directory], { cwd: '/' });
  expect([code, stdout]).toEqual([0, expect.stringMatching(/GitFailed: .* is a shallow clone, .*/)]);
  expect(stdout).toContain(`git -C ${shallow.directory} fetch --unshallow`);

  await shallow.git('fetch', '--quiet', '--unshallow');
  await hub.untilReason('prod', 'SecretUnset');
});
