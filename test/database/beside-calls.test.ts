// How a look at a database on a server goes while the same database serves calls, and while it does not.
import { describe, expect, it } from '@jest/globals';
import type { Clock } from '../../src/kernel/clock.ts';
import { openPostgres } from '../../src/database/postgres/postgres.ts';
import { aRequest, rowsOf } from '../contract/database.ts';
import { realClock } from '../support/clock.ts';
import { defaultLimits, serverUrl } from '../support/databases/database.ts';
import { startRelay } from '../support/databases/relay.ts';

const count = 30;
/** Longer sleeps are of the pool and of the session that is kept. */
const longestRest = 20;

/** What a rest is asked for is taken down; time stands still between the call and the look unless the test moves it. */
function openWatched(version: 15 | 18, url = serverUrl(version)) {
  const rests: number[] = [];
  const time = { now: 1_000_000, step: 0 };
  const clock: Clock = {
    ...realClock,
    now: () => (time.now += time.step),
    sleep: (ms, signal) => {
      if (ms <= longestRest) rests.push(ms);
      return realClock.sleep(ms, signal);
    },
  };
  const database = openPostgres({
    url,
    schema: 'public',
    role: undefined,
    limits: defaultLimits,
    clock,
  });
  const askAll = () =>
    database.inspect(async (session) => {
      const texts = Array.from({ length: count }, (_, place) => `select ${place} as c${place}`);
      const described = await session.describe(texts);
      const explained = await session.explain(texts.map((text) => ({ text, parameterTypes: [] })));
      return { described, explained };
    });
  return { database, askAll, rests, time };
}

const answers = {
  described: Array.from({ length: count }, (_, place) => ({
    ok: true,
    parameters: [],
    fields: [{ name: `c${place}` }],
  })),
  explained: Array.from({ length: count }, () => ({ ok: true })),
};

describe.each([15, 18] as const)('a look at PostgreSQL %i', (version) => {
  it('rests after every few statements while calls are served, and answers the same', async () => {
    const { database, askAll, rests } = openWatched(version);
    expect(rowsOf(await database.execute(aRequest('select 1 as n')))).toEqual([{ n: 1 }]);
    expect(await askAll()).toMatchObject(answers);
    // Describing and explaining, two statements each time.
    expect(rests).toHaveLength(2 * Math.ceil(count / 2));
    for (const ms of rests) expect(ms).toBeGreaterThan(0);
    await database.close();
  });

  it('goes on without a rest where nobody calls', async () => {
    const { database, askAll, rests, time } = openWatched(version);
    expect(await askAll()).toMatchObject(answers);
    expect(rests).toEqual([]);
    await database.execute(aRequest('select 1 as n'));
    time.now += 1_000;
    expect(await askAll()).toMatchObject(answers);
    expect(rests).toEqual([]);
    await database.close();
  });

  it('does not rest where the way to the server is rest enough', async () => {
    const relay = await startRelay(serverUrl(version), 15);
    const { database, askAll, rests, time } = openWatched(version, relay.url);
    time.step = 15;
    await database.execute(aRequest('select 1 as n'));
    expect(await askAll()).toMatchObject(answers);
    expect(rests).toEqual([]);
    await database.close();
    await relay.close();
  });

  it('rests where a server is near, though the first question took long', async () => {
    const { database, askAll, rests, time } = openWatched(version);
    time.step = 15;
    await database.execute(aRequest('select 1 as n'));
    expect(await askAll()).toMatchObject(answers);
    expect(rests.length).toBeGreaterThan(0);
    await database.close();
  });

  it('leaves no lock behind for the next', async () => {
    const { database } = openWatched(version);
    const key = 'left behind';
    const lock = () => database.inspect((session) => session.tryLock(key));
    const sessions = () =>
      database.inspect((session) => session.query('select pg_catalog.pg_backend_pid() as pid'));
    const [first] = await sessions();
    const other = openWatched(version).database;
    expect(await lock()).toBe(true);
    expect(await other.inspect((session) => session.tryLock(key))).toBe(true);
    await other.close();
    const held = await database.inspect((session) =>
      session.query("select 1 from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()"),
    );
    expect(held).toEqual([]);
    expect(await sessions()).toEqual([first]);
    await database.close();
  });
});
