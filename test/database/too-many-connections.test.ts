// A server whose connections are used up: calls, looks and so the status say it in the server's words, though a session for
// looks is still open.
import { expect, it } from '@jest/globals';
import { aRequest, rowsOf } from '../contract/database.ts';
import { createTestDatabase, openPostgresAt, runSql, serverUrl } from '../support/databases/database.ts';

it('is said by calls and looks, until connections are free again', async () => {
  const { url, drop } = await createTestDatabase(18, {});
  const role = 'stk_few_connections';
  const admin = serverUrl(18);
  await runSql(
    admin,
    `drop role if exists ${role}; create role ${role} login password 'few' connection limit 5`,
  );
  const address = new URL(url);
  [address.username, address.password] = [role, 'few'];
  const database = openPostgresAt(address.href, {});
  try {
    // One session for looks stays open.
    await database.ping();
    await runSql(admin, `alter role ${role} connection limit 1`);
    const said = expect.stringMatching(
      /accepts no more connections: too many connections for role "stk_few_connections" \(SQLSTATE 53300\)/,
    );
    const one = aRequest('select 1 as n');
    expect(await database.execute(one)).toEqual({ kind: 'unavailable', busy: false, message: said });
    await expect(database.ping()).rejects.toMatchObject({ code: 'database-unavailable', message: said });
    await runSql(admin, `alter role ${role} connection limit 5`);
    await database.ping();
    expect(rowsOf(await database.execute(one))).toEqual([{ n: 1 }]);
  } finally {
    await database.close();
    await drop();
    await runSql(admin, `drop role ${role}`);
  }
});
