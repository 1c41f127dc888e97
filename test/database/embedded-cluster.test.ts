// What only the embedded database does: its socket, its lock, how its schemas are made.
import { rm, stat } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import type { Database } from '../../src/database/database.ts';
import { openEmbedded, type EmbeddedCluster } from '../../src/database/embedded/embedded-cluster.ts';
import { applyThroughSocket } from '../../src/database/socket/apply-through-socket.ts';
import { outsideAddress } from '../../src/database/socket/socket-address.ts';
import { aRequest, aWrite, rowsOf } from '../contract/database.ts';
import { realClock } from '../support/clock.ts';
import { createEmbeddedFolder, openTestCluster } from '../support/databases/pglite.ts';

const limits = { statement: 60_000, lock: 1_000 };
const init = [{ path: 'base.sql', sql: 'create table notes (id serial primary key, body text not null);' }];
const cleanUps: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function openCluster(given?: string): Promise<{ cluster: EmbeddedCluster; directory: string }> {
  const directory = given ?? (await createEmbeddedFolder());
  const cluster = await openEmbedded({ directory, clock: realClock });
  cleanUps.push(
    () => rm(directory, { recursive: true, force: true }),
    () => cluster.close(),
  );
  return { cluster, directory };
}

/** An environment of the test's own in the one cluster of this file. */
async function openDev(): Promise<Dev> {
  names += 1;
  const environment = `dev${names}`;
  const { cluster, directory } = shared;
  return { cluster, directory, environment, database: await cluster.database({ environment, init, limits }) };
}

interface Dev {
  readonly cluster: EmbeddedCluster;
  readonly directory: string;
  readonly environment: string;
  readonly database: Database;
}

let names = 0;
let shared: Awaited<ReturnType<typeof openTestCluster>>;
beforeAll(async () => {
  shared = await openTestCluster();
});
afterAll(() => shared.close());

async function connect({ cluster, environment }: Pick<Dev, 'cluster' | 'environment'>): Promise<Client> {
  const client = new Client({ connectionString: outsideAddress(cluster.socketPath, environment).url });
  client.on('error', () => undefined);
  await client.connect();
  cleanUps.push(() => client.end());
  return client;
}

const countNotes = aRequest('select count(*)::int as n from notes');

it('tells which files of init were named after the schema was made, until they are applied', async () => {
  const dev = await openDev();
  const { cluster, directory, environment } = dev;
  const added = [...init, { path: 'more.sql', sql: 'create table more (id int)' }];
  const later = await cluster.database({ environment, init: added, limits });
  expect([await dev.database.unappliedInit?.(), await later.unappliedInit?.()]).toEqual([[], ['more.sql']]);

  const { signal } = new AbortController();
  const file = { directory, environment, file: 'more.sql', path: 'more.sql', signal };
  await expect(applyThroughSocket({ ...file, sql: 'create table notes (id int)' })).rejects.toThrow('42P07');
  expect(await later.unappliedInit?.()).toEqual(['more.sql']);
  await applyThroughSocket({ ...file, sql: 'create table more (id int); set role pg_monitor' });
  expect(await later.unappliedInit?.()).toEqual([]);
});

it('tells of no file where an older version made the schema', async () => {
  const { cluster, directory } = await openCluster();
  const environment = 'dev';
  await cluster.database({ environment, init, limits });
  const client = await connect({ cluster, environment });
  await client.query('alter table stk.environments drop column init');
  await client.end();
  const added = await cluster.database({ environment, init: [{ path: 'more.sql', sql: '' }], limits });
  expect(await added.unappliedInit?.()).toEqual([]);
  const { signal } = new AbortController();
  await applyThroughSocket({ directory, environment, file: 'a.sql', path: 'a.sql', sql: 'select 1', signal });
  // One that is made now has a record, and the other has none yet.
  const next = await cluster.database({ environment: 'next', init: [], limits });
  const both = await cluster.database({ environment: 'next', init, limits });
  expect([await next.unappliedInit?.(), await both.unappliedInit?.(), await added.unappliedInit?.()]).toEqual(
    [[], ['base.sql'], []],
  );
});

