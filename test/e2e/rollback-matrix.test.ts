// "Where can I roll back to right now?" of a running Hub: the matrix on the command line and in the API, and the short
// form of it that a refused promotion or rollback carries.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { HubProcess } from '../support/hub/hub-process.ts';
import { aQuery } from '../support/documents/release.ts';
import { createShop, shopRelease, type Shop } from '../support/hub/shop.ts';

let shop: Shop;
let hub: HubProcess;
/** prod served v1.0.0, then v1.0.5, which needs a column that is gone by now, and serves v1.0.1. */
beforeAll(async () => {
  shop = await createShop('postgres-18');
  const operations = { 'customers.nick': aQuery({ sql: 'select nick from customers where id = :id' }) };
  const schema = { tables: { customers: { columns: { nick: { type: 'text', nullable: true } } } } };
  await shop.repo.commit('feat: release v1.0.5', {
    'releases/v1.0.5.yaml': shopRelease('v1.0.5', { operations, schema }),
    'releases/v1.0.9.yaml': 'release: [\n',
  });
  await shop.sql('prod', 'alter table customers add column nick text');
  hub = await shop.startHub();
  await hub.untilServing('prod', 'v1.0.0');
  for (const release of ['v1.0.5', 'v1.0.1']) {
    const { code, stderr } = await shop.stk(
      hub,
      'release',
      'promote',
      '--to',
      'prod',
      '--release-id',
      release,
    );
    if (code !== 0) throw new Error(stderr);
  }
  await shop.sql('prod', 'alter table customers drop column nick');
});
afterAll(() => shop.close());

const matrix = (...more: string[]) => shop.stk(hub, 'release', 'check', '--env', 'prod', '--all', ...more);

const row = { code: null, object: null, blocking: 0, warnings: 0, isRollbackTarget: false };
const [nick, tier] = ['public.customers.nick', 'public.customers.tier'];
const lacks = (object: string) => ({ verdict: 'does-not-fit', code: 'COL001', object, blocking: 1 });
const expected = [
  { ...row, release: 'v1.0.9', verdict: 'refused', code: 'release-invalid' },
  { ...row, release: 'v1.0.5', ...lacks(nick), isRollbackTarget: true },
  { ...row, release: 'v1.1.0', ...lacks(tier) },
  { ...row, release: 'v1.0.1', verdict: 'fits' },
  { ...row, release: 'v1.0.0', verdict: 'fits', isRollbackTarget: true },
];
const byName = <T extends { readonly release: string }>(rows: readonly T[]): T[] =>
  rows.toSorted((a, b) => (a.release < b.release ? -1 : 1));

describe('stk release check --all', () => {
  it('shows every release with its verdict and first blocking finding, and how to roll back', async () => {
    const run = await matrix();
    expect(run.code).toBe(0);
    expect(run.stdout).toMatch(/^ +RELEASE +DATABASE +FIRST FINDING/);
    for (const line of [
      /^\* +v1\.0\.1 +fits/m,
      /^< +v1\.0\.0 +fits/m,
      /^< +v1\.0\.5 +does not fit +COL001 public\.customers\.nick/m,
      /^ +v1\.1\.0 +does not fit +COL001 public\.customers\.tier/m,
      /^ +v1\.0\.9 +refused +release-invalid/m,
    ]) {
      expect(run.stdout).toMatch(line);
    }
    expect(run.stderr).toContain('stk release rollback --env prod --to-release-id v1.0.0 --reason');
  });

  it('answers the same as JSON and over the API', async () => {
    const run = await matrix('--json');
    expect(run.code).toBe(0);
    const head = {
      environment: 'prod',
      desired: 'v1.0.1',
      serving: 'v1.0.1',
      fingerprint: expect.any(String),
    };
    expect(run.json).toMatchObject(head);
    expect(byName(rowsOf(run.json))).toEqual(byName(expected));
    const { status, json } = await hub.ask('/api/v1/projects/shop/environments/prod/matrix?limit=100');
    expect([status, json]).toMatchObject([200, head]);
    expect(byName(rowsOf(json))).toEqual(byName(expected));
  });

  it('takes the newest only with --limit, and always what serves', async () => {
    const run = await matrix('--json', '--limit', '1');
    expect([run.code, rowsOf(run.json).length]).toEqual([0, 2]);
    expect(rowsOf(run.json).map(({ release }) => release)).toContain('v1.0.1');
  });

  it('says by its exit code what kept it from an answer', async () => {
    const codes = async (...args: string[]) => (await shop.stk(hub, 'release', 'check', ...args)).code;
    expect(await codes('--all')).toBe(2);
    expect(await codes('--all', '--env', 'nowhere')).toBe(4);
    expect(await codes('--all', '--env', 'prod', '--limit', '0')).toBe(2);
    const away = ['release', 'check', '--all', '--env', 'prod', '--hub', 'http://127.0.0.1:1'];
    expect((await shop.stk(undefined, ...away)).code).toBe(5);
  });
});

describe('a refused move', () => {
  it.each([
    ['promote', '--to', 'prod', '--release-id', 'v1.1.0'],
    ['rollback', '--env', 'prod', '--to-release-id', 'v1.0.5'],
  ])('says where one can roll back to: %s', async (...args) => {
    const run = await shop.stk(hub, 'release', ...args);
    expect(run.code).toBe(3);
    expect(run.stderr).toMatch(/^Meanwhile you can roll back to v1\.0\.0$/m);
    const asJson = await shop.stk(hub, 'release', ...args, '--json');
    expect([asJson.code, asJson.json]).toMatchObject([3, { error: { rollbackTargets: ['v1.0.0'] } }]);
  });

  it.each([
    ['promote', { release: 'v1.1.0' }],
    ['rollback', { release: 'v1.0.5' }],
  ])('says so over the API too: %s', async (move, body) => {
    const answer = await hub.ask(`/api/v1/projects/shop/environments/prod/${move}`, { method: 'POST', body });
    expect(answer.json).toMatchObject({ status: 409, code: 'incompatible', rollbackTargets: ['v1.0.0'] });
  });
});

function rowsOf(json: unknown): readonly { readonly release: string }[] {
  if (typeof json !== 'object' || json === null || !('releases' in json) || !Array.isArray(json.releases))
    throw new Error(`no matrix: ${JSON.stringify(json)}`);
  return json.releases as readonly { readonly release: string }[];
}
