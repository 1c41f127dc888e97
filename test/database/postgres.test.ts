// What only a PostgreSQL server can do to a Hub: end sessions, refuse roles, run out of them.
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import type { Database } from '../../src/database/database.ts';
import { DatabaseServers } from '../../src/database/postgres/database-servers.ts';
import { aRequest, aWrite, rowsOf, usingFresh } from '../contract/database.ts';
import { realClock } from '../support/clock.ts';
import { pinnedSettings } from '../../src/database/session/pinned-settings.ts';
import {
  createTestDatabase,
  defaultLimits,
  openPostgresAt,
  runSql,
  serverUrl,
  servers,
} from '../support/databases/database.ts';

describe.each(servers)('a database on $name', (engine) => {
  it('answers "unavailable" when its sessions are ended, and recovers by itself', () =>
    usingFresh(engine, {}, async ({ database, owner }) => {
      const one = aRequest('select 1 as n');
      await database.execute(one);
      const sleeping = database.execute(aRequest('select pg_sleep(30)'));
      await database.inspect(async (session) => {
        for (let rows: unknown[] = []; rows.length === 0;) {
          rows = await session.query(
            "select 1 from pg_stat_activity where query like '%pg_sleep(30)' and datname = current_database() and pid <> pg_backend_pid()",
          );
        }
      });
      await owner(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'stk' and datname = current_database()",
      );
      expect(await sleeping).toMatchObject({ kind: 'unavailable', busy: false });
      expect(rowsOf(await database.execute(one))).toEqual([{ n: 1 }]);
      await database.ping();
    }));

  it('answers "busy" when no session becomes free in time', () =>
    usingFresh(engine, { limits: { pool: 1 } }, async ({ database }) => {
      const sleeping = database.execute(aRequest('select pg_sleep(8)::text as s'));
      expect(await database.execute(aRequest('select 1'))).toMatchObject({ kind: 'unavailable', busy: true });
      expect(rowsOf(await sleeping)).toEqual([{ s: '' }]);
    }));

  it('leaves no advisory lock behind in the session that the next look gets', () =>
    usingFresh(engine, {}, async ({ database }) => {
      const backend = () =>
        database.inspect((session) => session.query('select pg_catalog.pg_backend_pid() as pid'));
      const before = await backend();
      expect(await database.inspect((session) => session.tryLock('left behind'))).toBe(true);
      const held = await database.inspect((session) =>
        session.query("select 1 from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()"),
      );
      expect(held).toEqual([]);
      expect(await backend()).toEqual(before);
    }));

  it('does not begin a look that is given up while its session is made', () =>
    usingFresh(engine, {}, async ({ database }) => {
      const giveUp = new AbortController();
      let looks = 0;
      const looking = database.inspect(() => Promise.resolve((looks += 1)), giveUp.signal);
      giveUp.abort(new Error('given up'));
      await expect(looking).rejects.toThrow('given up');
      expect(looks).toBe(0);
    }));

  it('shares one session between reads and writes when there is only one', () =>
    usingFresh(engine, { sql: 'create table t (n int)', limits: { pool: 1 } }, async ({ database }) => {
      const insert = aWrite('insert into t values (1) returning n');
      const calls = Array.from({ length: 5 }, () => [
        database.execute(insert),
        database.execute(aRequest('select 1 as n')),
      ]);
      for (const outcome of await Promise.all(calls.flat())) expect(rowsOf(outcome)).toEqual([{ n: 1 }]);
    }));

  it('runs calls as the role, with its rights', () =>
    usingFresh(
      engine,
      { role: 'stk_test_app', schema: 'app', sql: 'create table hidden (n int)' },
      async ({ database }) => {
        const who = aRequest('select current_user::text as who, current_schema::text as path');
        expect(rowsOf(await database.execute(who))).toEqual([{ who: 'stk_test_app', path: 'app' }]);
        expect(await database.execute(aRequest('select * from hidden'))).toMatchObject({
          error: { sqlstate: '42501' },
        });
      },
    ));
});

