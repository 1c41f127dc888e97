// The lock that says which of several Hubs acts: held by one at most, lost by whoever is cut off or stopped.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { AdvisoryLocks } from '../../src/database/postgres/advisory-locks.ts';
import { createTestDatabase, runSql, serverUrl, type TestDatabase } from '../support/databases/database.ts';
import { type CutProxy, openCutProxy } from '../support/databases/cut-proxy.ts';
import { createMovedClock, type MovedClock } from '../support/reconciler/moved-clock.ts';

let database: TestDatabase;
let proxy: CutProxy;
let clock: MovedClock;
const opened: AdvisoryLocks[] = [];
const key = 7_000_000_000_000_001n;

beforeAll(async () => {
  database = await createTestDatabase(18);
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((locks) => locks.close()));
  await proxy.close();
});
afterAll(() => database.drop());

async function two(): Promise<readonly [AdvisoryLocks, AdvisoryLocks]> {
  proxy = await openCutProxy(database.url);
  clock = createMovedClock();
  const make = (): AdvisoryLocks => {
    const locks = new AdvisoryLocks({ clock, monotonic: () => clock.monotonic() });
    opened.push(locks);
    return locks;
  };
  return [make(), make()];
}

/** As the server does after 15 s without use, or without an answer. */
const endSessions = () =>
  runSql(
    serverUrl(18),
    `select pg_terminate_backend(l.pid) from pg_locks l where l.locktype = 'advisory' and l.database =
      (select oid from pg_database where datname = '${new URL(database.url).pathname.slice(1)}')`,
  );

describe('an advisory lock', () => {
  it('is held by one process, whose session the server ends when it is not used or does not answer', async () => {
    const [first, second] = await two();
    expect(await first.isHeld(proxy.url, key)).toBe(true);
    expect(await second.isHeld(database.url, key)).toBe(false);
    expect(proxy.sent()).toContain('set idle_session_timeout = 15000');
    expect(proxy.sent()).toContain('set tcp_user_timeout = 15000');
    expect(proxy.sent()).toContain('set tcp_keepalives_idle = 5');
    const before = proxy.sent().split('select 1').length;
    clock.advance(5_000);
    while (proxy.sent().split('select 1').length === before) await new Promise(setImmediate);
    await first.close();
    while (!(await second.isHeld(database.url, key))) await new Promise(setImmediate);
  });

  it('goes to another process once the server has ended the session, and the first one sees that before it acts', async () => {
    const [first, second] = await two();
    expect(await first.isHeld(proxy.url, key)).toBe(true);
    await endSessions();
    while (!(await second.isHeld(database.url, key))) await new Promise(setImmediate);
    // Stopped for longer than the lock is believed in, as by SIGSTOP: the server is asked first.
    clock.advance(10_000);
    expect(await first.isHeld(proxy.url, key)).toBe(false);
  });

  it('is not believed in by a process that is cut off, while nobody else can have it yet', async () => {
    const [first, second] = await two();
    expect(await first.isHeld(proxy.url, key)).toBe(true);
    proxy.cut();
    clock.advance(10_000);
    const answers: unknown[] = [];
    void first.isHeld(proxy.url, key).then(
      (isHeld) => answers.push(isHeld),
      (error: unknown) => answers.push(error),
    );
    expect(await second.isHeld(database.url, key)).toBe(false);
    while (answers.length === 0) {
      clock.advance(5_000);
      await new Promise(setImmediate);
    }
    expect(answers).not.toContain(true);
    await endSessions();
    while (!(await second.isHeld(database.url, key))) await new Promise(setImmediate);
    proxy.restore();
    expect(await first.isHeld(proxy.url, key)).toBe(false);
  });
});
