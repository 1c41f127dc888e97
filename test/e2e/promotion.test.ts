// OPERATOR-005 as the operator meets it: its command lines through the built CLI, its outcomes over HTTP.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EngineName } from '../support/databases/database.ts';
import type { Answer } from '../support/hub/http-request.ts';
import type { HubProcess } from '../support/hub/hub-process.ts';
import { baseMigration, createShop, tierMigration, type Shop } from '../support/hub/shop.ts';
import { isSoak } from '../support/soak.ts';

/** Every relation and column of the schema with its age: DDL of any kind changes it. */
const ddlQuery = `select string_agg(format('%s %s %s %s', c.oid, c.relname, a.attname, a.xmin), E'\\n' order by c.oid, a.attnum) as ddl
  from pg_class c join pg_attribute a on a.attrelid = c.oid
  where c.relnamespace = current_schema()::regnamespace`;

const engines: readonly EngineName[] = isSoak
  ? ['pglite', 'postgres-15', 'postgres-18']
  : ['pglite', 'postgres-18'];

describe.each(engines)('promotion and rollback on %s', (engine) => {
  let shop: Shop;
  let hub: HubProcess;
  const stk: Run = (...args) => shop.stk(hub, ...args);
  const pointer = (environment: string): Promise<string> =>
    shop.repo.git('show', `HEAD:environments/${environment}.yaml`);
  const post = (path: string, body: unknown): Promise<Answer> =>
    hub.ask(`/api/v1/projects/shop/environments/${path}`, { method: 'POST', body });

  beforeAll(async () => {
    shop = await createShop(engine);
    hub = await shop.startHub();
  });
  afterAll(() => shop?.close());

  it('answers by each environment’s own release at first', async () => {
    expect((await hub.call('dev', 'about')).json).toEqual({ result: { release: 'v1.1.0' } });
    expect((await hub.call('staging', 'about')).json).toEqual({ result: { release: 'v1.0.1' } });
    expect((await hub.call('prod', 'about')).json).toEqual({ result: { release: 'v1.0.0' } });
    expect((await hub.call('prod', 'customers.get', { id: 2 })).json).toEqual({
      result: { id: 2, email: 'grace@example.com' },
    });
  });

  it('refuses a promotion that does not fit the target’s schema: HTTP 409, exit 3, nothing changes', async () => {
    const before = await shop.repo.revision();
    const refused = await stk('release', 'promote', '--project', 'shop', '--from', 'dev', '--to', 'prod');

    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain('customers.tier');
    expect(refused.stderr).toContain('COL001');
    expect(refused.stdout).toBe('');
    for (const path of ['prod/promote', 'prod/check']) {
      const answer = await post(path, { release: 'v1.1.0' });
      expect(answer).toMatchObject({
        status: 409,
        json: { code: 'incompatible', environment: 'prod', release: 'v1.1.0' },
      });
      expect(answer.text).toContain('COL001');
    }
    expect(await shop.repo.revision()).toBe(before);
    expect((await hub.call('prod', 'about')).json).toEqual({ result: { release: 'v1.0.0' } });
  });

  it('answers an unknown or invalid release id with HTTP 404 and exit 4', async () => {
    const before = await shop.repo.revision();
    for (const id of ['v9.9.9', '../stk', 'no release', '-v1', '']) {
      const promoted = await stk(
        'release',
        'promote',
        '--project',
        'shop',
        '--to',
        'prod',
        `--release-id=${id}`,
      );
      const rolledBack = await stk(
        'release',
        'rollback',
        '--project',
        'shop',
        '--env',
        'prod',
        `--to-release-id=${id}`,
      );
      expect([id, promoted.code, rolledBack.code]).toEqual([id, 4, 4]);
      expect(promoted.stderr).toMatch(/^error: (There is no release|.* is not a release id)/im);
      for (const action of ['promote', 'rollback', 'check']) {
        const answer = await post(`prod/${action}`, { release: id });
        expect([id, action, answer.status, answer.json]).toEqual([
          id,
          action,
          404,
          expect.objectContaining({ code: 'unknown-release' }),
        ]);
      }
    }
    const typo = await stk('release', 'promote', '--to', 'prod', '--release-id', 'v1.1');
    expect(typo.stderr).toContain('Did you mean v1.1.0?');
    expect(await shop.repo.revision()).toBe(before);
  });

  it('promotes dev to prod once the migration is there, and serves the promoted release', async () => {
    await applyTier(shop, engine, stk);
    const ddl = await shop.sql('prod', ddlQuery);

    const promoted = await stk('release', 'promote', '--project', 'shop', '--from', 'dev', '--to', 'prod');

    expect(promoted).toMatchObject({ code: 0 });
    expect(promoted.stdout).toMatch(/^prod serves v1\.1\.0 \(promote v1\.0\.0 -> v1\.1\.0, /);
    expect(await pointer('prod')).toBe(await pointer('dev'));
    // The schema, an operation, a role and a config value of the promoted release.
    expect((await hub.call('prod', 'customers.get', { id: 1 })).json).toEqual({
      result: { id: 1, email: 'ada@example.com', tier: 'standard' },
    });
    expect((await hub.call('prod', 'customers.byTier', { tier: 'gold' })).json).toEqual({ result: [] });
    expect((await hub.call('prod', 'customers.byTier', { tier: 'standard' }, 'analyst')).status).toBe(200);
    expect((await hub.call('prod', 'customers.get', { id: 1 }, 'analyst')).status).toBe(403);
    expect((await hub.config('prod', 'support')).json).toEqual({ checkout: { maxItems: 50 } });
    expect(await shop.sql('prod', ddlQuery)).toEqual(ddl);
    expect(await shop.repo.git('status', '--porcelain')).toBe('');
  });

  it('says already when prod names the release that dev does, and commits nothing', async () => {
    const before = await shop.repo.revision();
    const again = await stk('release', 'promote', '--project', 'shop', '--from', 'dev', '--to', 'prod');
    expect(again.code).toBe(0);
    expect(again.stdout).toBe('the pointer of prod already names v1.1.0; nothing to commit\n');
    expect(await shop.repo.revision()).toBe(before);
  });

  it('lists the current release and those before it, newest first', async () => {
    const listed = await stk('release', 'list', '--project', 'shop', '--env', 'dev', '--limit', '20');
    expect(listed.code).toBe(0);
    expect(listed.stdout.split('\n').filter((line) => /v\d/.test(line))).toEqual([
      expect.stringMatching(/^\* +v1\.1\.0 +app-v1\.1\.0 +2026-11-21T08:00:00Z /),
      expect.stringMatching(/^ +v1\.0\.1 +app-v1\.0\.1 /),
      expect.stringMatching(/^ +v1\.0\.0 +app-v1\.0\.0 /),
    ]);
    const json = await stk('release', 'list', '--project', 'shop', '--env', 'dev', '--limit', '20', '--json');
    expect(json.json).toEqual({
      releases: ['v1.1.0', 'v1.0.1', 'v1.0.0'].map((release) =>
        expect.objectContaining({ release, ref: `app-${release}`, current: release === 'v1.1.0' }),
      ),
    });
    const one = await stk('release', 'list', '--project', 'shop', '--env', 'dev', '--limit', '1', '--json');
    expect(one.json).toMatchObject({ releases: [{ release: 'v1.1.0' }] });
    expect((one.json as { releases: unknown[] }).releases).toHaveLength(1);
  });

  it('shows the current release with its metadata', async () => {
    const text = await stk('release', 'current', '--project', 'shop', '--env', 'dev');
    expect(text.code).toBe(0);
    expect(text.stdout).toMatch(
      /^dev of shop\nrelease +v1\.1\.0\nserving +v1\.1\.0\nref +app-v1\.1\.0\ncreated +2026-11-21T08:00:00Z\n/,
    );
    const { json } = await stk('release', 'current', '--project', 'shop', '--env', 'prod', '--json');
    expect(json).toEqual({
      project: 'shop',
      environment: 'prod',
      release: 'v1.1.0',
      ref: 'app-v1.1.0',
      createdAt: '2026-11-21T08:00:00Z',
      revision: await shop.repo.revision(),
      by: expect.stringContaining('Test Operator'),
      at: expect.any(String),
      serving: 'v1.1.0',
    });
  });

  it('rolls back to the release before: the pointer, the behaviour, and no migration', async () => {
    const ddl = await shop.sql('prod', ddlQuery);
    const rolledBack = await stk(
      'release',
      'rollback',
      '--project',
      'shop',
      '--env',
      'prod',
      '--to-release-id',
      'v1.0.0',
    );

    expect(rolledBack).toMatchObject({ code: 0 });
    expect(rolledBack.stdout).toMatch(/^prod serves v1\.0\.0 \(rollback v1\.1\.0 -> v1\.0\.0, /);
    expect(await pointer('prod')).toBe('release: v1.0.0');
    expect((await hub.call('prod', 'customers.get', { id: 1 })).json).toEqual({
      result: { id: 1, email: 'ada@example.com' },
    });
    expect((await hub.call('prod', 'customers.byTier', { tier: 'gold' })).status).toBe(404);
    expect((await hub.call('prod', 'customers.byTier', { tier: 'gold' }, 'analyst')).status).toBe(403);
    expect((await hub.config('prod', 'support')).json).toEqual({ checkout: { maxItems: 20 } });
    expect(await shop.sql('prod', ddlQuery)).toEqual(ddl);
    expect((await hub.call('dev', 'about')).json).toEqual({ result: { release: 'v1.1.0' } });
  });

  it('promotes a release by its id', async () => {
    const promoted = await stk(
      'release',
      'promote',
      '--project',
      'shop',
      '--to',
      'prod',
      '--release-id',
      'v1.1.0',
    );
    expect(promoted).toMatchObject({ code: 0 });
    expect(await pointer('prod')).toBe('release: v1.1.0');
    expect((await hub.call('prod', 'about')).json).toEqual({ result: { release: 'v1.1.0' } });
  });

  it('promotes and rolls back over the control plane alike, with the work tree following', async () => {
    const rolledBack = await post('prod/rollback', { release: 'v1.0.0', reason: 'checkout errors' });
    expect(rolledBack).toMatchObject({
      status: 200,
      json: { from: 'v1.1.0', to: 'v1.0.0', committed: true, serving: true },
    });
    expect(rolledBack.json).toMatchObject({ revision: await shop.repo.revision() });
    expect((await hub.call('prod', 'about')).json).toEqual({ result: { release: 'v1.0.0' } });
    const promoted = await post('prod/promote', { from: 'dev' });
    expect(promoted).toMatchObject({ status: 200, json: { to: 'v1.1.0', serving: true } });
    expect(await pointer('prod')).toBe(await pointer('dev'));
    expect(await shop.repo.git('status', '--porcelain')).toBe('');
    const history = await hub.ask('/api/v1/projects/shop/environments/prod/history?limit=2');
    expect(history.json).toMatchObject({
      changes: [
        { action: 'promote', release: 'v1.1.0', previous: 'v1.0.0' },
        { action: 'rollback', release: 'v1.0.0', previous: 'v1.1.0', reason: 'checkout errors' },
      ],
    });
  });

  it('git revert of a promotion brings the old behaviour back without any command of ours', async () => {
    await shop.repo.git('revert', 'HEAD', '--no-edit');
    await hub.untilServing('prod', 'v1.0.0', await shop.repo.revision());
    expect((await hub.call('prod', 'customers.get', { id: 1 })).json).toEqual({
      result: { id: 1, email: 'ada@example.com' },
    });
    await shop.repo.git('revert', 'HEAD', '--no-edit');
    await hub.untilServing('prod', 'v1.1.0', await shop.repo.revision());
  });

  it('stops cleanly', async () => {
    expect(await hub.stop()).toBe(0);
    expect(await shop.repo.git('status', '--porcelain')).toBe('');
  });
});

type Run = (...args: readonly string[]) => ReturnType<Shop['stk']>;

/** The missing migration: by our own command where the database is embedded, by SQL on a server. */
async function applyTier(shop: Shop, engine: string, stk: Run): Promise<void> {
  expect(baseMigration).not.toContain('tier');
  if (engine !== 'pglite') {
    const refused = await stk('db', 'apply', 'migrations/0002_tier.sql', '--env', 'prod');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('PROD_DATABASE_URL');
    await shop.sql('prod', tierMigration);
    return;
  }
  const applied = await stk(
    'db',
    'apply',
    'migrations/0002_tier.sql',
    '--env',
    'prod',
    '--state',
    shop.state,
  );
  expect(applied).toMatchObject({ code: 0 });
}
