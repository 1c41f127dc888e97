// What a call's outcome is: permission, validation, cardinality and what PostgreSQL's refusals mean. The release is compiled
// for real and runs on a real server, whose refusals are provoked by SQL.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Json } from '../../src/kernel/json.ts';
import type { CallOutcome } from '../../src/serving/call-outcome.ts';
import type { CompiledRelease } from '../../src/serving/compile/compiled-release.ts';
import { executeCall } from '../../src/serving/execute-call.ts';
import { type ActiveParts, anActiveRelease, compileYaml } from '../support/reconciler/active-release.ts';
import { engines, type Engine, type OpenedDatabase } from '../support/databases/database.ts';
import { aQuery, aRelease } from '../support/documents/release.ts';

const schema = `
  create table customers (id integer primary key, email text not null unique, age integer check (age > 0));
  create table orders (id integer primary key, customer integer not null references customers);
  insert into customers values (1, 'ann@example.com', 30), (2, 'bob@example.com', null);
  insert into orders values (1, 2);
  create table "SECRET_gone" (id integer);
  create sequence few maxvalue 2;
  select nextval('few'), nextval('few');
  create table parts (id integer) partition by list (id);
  create table kept (id integer, secret text not null);
  create table tenants (id integer, n smallint, tenant integer not null default (coalesce(current_setting('app.tenant', true), 'none'))::integer);
  create table indexed (t text);
  create index indexed_t on indexed (t);
  create function refuse(state text) returns integer language plpgsql as $$ begin
    raise exception 'SECRET select * from customers'
      using errcode = state, detail = 'Key (email)=(SECRET) exists.', hint = 'SECRET';
  end $$;`;

const text = { type: 'string' };
const input = (...names: string[]): object => ({
  type: 'object',
  properties: Object.fromEntries(names.map((name) => [name, text])),
});

const release = aRelease({
  permissions: { reader: ['*'], support: ['customers.*'], clerk: ['customers.get'] },
  operations: {
    about: { value: { product: 'shop' } },
    'customers.get': aQuery(),
    'customers.any': { sql: 'select id from customers', returns: 'one' },
    'customers.all': { sql: 'select id, email from customers order by id', returns: 'many' },
    'customers.touch': { mode: 'write', sql: 'update customers set age = age', returns: 'count' },
    'customers.add': {
      mode: 'write',
      input: { ...input('email'), properties: { email: text, age: { type: 'integer' } } },
      sql: 'insert into customers (id, email, age) values (3, :email, :age)',
      returns: 'count',
    },
    'customers.remove': { mode: 'write', sql: 'delete from customers where id = 2', returns: 'count' },
    'customers.sneak': { sql: 'update customers set age = age returning id', returns: 'many' },
    'customers.gone': { sql: 'select id from "SECRET_gone"', returns: 'many' },
    'customers.divide': { sql: 'select 1 / (id - id) as n from customers', returns: 'many' },
    few: { mode: 'write', sql: "select nextval('few') as n", returns: 'one' },
    'parts.add': {
      mode: 'write',
      input: { ...input(), properties: { id: { type: 'integer' } } },
      sql: 'insert into parts (id) values (:id)',
      returns: 'count',
    },
    'kept.add': {
      mode: 'write',
      input: { ...input(), properties: { id: { type: 'integer' } } },
      sql: 'insert into kept (id) values (:id)',
      returns: 'count',
    },
    'tenants.add': {
      mode: 'write',
      input: { ...input(), properties: { id: { type: 'integer' }, by: { type: 'integer' } } },
      sql: 'insert into tenants (id, n) values (:id, 1 / :by::integer)',
      returns: 'count',
    },
    'tenants.give': {
      mode: 'write',
      input: input('tenant'),
      sql: "insert into tenants (id, tenant) values (1, ('0' || :tenant)::integer)",
      returns: 'count',
    },
    'indexed.add': {
      mode: 'write',
      input: input('t'),
      sql: "insert into indexed (t) select :t || string_agg(md5(i::text), '') from generate_series(1, 200) i",
      returns: 'count',
    },
    'customers.wait': { sql: 'select pg_sleep(30)::text as slept', returns: 'one' },
    'customers.lock': { mode: 'write', sql: 'update orders set id = id', returns: 'count' },
    echo: {
      input: input('q', 'tier'),
      sql: 'select :q::text as q, :tier::text as tier, :tier::text is null as absent',
      returns: 'one',
    },
    day: { input: input('from', 'day'), sql: 'select :from::text as a, :day::date as b', returns: 'one' },
    refuse: { input: input('state'), sql: 'select refuse(:state) as n', returns: 'one' },
  },
});

