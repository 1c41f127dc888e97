// A rollback drill over a running Hub: under load, and ended by `resume` from each state in which a kill can leave it.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startLoad } from '../support/hub/constant-load.ts';
import type { HubProcess, StkResult } from '../support/hub/hub-process.ts';
import { createShop, type Shop } from '../support/hub/shop.ts';
import { aPointer } from '../support/documents/release.ts';

let shop: Shop;
let hub: HubProcess;
const init = ['migrations/0001_base.sql', 'migrations/0002_tier.sql'];
const database = { embedded: true, init };
beforeAll(async () => {
  const lastKnownGood = { for: '0s' };
  shop = await createShop('pglite', {
    project: {
      environments: {
        dev: { database },
        staging: { database, lastKnownGood },
        prod: { database, from: 'staging', gates: { drilled: { drill: { maxAge: '7d' } } } },
      },
    },
  });
  hub = await shop.startHub();
  await promote('v1.1.0');
});
afterAll(() => shop.close());

const stk = (...args: readonly string[]): Promise<StkResult> => shop.stk(hub, ...args);
const promote = async (release: string): Promise<void> => {
  const done = await stk('release', 'promote', '--to', 'staging', '--release-id', release);
  if (done.code !== 0) throw new Error(done.stderr);
};
const drills = async (): Promise<string[]> =>
  (await shop.repo.git('ls-tree', '-r', '--name-only', 'stk-records'))
    .split('\n')
    .filter((path) => path.includes('/drill/'));
const folder = 'docs/releases/rollback-drills';
const documents = async (): Promise<string[]> =>
  (await shop.repo.git('ls-tree', '-r', '--name-only', 'main', folder))
    .split('\n')
    .filter((path) => path !== '');

it('goes back and forward under load without a failed call, and writes document and record', async () => {
  expect(await stk('drill', 'due', '--json')).toMatchObject({
    json: { due: [{ environment: 'staging', release: 'v1.1.0' }] },
  });
  const load = startLoad({
    port: Number(new URL(hub.url).port),
    environment: 'staging',
    role: 'support',
    calls: [{ operation: 'about' }],
  });
  const run = await stk('drill', 'run', '--env', 'staging', '--json');
  const report = await load.stop();
  expect(run.stderr).toContain('staging goes back to v1.0.1');
  expect(run).toMatchObject({
    code: 0,
    json: { environment: 'staging', release: 'v1.1.0', to: 'v1.0.1', result: 'passed', problems: [] },
  });
  expect(report.failures).toEqual([]);
  expect(report.byRelease.get('v1.0.1') ?? 0).toBeGreaterThan(0);
  expect((await hub.status('staging')).serving?.release).toBe('v1.1.0');
  const [document = ''] = await documents();
  const text = await shop.repo.git('show', `main:${document}`);
  expect(text).toMatch(
    /^---\ndrill: \d{8}T\d{9}Z\nenvironment: staging\nrelease: v1\.1\.0\nto: v1\.0\.1\nresult: passed\n/,
  );
  expect(await drills()).toHaveLength(1);
  // No hold, and no incident.
  expect(await shop.repo.git('show', 'main:environments/staging.yaml')).not.toContain('hold');
  expect(await shop.repo.git('ls-tree', '--name-only', 'main')).not.toContain('incidents');
  expect(await stk('drill', 'due', '--json', '--exit-code')).toMatchObject({ code: 0, json: { due: [] } });
  const gates = await stk('release', 'gates', '--env', 'prod', '--release-id', 'v1.1.0', '--json');
  expect(gates.json).toMatchObject({
    gates: expect.arrayContaining([expect.objectContaining({ name: 'drilled', verdict: 'pass' })]),
  });
});

/** As a drill leaves the pointer that is killed after this commit. */
async function leave(release: string, from: string, trailer: string): Promise<void> {
  await shop.repo.commit(
    `rollback(staging): ${from} -> ${release}\n\nStk-Action: rollback\nStk-Cause: drill\nStk-Environment: staging\nStk-From: ${from}\nStk-To: ${release}\nStk-Drill: ${trailer}`,
    {
      'environments/staging.yaml': aPointer(release),
    },
  );
  await hub.untilServing('staging', release);
}

it('that was killed on its way is told by status, and resume ends it', async () => {
  await leave('v1.0.1', 'v1.1.0', '20261130T010203004Z back decide=7');
  expect((await stk('status', '--env', 'staging')).stdout).toContain(
    'end it: stk drill resume --env staging',
  );
  expect(await stk('drill', 'run', '--env', 'staging')).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('is under way'),
  });
  const ended = await stk('drill', 'resume', '--env', 'staging', '--json');
  expect(ended).toMatchObject({
    code: 0,
    json: { release: 'v1.1.0', to: 'v1.0.1', decideMs: 7, result: 'passed' },
  });
  expect((await hub.status('staging')).serving?.release).toBe('v1.1.0');
  expect(await documents()).toEqual(expect.arrayContaining([`${folder}/2026-11-30-staging.md`]));
  expect(await drills()).toHaveLength(2);
  expect((await stk('status', '--env', 'staging')).stdout).not.toContain('drill');
});

it('that was killed before its document or record is ended likewise, once', async () => {
  await leave('v1.0.1', 'v1.1.0', '20261130T020203004Z back decide=7');
  await leave('v1.1.0', 'v1.0.1', '20261130T020203004Z forward decide=7 serve=8 verify=9 good');
  const count = (await documents()).length;
  for (const _ of [1, 2]) {
    const ended = await stk('drill', 'resume', '--env', 'staging', '--json');
    expect(ended).toMatchObject({
      code: 0,
      json: { release: 'v1.1.0', to: 'v1.0.1', serveMs: 8, result: 'passed' },
    });
    expect(await documents()).toHaveLength(count + 1);
    expect(await drills()).toHaveLength(3);
  }
});

it('needs to be meant where nothing comes after, and ends with 4 where there is nothing to go back to', async () => {
  expect(await stk('drill', 'run', '--env', 'prod')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--yes-really prod'),
  });
  expect(await stk('drill', 'run', '--env', 'prod', '--yes-really', 'prod')).toMatchObject({ code: 4 });
  expect(await stk('drill', 'resume', '--env', 'dev')).toMatchObject({ code: 4 });
});