describe.each([15, 18] as const)(
  'a session of PostgreSQL %d whose settings a statement changed',
  (version) => {
    const leaking = `
    create table t (n int);
    create function leak(name text, value text) returns text language sql volatile
      as $$ select pg_catalog.set_config(name, value, false) $$;
    grant execute on function leak to public; grant select, insert on t to public;`;
    const settings = aRequest(
      `select current_user::text as who, current_schema::text as path,
      current_setting('transaction_read_only') as read_only, current_setting('statement_timeout') as time`,
    );

    async function usingLeak(
      test: (one: { database: Database; reported: () => Promise<readonly string[]> }) => Promise<void>,
    ): Promise<void> {
      const { url, drop } = await createTestDatabase(version, { sql: leaking });
      await runSql(
        url,
        'do $$ begin create role stk_leak nologin; exception when duplicate_object or unique_violation then null; end $$',
      );
      const reports: (readonly string[])[] = [];
      const reported = async (): Promise<readonly string[]> => {
        for (;;) {
          const [first] = reports.splice(0, 1);
          if (first !== undefined) return first;
          await realClock.sleep(5);
        }
      };
      const database = openPostgresAt(url, {
        role: 'stk_leak',
        limits: { ...defaultLimits, pool: 1 },
        report: (about) => void (about.kind === 'changed' && reports.push(about.changed)),
      });
      try {
        await test({ database, reported });
      } finally {
        await database.close();
        await drop();
      }
    }

    it.each([
      ['role', 'none'],
      ['search_path', 'pg_catalog'],
      ['default_transaction_read_only', 'off'],
      ['statement_timeout', '0'],
    ])('serves the next call with its own settings, is closed and reported: %s', (name, value) =>
      usingLeak(async ({ database, reported }) => {
        const before = rowsOf(await database.execute(settings));
        await database.execute(aRequest(`select leak('${name}', '${value}')`));
        expect(rowsOf(await database.execute(settings))).toEqual(before);
        expect(await reported()).toEqual([name]);
        expect(rowsOf(await database.execute(settings))).toEqual(before);
      }),
    );

    it('is closed and reported though no call follows, and a sound one stays', () =>
      usingLeak(async ({ database, reported }) => {
        const pid = aRequest('select pg_backend_pid() as pid');
        await database.execute(pid);
        await database.execute(aRequest("select leak('role', 'none')"));
        expect(await reported()).toEqual(['role']);
        const fresh = rowsOf(await database.execute(pid));
        await realClock.sleep(300);
        expect(rowsOf(await database.execute(pid))).toEqual(fresh);
      }));
  },
);

it('says which role cannot be assumed', async () => {
  const database = openPostgresAt(serverUrl(18), { role: 'nobody_here' });
  const look = database.inspect((session) => session.query('select 1'));
  await expect(look).rejects.toMatchObject({ code: 'indeterminate', details: { reason: 'role' } });
  expect(await database.execute(aRequest('select 1'))).toMatchObject({ kind: 'unavailable', busy: false });
  await database.close();
});

it('never shows a password', async () => {
  const url = 'postgres://app:s3cret@127.0.0.1:1/shop';
  const database = openPostgresAt(url);
  const outcome = await database.execute(aRequest('select 1'));
  expect(outcome).toMatchObject({ kind: 'unavailable' });
  expect(JSON.stringify([outcome, database.description])).not.toContain('s3cret');
  await database.close();
  expect(() => openPostgresAt('postgres://app:s3cret@[bad')).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('s3cret') }),
  );
});

it('lets environments of one server share a pool until the last one closes', async () => {
  const servers = new DatabaseServers(realClock);
  const options = {
    url: serverUrl(18),
    schema: 'public',
    role: undefined,
    limits: { ...defaultLimits, pool: 1 },
  };
  const [first, second] = [servers.open(options), servers.open(options)];
  const pid = aRequest('select pg_backend_pid() as pid');
  expect(rowsOf(await first.execute(pid))).toEqual(rowsOf(await second.execute(pid)));
  await first.close();
  expect(rowsOf(await second.execute(pid))).toHaveLength(1);
  await second.close();
  expect(await second.execute(pid)).toMatchObject({ kind: 'unavailable' });
});

/** Another value for each setting that sessions pin. */
const otherSettings: Readonly<Record<string, string>> = {
  client_encoding: 'LATIN1',
  standard_conforming_strings: 'off',
  backslash_quote: 'off',
  timezone: 'Asia/Tokyo',
  timezone_abbreviations: 'India',
  datestyle: 'SQL, DMY',
  intervalstyle: 'iso_8601',
  bytea_output: 'escape',
  extra_float_digits: '-5',
  lc_monetary: 'POSIX',
  lc_numeric: 'POSIX',
  lc_time: 'POSIX',
  xmlbinary: 'hex',
  xmloption: 'document',
  array_nulls: 'off',
  transform_null_equals: 'on',
  quote_all_identifiers: 'on',
  row_security: 'off',
  gin_fuzzy_search_limit: '5',
  default_text_search_config: 'pg_catalog.simple',
  default_transaction_isolation: 'serializable',
  default_transaction_deferrable: 'on',
  'plpgsql.extra_errors': 'all',
};

