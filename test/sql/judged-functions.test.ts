// Every function of PostgreSQL and its contrib modules that is not immutable is judged: forbidden, or listed as harmless.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { Client } from 'pg';
import { findBan, findRelationBan } from '../../src/sql/function-bans.ts';
import { openPgliteForTest } from '../support/databases/pglite.ts';
import { startPostgresServer, type TestServer } from '../support/databases/postgres-server.ts';

/** Needs a library of the system that the packages lack. */
const notInstallable = /perl|python/;

/** Names of functions that a statement can call and that may do more than compute. */
const callable = `
  select distinct p.proname as name from pg_catalog.pg_proc p
  where p.provolatile <> 'i' and p.prokind in ('f', 'w')
    and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype, 'internal'::regtype, 'language_handler'::regtype,
      'fdw_handler'::regtype, 'index_am_handler'::regtype, 'table_am_handler'::regtype, 'tsm_handler'::regtype)
    and not 'internal'::regtype = any (p.proargtypes::oid[]::regtype[])
    and pronamespace <> 'information_schema'::regnamespace
  order by 1`;

/** Functions behind operators, casts, types and aggregates, which are called by no name. */
const behind = `
  select distinct p.proname as name from pg_catalog.pg_proc p where p.oid in (
    select oprcode from pg_catalog.pg_operator union select castfunc from pg_catalog.pg_cast
    union select typinput from pg_catalog.pg_type union select typoutput from pg_catalog.pg_type
    union select aggtransfn from pg_catalog.pg_aggregate union select aggfinalfn from pg_catalog.pg_aggregate)`;

const views = `
  select c.relname as name, pg_catalog.pg_get_viewdef(c.oid) as definition from pg_catalog.pg_class c
  where c.relkind = 'v' and c.relnamespace <> 'information_schema'::regnamespace`;

async function readHarmless(): Promise<ReadonlySet<string>> {
  const text = await readFile(new URL('harmless-functions.txt', import.meta.url), 'utf8');
  return new Set(text.split('\n').filter((line) => line !== '' && !line.startsWith('#')));
}

describe.each([15, 18] as const)('PostgreSQL %d with its contrib modules', (version) => {
  let server: TestServer;
  let client: Client;
  const names = async (sql: string): Promise<string[]> =>
    (await client.query<{ name: string }>(sql)).rows.map(({ name }) => name);

  beforeAll(async () => {
    server = await startPostgresServer(version);
    client = new Client({ connectionString: server.url });
    await client.connect();
    for (const name of await names('select name from pg_available_extensions order by 1'))
      if (!notInstallable.test(name)) await client.query(`create extension if not exists "${name}" cascade`);
  });
  afterAll(async () => {
    await client.end();
    await server.stop();
  });

  it('has no function that is not judged', async () => {
    const harmless = await readHarmless();
    const found = await names(callable);
    expect(found.length).toBeGreaterThan(700);
    expect(found.filter((name) => findBan(undefined, name) === undefined && !harmless.has(name))).toEqual([]);
    expect([...harmless].filter((name) => findBan(undefined, name) !== undefined)).toEqual([]);
  });

  it('has no operator, cast, type or aggregate that calls a forbidden one', async () => {
    expect((await names(behind)).filter((name) => findBan(undefined, name) !== undefined)).toEqual([]);
  });

  it('has no view that calls a forbidden one and may be read', async () => {
    const { rows } = await client.query<{ name: string; definition: string }>(views);
    const calling = rows.filter(({ definition }) =>
      [...definition.matchAll(/(\w+)\(/g)].some(([, name = '']) => findBan(undefined, name) !== undefined),
    );
    expect(calling.length).toBeGreaterThan(2);
    expect(
      calling
        .map(({ name }) => name)
        .filter((name) => findRelationBan(undefined, name, 'read') === undefined),
    ).toEqual([]);
  });

  it('forbids no immutable function but those known', async () => {
    const immutable = await names("select distinct proname as name from pg_proc where provolatile = 'i'");
    const forbidden = immutable.filter((name) => findBan(undefined, name) !== undefined);
    expect(expectedImmutable).toEqual(expect.arrayContaining(forbidden));
  });
});

/** Forbidden by name though one form only computes; ts_rewrite with three arguments is allowed. */
const expectedImmutable = ['isn_weak', 'lo_oid', 'ts_rewrite'];

it('the embedded database has no function that is not judged', async () => {
  const opened = await openPgliteForTest();
  try {
    const harmless = await readHarmless();
    const rows = await opened.database.inspect((session) => session.query(callable));
    const found = rows.flatMap(({ name }) => name ?? []);
    expect(found.length).toBeGreaterThan(600);
    expect(found.filter((name) => findBan(undefined, name) === undefined && !harmless.has(name))).toEqual([]);
  } finally {
    await opened.close();
  }
});
