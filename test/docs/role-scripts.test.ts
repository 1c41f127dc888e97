// The SQL that makes the roles, as the documents print it: it runs, and what comes of it may do what they say and no more. Roles
// belong to the whole server, so each script runs in a transaction that is taken back.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTestDatabase, runSql, type TestDatabase } from '../support/databases/database.ts';
import { projectRoot } from '../support/hub/served-clone.ts';

describe.each([15, 18] as const)('on PostgreSQL %i', (version) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase(version, {
      sql: 'create table old (id integer generated always as identity primary key, note text)',
    });
  });
  afterAll(() => database.drop());

  /** What the last of `texts` gives, after the script, before all of it is taken back. */
  async function after(file: string, ...texts: readonly string[]): Promise<unknown> {
    const text = await readFile(join(projectRoot, file), 'utf8');
    const script = /```sql\n(create role [^]*?)```/.exec(text)?.[1] ?? '';
    expect(script).toContain('grant shop_app to stk_login;');
    return runSql(database.url, 'begin', script, ...texts);
  }

  it.each(['docs/operations.md', 'docs/guides/your-own-database.md'])(
    '%s makes the call role',
    async (file) => {
      const called = ['set local role shop_app', "insert into old (note) values ('x') returning note"];
      expect(await after(file, ...called)).toEqual([{ note: 'x' }]);
      await expect(after(file, 'set local role shop_app', 'drop table old')).rejects.toMatchObject({
        code: '42501',
      });
      await expect(after(file, 'set local role stk_login', 'select from old')).rejects.toMatchObject({
        code: '42501',
      });
    },
  );

  it('docs/operations.md lets the call role use what the migration tool makes later', async () => {
    const migrated = [
      'set local role migrator',
      'create table new (id serial primary key, note text)',
      'set local role shop_app',
      "insert into new (note) values ('x') returning note",
    ];
    expect(await after('docs/operations.md', ...migrated)).toEqual([{ note: 'x' }]);
  });
});
