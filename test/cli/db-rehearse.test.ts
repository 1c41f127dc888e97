// `stk db rehearse` over a clone: the result is shown, and recorded for the releases that name the migration.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { runRehearsal } from '../../src/app/compose-rehearsal.ts';
// Loaded before the first command: jest loses a module that two dynamic imports ask for at once.
import '../../src/cli/commands/db/db-rehearse.ts';
import '../../src/cli/repo/open-local-repo.ts';
import { aPointer, aProject, aRelease } from '../support/documents/release.ts';
import { createTestRepo, type TestRepo } from '../support/git/git-repo.ts';
import { realClock } from '../support/clock.ts';
import { runStk, type StkRun } from '../support/hub/run-stk.ts';

let repo: TestRepo;
const project = (people: Readonly<Record<string, readonly string[]>>): string =>
  aProject({
    people,
    environments: {
      prod: { database: { embedded: true }, migrations: { dir: 'db', tool: 'node-pg-migrate' } },
    },
  });
beforeAll(async () => {
  repo = await createTestRepo({
    files: {
      'stk.yaml': project({ ci: ['operator@example.com'] }),
      'environments/prod.yaml': aPointer('v1'),
      'releases/v1.yaml': aRelease({ release: 'v1' }),
      'releases/v2.yaml': aRelease({ release: 'v2', migrations: { upTo: '2' } }),
      'db/1_a.sql': '-- Up Migration\ncreate table a (id int, b int);\n-- Down Migration\ndrop table a;\n',
      'db/2_b.sql': '-- Up Migration\ncreate index on a (b);\n-- Down Migration\nalter table a drop b;\n',
      'db/3_c.sql': '-- Up Migration\nselect 1;\n',
    },
  });
});
afterAll(() => repo.remove());

function rehearse(...argv: readonly string[]): Promise<StkRun> {
  return runStk(
    {
      directory: repo.directory,
      variables: { STK_HUB: 'http://127.0.0.1:9' },
      services: { rehearseMigration: (asked) => runRehearsal(asked, { clock: realClock, variables: {} }) },
    },
    'db',
    'rehearse',
    ...argv,
  );
}
const records = () => repo.git('ls-tree', '-r', '--name-only', 'stk-records');

it('records what it found for the releases that need the migration, and exits with 3 where it is not an inverse', async () => {
  const run = await rehearse('--migration', '2', '--json');
  expect(run.json).toMatchObject({
    migration: '2_b',
    inverse: false,
    afterDown: [
      expect.stringContaining('column a.b is missing'),
      expect.stringContaining('order of columns a differs'),
    ],
    why: expect.stringContaining('up again'),
    recordedFor: ['v2'],
  });
  expect(run.exitCode).toBe(3);
  const path = await records();
  expect(path).toMatch(/\/v2\/check\//);
  expect(await repo.git('show', `stk-records:${path}`)).toContain('status: failed');

  const good = await rehearse('--migration', '1_a', '--release-id', 'v1');
  expect([good.exitCode, good.stdout]).toEqual([0, '1_a: up, down, up: the way down is the inverse\n']);
  expect((await records()).split('\n')).toHaveLength(2);
});

it('says that there is no way down, and that somebody without the role may not record', async () => {
  const none = await rehearse('--release-id', 'v1', '--dry-run');
  expect([none.exitCode, none.stdout]).toEqual([
    3,
    '3_c: the way down is not the inverse: it has no way down\n',
  ]);
  await repo.commit('the role', { 'stk.yaml': project({ ci: ['ci@example.com'] }) });
  const refused = await rehearse('--migration', '1_a', '--release-id', 'v1');
  expect([refused.exitCode, refused.stderr]).toEqual([3, expect.stringContaining('needs the role ci')]);
  expect((await records()).split('\n')).toHaveLength(2);
});