describe('the socket of the embedded database', () => {
  it('is for the owner of the directory alone', async () => {
    const { cluster, directory } = await openDev();
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    expect((await stat(cluster.socketPath)).isSocket()).toBe(true);
  });

  it('lets a session see and change its environment', async () => {
    const dev = await openDev();
    const { database } = dev;
    const client = await connect(dev);
    await client.query("insert into notes (body) values ($1), ('b')", ['a']);
    expect(rowsOf(await database.execute(countNotes))).toEqual([{ n: 2 }]);
  });

  it('leaks nothing that a session set into calls', async () => {
    const dev = await openDev();
    const { database } = dev;
    const look = aRequest(
      'select current_user::text as who, current_schema::text as path, (select count(*) from notes)::int as n',
    );
    const before = rowsOf(await database.execute(look));
    const client = await connect(dev);
    await client.query(
      "create role other; set role other; set search_path = pg_catalog; set timezone = 'Asia/Tokyo'",
    );
    expect(rowsOf(await database.execute(look))).toEqual(before);
    await client.query('reset role; create temp table notes (id int); insert into notes values (1)');
    await client.query({ name: 'mine', text: 'select 1' });
    expect(rowsOf(await database.execute(look))).toEqual(before);
    await client.query('discard all');
    expect(rowsOf(await database.execute(look))).toEqual(before);
    await client.end();
    const next = await connect(dev);
    const { rows } = await next.query('select current_user::text as who, current_schema::text as path');
    expect(rows).toEqual([{ who: 'postgres', path: dev.environment }]);
  });

  it('makes calls wait while a session has a transaction open, up to the limit, and rolls it back when the session dies', async () => {
    const dev = await openDev();
    const { database } = dev;
    const client = await connect(dev);
    await client.query("begin; insert into notes (body) values ('x')");
    expect(await database.execute(countNotes)).toMatchObject({ kind: 'unavailable', busy: true });
    const gone = new Promise((resolve) => client.once('end', resolve));
    client.connection.stream.destroy();
    await gone;
    const next = await connect(dev);
    await next.end();
    expect(rowsOf(await database.execute(countNotes))).toEqual([{ n: 0 }]);
  });

  it('refuses a second session and an unknown environment', async () => {
    const dev = await openDev();
    await expect(connect({ ...dev, environment: 'nowhere' })).rejects.toMatchObject({ code: '3D000' });
    await connect(dev);
    await expect(connect(dev)).rejects.toMatchObject({ code: '53300' });
  });
});

