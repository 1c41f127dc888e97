// `stk db preview` over a clone and a real database: the scratch database is made by the environment's own migrations.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { runPreview } from '../../src/app/compose-preview.ts';
// Loaded before the first command: jest loses a module that two dynamic imports ask for at once.
import '../../src/cli/commands/db/db-preview.ts';
import '../../src/cli/repo/open-local-repo.ts';
import { aPointer, aProject, aRelease } from '../support/documents/release.ts';
import { createTestDatabase, runSql, serverUrl, type TestDatabase } from '../support/databases/database.ts';
import { createTestRepo, type TestRepo } from '../support/git/git-repo.ts';
import { realClock } from '../support/clock.ts';
import { runStk, type StkRun } from '../support/hub/run-stk.ts';

let repo: TestRepo;
let database: TestDatabase;
const base = 'create table customers (id integer primary key, email text not null);';
beforeAll(async () => {
  const ledger =
    'create table schema_migrations (version bigint not null primary key, dirty boolean not null);';
  database = await createTestDatabase(18, {
    sql: `${base} ${ledger} insert into schema_migrations values (1, false)`,
  });
  repo = await createTestRepo({
    files: {
      'stk.yaml': aProject({
        environments: {
          prod: { database: { urlFrom: 'PROD_URL' }, migrations: { dir: 'db', tool: 'golang-migrate' } },
        },
      }),
      'environments/prod.yaml': aPointer('v1'),
      'releases/v1.yaml': aRelease({ release: 'v1' }),
      'releases/v2.yaml': aRelease({ release: 'v2', schema: undefined, operations: { about: { value: 2 } } }),
      'db/0001_a.up.sql': base,
      'db/0002_b.up.sql': 'alter table customers add column tier text;',
      'db/0003_c.up.sql': 'alter table customers drop column email;',
    },
  });
  await repo.commit('v2', { 'environments/prod.yaml': aPointer('v2') });
});
afterAll(async () => {
  await repo.remove();
  await database.drop();
});

function preview(...argv: readonly string[]): Promise<StkRun> {
  const variables = { PROD_URL: database.url, SERVER_URL: serverUrl(18), STK_HUB: 'http://127.0.0.1:9' };
  return runStk(
    {
      directory: repo.directory,
      variables,
      services: { previewMigration: (asked) => runPreview(asked, { clock: realClock, variables }) },
    },
    'db',
    'preview',
    '--env',
    'prod',
    ...argv,
  );
}

it('applies what is pending before, and names the rollback target that the migration breaks', async () => {
  const run = await preview('db/0003_c.up.sql', '--json');
  expect(run.json).toMatchObject({
    verdict: 'breaks',
    appliedFirst: ['db/0002_b.up.sql'],
    differences: [],
    releases: [
      { release: 'v2', standing: 'named by the pointer', verdict: 'fits' },
      { release: 'v1', standing: 'rollback target', verdict: 'breaks', findings: [{ code: 'COL001' }] },
    ],
  });
  expect(run.exitCode).toBe(3);
});

it('does the same on a server, leaves nothing there, and writes Markdown that escapes what it shows', async () => {
  await repo.write('new.sql', 'alter table customers add column "a|b" text;');
  const run = await preview('new.sql', '--url-from', 'SERVER_URL', '--format', 'markdown');
  expect([run.exitCode, run.stderr]).toEqual([0, expect.stringContaining('is not known')]);
  expect(run.stdout).toContain('### stk db preview, prod: breaks no release');
  expect(run.stdout).toContain('a&#124;b');
  const left = await runSql(
    serverUrl(18),
    "select datname from pg_database where datname like 'stk_preview%'",
  );
  expect(left).toEqual([]);
});

it('is not sure where the migrations do not give what the environment has, and names the differences', async () => {
  await runSql(database.url, 'create index by_hand on customers (email)');
  const run = await preview('db/0002_b.up.sql');
  expect(run.exitCode).toBe(5);
  expect(run.stdout).toContain('- index by_hand is missing: CREATE INDEX by_hand ON customers');
});