interface Call {
  readonly operation: string;
  readonly input?: Json;
  readonly roles?: readonly string[];
  readonly parts?: ActiveParts;
}

const server = engines.find(({ name }) => name === 'postgres-18');
let opened: OpenedDatabase;
/** The same with limits that nothing but a test of them may run into. */
let impatient: OpenedDatabase;
let compiled: CompiledRelease;

function openServer(...options: Parameters<Engine['open']>): Promise<OpenedDatabase> {
  if (server === undefined) throw new Error('no server');
  return server.open(...options);
}

beforeAll(async () => {
  [opened, impatient, compiled] = await Promise.all([
    openServer({ sql: schema, limits: { pool: 2 } }),
    openServer({ sql: schema, limits: { statement: 400, lock: 100 } }),
    compileYaml(release),
  ]);
});
afterAll(() => Promise.all([opened.close(), impatient.close()]));

async function call({ operation, input: given, roles = ['reader'], parts = {} }: Call): Promise<CallOutcome> {
  const active = anActiveRelease(compiled, opened.database, parts);
  return executeCall(active, { operation, input: given, roles, claims: undefined });
}

describe('executeCall', () => {
  it('passes on the row text of `one`, the row texts of `many` and the number of `count`', async () => {
    const one = await call({ operation: 'customers.get', input: { id: 1 } });
    const many = await call({ operation: 'customers.all' });
    const count = await call({ operation: 'customers.touch', parts: { maxRows: 1 } });
    expect([one, many, count]).toEqual([
      { kind: 'done', result: '{"id":1,"email":"ann@example.com"}' },
      {
        kind: 'done',
        result: '[{"id":1,"email":"ann@example.com"},{"id":2,"email":"bob@example.com"}]',
      },
      { kind: 'done', result: '2' },
    ]);
  });

  it('binds parameters by name, what is absent or inherited as NULL', async () => {
    const given: { [name: string]: Json } = { q: 'x' };
    Object.setPrototypeOf(given, { tier: 'inherited' });
    expect(await call({ operation: 'echo', input: given })).toEqual({
      kind: 'done',
      result: '{"q":"x","tier":null,"absent":true}',
    });
  });

  it('tells a caller who holds nothing the same of an operation that exists and one that does not', async () => {
    const existing = await call({ operation: 'about', roles: ['clerk'] });
    const invented = await call({ operation: 'nothing', roles: ['clerk'] });
    expect(existing).toMatchObject({ code: 'forbidden' });
    expect(invented).toEqual(existing);
  });

  it.each([
    ['*', 'reader', 'nothing'],
    ['prefix.*', 'support', 'customers.nothing'],
  ])('names an unknown operation to one whose %s would cover it', async (_, role, operation) => {
    expect(await call({ operation, roles: [role] })).toMatchObject({ code: 'unknown-operation' });
  });

  it.each(['__proto__', 'constructor', 'toString', 'config.read'])(
    'knows no operation %s',
    async (operation) => {
      expect(await call({ operation })).toMatchObject({ code: 'unknown-operation' });
    },
  );

  it.each(['__proto__', 'constructor'])('grants a role %s nothing', async (role) => {
    expect(await call({ operation: 'about', roles: [role] })).toMatchObject({ code: 'forbidden' });
  });

  it('says by JSON pointer what is wrong with the input', async () => {
    expect(await call({ operation: 'customers.get', input: { id: 'x' } })).toMatchObject({
      code: 'invalid-input',
      errors: [{ pointer: '/id', detail: 'must be integer' }],
    });
  });

  it('says which parameter the database could not take', async () => {
    expect(await call({ operation: 'day', input: { from: 'x', day: 'someday' } })).toMatchObject({
      code: 'invalid-input',
      errors: [{ pointer: '/day', detail: expect.stringMatching(/^must be .*date/) }],
    });
  });

  it('finds no row, or too many, where one is promised', async () => {
    const none = await call({ operation: 'customers.get', input: { id: 9 } });
    const many = await call({ operation: 'customers.any' });
    expect([none, many]).toMatchObject([{ code: 'no-row' }, { code: 'too-many-rows' }]);
  });

  it('lets `one` return one row and `many` as many as the limit', async () => {
    const one = await call({ operation: 'customers.get', input: { id: 1 }, parts: { maxRows: 1 } });
    const all = await call({ operation: 'customers.all', parts: { maxRows: 2 } });
    const more = await call({ operation: 'customers.all', parts: { maxRows: 1 } });
    expect([one, all, more]).toMatchObject([{ kind: 'done' }, { kind: 'done' }, { code: 'too-many-rows' }]);
  });

  it('refuses writes, and only writes, while the database has drifted away', async () => {
    const parts = { refuseWrites: true };
    expect(await call({ operation: 'customers.touch', parts })).toMatchObject({ code: 'incompatible' });
    expect(await call({ operation: 'customers.all', parts })).toMatchObject({ kind: 'done' });
  });

  it.each([
    ['22P02', 'invalid-input'],
    ['23502', 'invalid-input'],
    ['23514', 'invalid-input'],
    ['23503', 'constraint'],
    ['P0001', 'raised'],
    ['40001', 'serialization'],
    ['40P01', 'serialization'],
    ['25P03', 'timeout'],
    ['42P01', 'internal'],
    ['26000', 'internal'],
    ['XX000', 'internal'],
    ['53200', 'database-unavailable'],
    ['57P01', 'database-unavailable'],
    ['08006', 'database-unavailable'],
  ])('understands SQLSTATE %s as %s and repeats nothing that PostgreSQL said', async (state, code) => {
    const outcome = await call({ operation: 'refuse', input: { state } });
    expect(outcome).toMatchObject({ kind: 'refused', code });
    expect(JSON.stringify(outcome)).not.toContain('SECRET');
  });

  it.each([
    ['a key that is taken', 'customers.add', { email: 'ann@example.com' }, '23505', 'customers_email_key'],
    [
      'a value that is not allowed',
      'customers.add',
      { email: 'c@d', age: -1 },
      '23514',
      'customers_age_check',
    ],
    ['a value that is missing', 'customers.add', {}, '23502', 'column email'],
    ['rows that others name', 'customers.remove', undefined, '23503', 'orders_customer_fkey'],
    ['a read that writes', 'customers.sneak', undefined, '25006', 'SQLSTATE'],
    [
      'a division by a given zero, beside a default that fails otherwise',
      'tenants.add',
      { by: 0 },
      '22012',
      'of the input',
    ],
    [
      'a value that is no number, in a column whose default is none either',
      'tenants.give',
      { tenant: 'x' },
      '22P02',
      'of the input',
    ],
    ['a value too long for an index', 'indexed.add', { t: 'x' }, '54000', 'indexed_t'],
    ['a statement over its time', 'customers.wait', undefined, '57014', 'limits.statement'],
  ])('names what refused %s', async (_, operation, given, sqlstate, culprit) => {
    const parts = operation === 'customers.wait' ? { database: impatient.database } : {};
    const outcome = await call({ operation, parts, ...(given === undefined ? {} : { input: given }) });
    expect(outcome).toMatchObject({ kind: 'refused', sqlstate, detail: expect.stringContaining(culprit) });
    expect(outcome).not.toHaveProperty('suspectsDrift');
  });

  it.each([
    ['a division by zero without an input', 'customers.divide', {}, 'internal', '22012'],
    ['a sequence at its end', 'few', {}, 'internal', '2200H'],
    ['a row that no partition takes', 'parts.add', { id: 1 }, 'constraint', '23514'],
    ['a default that cannot be computed', 'tenants.add', { id: 1, by: 1 }, 'internal', '22P02'],
    ['NULL in a column that the input does not give', 'kept.add', { id: 1 }, 'internal', '23502'],
  ])(
    'does not blame the caller for %s, and suspects a changed database',
    async (_, operation, given, code, sqlstate) => {
      const outcome = await call({ operation, input: given });
      expect(outcome).toMatchObject({ kind: 'refused', code, sqlstate, suspectsDrift: true });
    },
  );

  it('answers a lock that is not free in time as a timeout', async () => {
    const { owner, database } = impatient;
    const holding = owner('begin; lock table orders; select pg_sleep(170)').catch(() => 'ended');
    const holder = `from pg_locks
      where relation = 'orders'::regclass and mode = 'AccessExclusiveLock' and granted`;
    while ((await owner(`select 1 ${holder}`)).length === 0);
    const outcome = await call({ operation: 'customers.lock', parts: { database } });
    await owner(`select pg_terminate_backend(pid) ${holder}`);
    expect(outcome).toMatchObject({ code: 'timeout', sqlstate: '55P03' });
    expect(await holding).toBe('ended');
  });

  it.each([
    ['is gone', 'drop table "SECRET_gone"', '42P01'],
    ['may not be read any more', 'set role postgres', '42501'],
  ])('suspects a changed database when a table %s', async (_, change, sqlstate) => {
    const role = 'stk_test_reader';
    await using(
      role,
      sqlstate === '42501' ? '' : `grant select on "SECRET_gone" to ${role};`,
      async (own) => {
        await own.owner(change);
        const parts = { database: own.database };
        const outcome = await call({ operation: 'customers.gone', parts });
        expect(outcome).toMatchObject({ code: 'internal', sqlstate, suspectsDrift: true });
        expect(JSON.stringify(outcome)).not.toContain('SECRET');
      },
    );
  });

  it('tells a busy database from one that is gone, without its address, and needs none for a constant', async () => {
    const own = await openServer({ limits: { pool: 1, statement: 10_000 } });
    const parts = { database: own.database };
    const name = new URL(own.database.description.replace(/^.* database (\S+) on (\S+)$/, 'http://$2/$1'));
    const waiting = call({ operation: 'customers.wait', parts });
    const busy = await call({ operation: 'echo', input: {}, parts });
    await own.owner(
      "select pg_cancel_backend(pid) from pg_stat_activity where query like '%pg_sleep(30)%' and datname = current_database() and pid <> pg_backend_pid()",
    );
    await waiting;
    await own.close();
    const gone = await call({ operation: 'echo', input: {}, parts });
    expect([gone, busy]).toMatchObject([{ code: 'database-unavailable' }, { code: 'database-unavailable' }]);
    expect(gone).not.toEqual(busy);
    expect(JSON.stringify([gone, busy])).not.toContain(name.port);
    expect(await call({ operation: 'about', parts })).toEqual({ kind: 'done', result: '{"product":"shop"}' });
  });
});

/** A database of the test's own, on which calls run as `role`. */
async function using(
  role: string,
  grants: string,
  test: (own: OpenedDatabase) => Promise<void>,
): Promise<void> {
  const own = await openServer({ role, sql: schema + grants });
  try {
    await test(own);
  } finally {
    await own.close();
  }
}