describe.each([15, 18] as const)('settings of the login role and of the database on %i', (version) => {
  it('change nothing that a statement means or gives', async () => {
    expect(Object.keys(otherSettings)).toEqual(pinnedSettings.map(([name]) => name));
    const login = `stk_test_login_${version}`;
    const { url, drop } = await createTestDatabase(version, {
      sql: `do $$ begin create role ${login} login; exception when duplicate_object then null; end $$;
        create view plain as select 1 as n; grant select on plain to ${login}`,
    });
    const own = new URL(url);
    own.username = login;
    const set = (on: string): string =>
      Object.entries({ ...otherSettings, restrict_nonsystem_relation_kind: 'view' })
        .map(([name, value]) => `alter ${on} set ${name} = '${value}';`)
        .join(' ');
    const look = async (): Promise<unknown> => {
      const database = openPostgresAt(own.href);
      const settings = pinnedSettings.map(([name]) => `current_setting('${name}')`).join(', ');
      const outcome = await database.execute({
        ...aRequest(`select array[${settings}] as s, $1::text[] as a, n, '1.5'::money::text as m, to_tsvector('cats')::text as t,
          format_type('"char"'::regtype, null) as f, now()::text ~ '[+]00$' as z, $2::int = null as e from plain`),
        values: [['x', null, 'NULL'], null],
      });
      await database.close();
      return rowsOf(outcome);
    };
    try {
      const before = await look();
      await runSql(url, set(`database "${own.pathname.slice(1)}"`));
      expect(await look()).toEqual(before);
      await runSql(url, set(`role ${login} in database "${own.pathname.slice(1)}"`));
      expect(await look()).toEqual(before);
      expect(before).toMatchObject([
        { a: ['x', null, 'NULL'], n: 1, m: '$1.50', t: "'cat':1", z: true, e: null },
      ]);
    } finally {
      await drop();
    }
  });
});

describe('a connection URL', () => {
  const open = (url: string): unknown => openPostgresAt(url);

  it.each([
    'host=db user=app password=hidden dbname=shop',
    '/var/run/postgresql?password=hidden',
    'app:hidden@db/shop',
    'postgres://app:12#hidden@db/shop',
    'postgres://app:12/hidden@db/shop',
    'mysql://app:hidden@db/shop',
  ])('that is none is refused without a word of it: %s', (url) => {
    const refusal = { code: 'database-unavailable', message: expect.not.stringContaining('hidden') };
    expect(() => open(url)).toThrow(expect.objectContaining(refusal));
  });

  it.each([
    ['postgres://app:pass%23@db:5433/shop', 'PostgreSQL database shop on db:5433'],
    ['postgresql:///shop?host=/var/run/postgresql', 'PostgreSQL database shop on /var/run/postgresql:5432'],
    ['postgresql://app@/shop?host=%2Frun', 'PostgreSQL database shop on /run:5432'],
  ])('is described without its password: %s', (url, description) => {
    expect(open(url)).toMatchObject({ description });
  });
});

describe('a server that lets clients in and then says nothing', () => {
  it('is unavailable to calls and looks, and keeps none of them waiting', async () => {
    const message = (type: string, body: Buffer): Buffer => {
      const head = Buffer.alloc(5, type);
      head.writeInt32BE(4 + body.length, 1);
      return Buffer.concat([head, body]);
    };
    const welcome = Buffer.concat([
      message('R', Buffer.alloc(4)),
      message('K', Buffer.alloc(8)),
      message('Z', Buffer.from('I')),
    ]);
    const server = createServer((socket) => void socket.once('data', () => socket.write(welcome)));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const url = `postgres://app@127.0.0.1:${port}/shop`;
    const database = openPostgresAt(url);
    const looking = database.inspect(() => Promise.resolve());
    const refusal = { code: 'database-unavailable' };
    await Promise.all([
      expect(database.execute(aRequest('select 1'))).resolves.toMatchObject({
        kind: 'unavailable',
        busy: false,
      }),
      expect(looking).rejects.toMatchObject(refusal),
    ]);
    await database.close();
    server.close();
  });
});
