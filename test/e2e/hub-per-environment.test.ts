// One Hub for each environment: every command asks the Hub that serves what it asks about.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aConstantRelease, aPointer } from '../support/documents/release.ts';
import { createTestRepo } from '../support/git/git-repo.ts';
import { stk, type HubProcess, type StkResult } from '../support/hub/hub-process.ts';
import { createShop, type Shop } from '../support/hub/shop.ts';

let shop: Shop;
let dev: HubProcess;
let prod: HubProcess;
let secondState: string;
beforeAll(async () => {
  shop = await createShop('pglite', { prod: 'migrated' });
  secondState = await mkdtemp(join(tmpdir(), 'stk-test-state-'));
  [dev, prod] = await Promise.all([
    shop.startHub({ args: ['--env', 'dev', '--env', 'staging'] }),
    shop.startHub({ args: ['--env', 'prod'], state: secondState }),
  ]);
});
afterAll(async () => {
  await shop.close();
  await rm(secondState, { recursive: true, force: true });
});

const run = (env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<StkResult> =>
  stk(args, { cwd: shop.repo.directory, env });

it('is named by a variable for each environment, or by stk.yaml', async () => {
  const hubs = { STK_HUB: dev.url, STK_HUB_PROD: prod.url };
  const status = await run(hubs, 'status');
  expect(status.stdout).toMatch(/^dev +v1\.1\.0 +v1\.1\.0 .*\n^staging .*ready\n^prod +v1\.0\.0 .*ready/m);
  const promoted = await run(hubs, 'release', 'promote', '--from', 'dev', '--to', 'prod');
  expect(promoted).toMatchObject({ code: 0, stdout: expect.stringContaining('prod serves v1.1.0') });

  const text = await shop.repo.git('show', 'HEAD:stk.yaml');
  await shop.repo.commit('chore: Hubs', { 'stk.yaml': withHub(text, prod.url, dev.url) });
  const rolled = await run({}, 'release', 'rollback', '--env', 'prod', '--to-release-id', 'v1.0.0');
  expect(rolled).toMatchObject({ code: 0, stdout: expect.stringContaining('prod serves v1.0.0') });
  expect((await run({}, 'release', 'current', '--env', 'prod')).stdout).toContain('v1.0.0');
  expect((await run({}, 'status')).stdout).toMatch(/^staging .*ready\n^prod +v1\.0\.0 .*ready/m);

  await shop.repo.git('checkout', '-q', '-b', 'change');
  await shop.repo.commit('both', {
    'environments/prod.yaml': aPointer('v1.1.0'),
    'environments/dev.yaml': aPointer('v1.0.1'),
  });
  const checked = await run({}, 'release', 'check', '--base', 'main');
  await shop.repo.git('checkout', '-q', 'main');
  expect(checked).toMatchObject({ code: 0, stdout: expect.stringMatching(/fits +dev.*fits +prod/s) });
});

it('that serves another environment refuses nothing, and says what to name', async () => {
  const wrong = { STK_HUB_DEV: dev.url, STK_HUB_STAGING: dev.url, STK_HUB_PROD: dev.url };
  const status = await run(wrong, 'status');
  expect(status).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^prod +- +- +- +not-served\n.*STK_HUB_PROD/ms),
  });
  const promoted = await run(wrong, 'release', 'promote', '--to', 'prod', '--release-id', 'v1.1.0');
  expect(promoted.code).toBe(4);
  expect(promoted.stderr).toMatch(/does not serve it.*nothing was written.*STK_HUB_PROD/s);
  const checked = await run(wrong, 'release', 'check', '--env', 'prod', '--release-id', 'v1.1.0');
  expect(checked).toMatchObject({ code: 5, stdout: expect.stringContaining('cannot tell  prod') });
  const away = await run({ ...wrong, STK_HUB_PROD: 'http://127.0.0.1:1' }, 'status');
  expect(away.stdout).toMatch(/^dev +v1\.1\.0 .*ready$.*^prod +- +- +- +hub-unavailable$/ms);
});

it('tells a script by the exit code whether a release is refused, and works outside a clone', async () => {
  const outside = (...args: readonly string[]): Promise<StkResult> =>
    stk([...args, '--hub', prod.url, '--project', 'shop'], { cwd: '/' });
  expect(await outside('status', '--wait')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('ready'),
  });
  expect((await outside('release', 'current', '--env', 'prod')).stdout).toContain('v1.0.0');
  expect((await stk(['status', '--hub', prod.url], { cwd: '/' })).code).toBe(2);
  expect((await outside('status', '--env', 'nope')).code).toBe(4);

  await shop.repo.commit('a mistake', { 'environments/prod.yaml': aPointer('v9.9.9') });
  expect(await outside('status', '--wait')).toMatchObject({
    code: 3,
    stdout: expect.stringContaining('ReleaseMissing'),
  });
  expect((await outside('status', '--exit-code')).code).toBe(3);
  expect((await outside('status')).code).toBe(0);
  await shop.repo.commit('mended', { 'environments/prod.yaml': aPointer('v1.0.1') });
  expect(await outside('status', '--env', 'prod', '--wait')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/prod +v1\.0\.1 +v1\.0\.1/),
  });
});

/** `hub:` for prod, and for the rest of the project. */
function withHub(text: string, own: string, common: string): string {
  return `${text.replace('\n  prod:\n', `\n  prod:\n    hub: ${own}\n`)}\nhub: ${common}\n`;
}

it('serves no canary alone: the Hub of the environment whose calls it shares serves it', async () => {
  const repo = await createTestRepo({
    files: {
      'stk.yaml':
        'project: shop\nenvironments:\n  production: { database: { embedded: true } }\n  canary: { of: production }\n',
      'environments/canary.yaml': aPointer('v1'),
      'releases/v1.yaml': aConstantRelease('v1'),
    },
  });
  const state = await mkdtemp(join(tmpdir(), 'stk-test-state-'));
  const started = await stk(['hub', '--env', 'canary', '--state', state], { cwd: repo.directory });
  await repo.remove();
  await rm(state, { recursive: true, force: true });
  expect(started).toMatchObject({ code: 2, stderr: expect.stringContaining('stk hub --env production') });
  expect(started.stderr).toContain('canary is the canary of production: the same Hub must serve both.');
});