describe('an embedded environment', () => {
  it('is made once, and kept when the database is opened again', async () => {
    const { cluster, directory } = await openCluster();
    const database = await cluster.database({ environment: 'dev', init, limits });
    await database.execute(aWrite("insert into notes (body) values ('kept') returning id"));
    await cluster.close();
    const again = await openCluster(directory);
    const reopened = await again.cluster.database({ environment: 'dev', init, limits });
    expect(rowsOf(await reopened.execute(countNotes))).toEqual([{ n: 1 }]);
  });

  it.each([
    ['fails', 'create table more (id int);\nselect nope;', /bad\.sql:2: column "nope"/],
    ['ends its transaction', 'create table more (id int); commit;', /ends the transaction/],
    ['takes another role', 'set role postgres', /cannot set parameter "role"/],
    [
      'takes the session back',
      'reset session authorization',
      /cannot (re)?set parameter "session_authorization"/,
    ],
    ['reads the files of the machine', "select pg_read_file('/etc/hostname')", /permission denied/],
    ['writes elsewhere', "insert into stk.environments values ('x')", /permission denied/],
    [
      'leaves work for the end of the transaction',
      `create table late (id int); create function peek() returns trigger language plpgsql as $$ begin
         perform pg_read_file('/etc/hostname'); return null; end $$;
       create constraint trigger late after insert on late deferrable initially deferred for each row execute function peek();
       insert into late values (1)`,
      /permission denied/,
    ],
  ])('is not half made when an init file %s', async (_how, sql, message) => {
    const { cluster } = shared;
    names += 1;
    const environment = `dev${names}`;
    const bad = [...init, { path: 'bad.sql', sql }];
    await expect(cluster.database({ environment, init: bad, limits })).rejects.toThrow(message);
    const database = await cluster.database({ environment, init, limits });
    expect(rowsOf(await database.execute(countNotes))).toEqual([{ n: 0 }]);
  });

  it('keeps its statements apart from those of another whose long name begins alike', async () => {
    const answers: unknown[] = [];
    const requests = await Promise.all(
      ['1', '2'].map(async (end) => {
        const environment = `preview-of-a-branch-with-a-rather-long-name-of-it-${end}`;
        const database = await shared.cluster.database({ environment, init, limits });
        return { database, request: aRequest(`select '${end}' as environment`) };
      }),
    );
    for (const { database, request } of [...requests, ...requests])
      answers.push(...rowsOf(await database.execute(request)));
    expect(answers).toEqual(['1', '2', '1', '2'].map((environment) => ({ environment })));
  });

  it('cannot see another one', async () => {
    const { cluster, database } = await openDev();
    await cluster.database({ environment: 'pg_prod', init, limits });
    const schemas = await database.inspect((session) =>
      session.query("select nspname from pg_namespace where nspname like 'env_pg_prod%'"),
    );
    const outcome = await database.execute(aRequest(`select * from "${schemas[0]?.['nspname']}".notes`));
    expect(outcome).toMatchObject({ kind: 'sql-error', error: { sqlstate: '42501' } });
  });
});

it('locks its directory against a second opener and gives it back', async () => {
  const { cluster, directory } = await openCluster();
  await expect(openEmbedded({ directory, clock: realClock })).rejects.toMatchObject({ code: 'state-locked' });
  await cluster.close();
  await openCluster(directory);
});

describe('extensions', () => {
  const withNames = [
    {
      path: 'people.sql',
      sql: "-- names\ncreate extension citext;\ncreate extension if not exists pg_trgm;\ncreate table people (name citext);\ninsert into people values ('Ada');",
    },
  ];
  const find = aRequest(
    "select name, similarity(name::text, 'Adam') > 0.3 as like from people where name = 'ADA'",
  );

  it('that the package carries are there when a file asks for one, and after a restart', async () => {
    const { cluster, directory } = await openCluster();
    const database = await cluster.database({ environment: 'dev', init: withNames, limits });
    expect(rowsOf(await database.execute(find))).toEqual([{ name: 'Ada', like: true }]);
    await expect(cluster.database({ environment: 'prod', init: withNames, limits })).rejects.toThrow(
      'the extension citext is in the schema dev already',
    );
    await cluster.close();
    const again = await openEmbedded({ directory, clock: realClock });
    cleanUps.push(() => again.close());
    const reopened = await again.database({ environment: 'dev', init: withNames, limits });
    expect(rowsOf(await reopened.execute(find))).toEqual([{ name: 'Ada', like: true }]);

    const client = await connect({ cluster: again, environment: 'dev' });
    const { rows } = await client.query<{ name: string }>('select name from pg_available_extensions');
    expect(rows.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'btree_gist',
        'cube',
        'earthdistance',
        'hstore',
        'ltree',
        'pgcrypto',
        'uuid-ossp',
      ]),
    );
    for (const { name } of rows) await client.query(`create extension if not exists "${name}" cascade`);
    const { rows: made } = await client.query<{ n: number }>('select count(*)::int as n from pg_extension');
    expect(made).toEqual([{ n: rows.length }]);
  });

  it('that it does not carry are named with the file', async () => {
    const { cluster, environment } = await openDev();
    const postgis = [{ path: 'geo.sql', sql: 'create extension postgis;' }];
    await expect(
      cluster.database({ environment: `${environment}_geo`, init: postgis, limits }),
    ).rejects.toThrow(/geo\.sql: extension "postgis" is not available/);
  });
});
