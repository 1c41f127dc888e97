// `stk db status` over a clone and a real database.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { readMigrationStatus } from '../../src/app/compose-migrations.ts';
// Loaded before the first command: jest loses a module that two dynamic imports ask for at once.
import '../../src/cli/commands/db/db-status.ts';
import '../../src/cli/repo/open-local-repo.ts';
import { aPointer, aProject, aRelease } from '../support/documents/release.ts';
import { createTestDatabase, runSql, type TestDatabase } from '../support/databases/database.ts';
import { createTestRepo, type TestRepo } from '../support/git/git-repo.ts';
import { realClock } from '../support/clock.ts';
import { runStk, type StkRun } from '../support/hub/run-stk.ts';

let repo: TestRepo;
let database: TestDatabase;
beforeAll(async () => {
  const ledger =
    'create table schema_migrations (version bigint not null primary key, dirty boolean not null)';
  database = await createTestDatabase(18, {
    sql: `${ledger}; insert into schema_migrations values (1, false)`,
  });
  repo = await createTestRepo({
    files: {
      'stk.yaml': aProject({
        environments: {
          prod: { database: { urlFrom: 'PROD_URL' }, migrations: { dir: 'db', tool: 'golang-migrate' } },
          bare: { database: { urlFrom: 'PROD_URL' } },
        },
      }),
      'environments/prod.yaml': aPointer('v1'),
      'releases/v1.yaml': aRelease({ release: 'v1' }),
      'releases/v2.yaml': aRelease({ release: 'v2', migrations: { upTo: '2' } }),
      'db/0001_a.up.sql': 'create table a (id int);',
      'db/0001_a.down.sql': 'drop table a;',
      'db/0002_b.up.sql': 'truncate customers;',
    },
  });
});
afterAll(async () => {
  await repo.remove();
  await database.drop();
});

function status(...argv: readonly string[]): Promise<StkRun> {
  const variables = { PROD_URL: database.url };
  return runStk(
    {
      directory: repo.directory,
      variables,
      services: { migrationStatus: (asked) => readMigrationStatus(asked, { clock: realClock, variables }) },
    },
    'db',
    'status',
    ...argv,
  );
}

it('shows what is applied and pending, and judges the release that the pointer names', async () => {
  const run = await status('--env', 'prod', '--json', '--exit-code');
  expect(run.json).toMatchObject({
    environment: 'prod',
    release: 'v1',
    upTo: null,
    tool: 'golang-migrate',
    table: 'schema_migrations',
    applied: ['0001_a'],
    pending: ['0002_b'],
    changed: [],
    unknown: [],
    findings: [
      { code: 'MIG005', object: '0002_b' },
      { code: 'MIG006', object: '0002_b', actual: 'it empties the table customers' },
    ],
  });
  expect(run.exitCode).toBe(3);
});

it('judges another release, and lets a waiver pass that is committed', async () => {
  await repo.write('waivers/0002_b.yaml', 'migration: 0002_b\nreason: test data\n');
  await repo.commit('a waiver');
  const run = await status('--env', 'prod', '--release-id', 'v2');
  expect(run.exitCode).toBe(0);
  expect(run.stdout).toContain('pending  1: 0002_b');
  expect(run.stderr).toContain('MIG001');
  expect(run.stderr).not.toContain('MIG006');
  await runSql(database.url, 'update schema_migrations set version = 2');
  const after = await status('--env', 'prod', '--release-id', 'v2', '--json', '--exit-code');
  expect(after.json).toMatchObject({ upTo: '2', pending: [], findings: [] });
  expect(after.exitCode).toBe(0);
});

it('says what to add to an environment that names no migrations, and which releases there are', async () => {
  const bare = await status('--env', 'bare');
  expect([bare.exitCode, bare.stderr]).toEqual([2, expect.stringContaining('migrations: { dir:')]);
  expect((await status('--env', 'prod', '--release-id', 'v9')).exitCode).toBe(4);
});
