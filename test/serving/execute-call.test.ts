// What a call's outcome is: permission, validation, cardinality and what PostgreSQL's refusals mean.
import { describe, expect, it } from '@jest/globals';
import type { ExecuteOutcome, SqlError } from '../../src/database/database.ts';
import type { CallOutcome } from '../../src/serving/call-outcome.ts';
import { executeCall } from '../../src/serving/execute-call.ts';
import { type ActiveParts, anActiveRelease, aScriptedDatabase } from '../support/active-release.ts';
import { aQuery, aRelease } from '../support/release.ts';

const release = aRelease({
  permissions: { reader: ['*'], support: ['customers.*'], clerk: ['customers.get'] },
  operations: {
    about: { value: { product: 'shop' } },
    'customers.get': aQuery(),
    'customers.all': { sql: 'select id from customers', returns: 'many' },
    'customers.purge': { mode: 'write', sql: 'delete from customers', returns: 'count' },
    'customers.search': {
      input: { type: 'object', properties: { q: { type: 'string' }, tier: { type: 'string' } } },
      sql: 'select id from customers where email = :q and tier = :tier',
      returns: 'many',
    },
  },
});

interface Call {
  readonly operation: string;
  readonly input?: Record<string, never> | { [key: string]: string | number };
  readonly roles?: readonly string[];
  readonly parts?: ActiveParts;
}

async function call({ operation, input, roles = ['reader'], parts = {} }: Call): Promise<CallOutcome> {
  return executeCall(anActiveRelease(release, parts), { operation, input, roles, claims: undefined });
}

const answering = (outcome: ExecuteOutcome): ActiveParts => ({ database: aScriptedDatabase(() => outcome) });

function refusing(sqlstate: string, more: Partial<SqlError> = {}): ActiveParts {
  const error = {
    sqlstate,
    message: 'SECRET select * from customers',
    detail: 'Key (email)=(SECRET) exists.',
    hint: 'SECRET',
    position: 1,
    ...more,
  };
  return answering({ kind: 'sql-error', error });
}

describe('executeCall', () => {
  it('answers a constant without asking the database', async () => {
    const database = aScriptedDatabase(() => ({ kind: 'done', rows: [], count: 0 }));
    const outcome = await call({ operation: 'about', parts: { database } });
    expect(outcome).toEqual({ kind: 'done', result: '{"product":"shop"}' });
    expect(database.requests).toEqual([]);
  });

  it('passes on the row text of `one`, the row texts of `many` and the number of `count`', async () => {
    const rows = ['{"id":1,"n":"1.50"}', '{"id":2,"n":"NaN"}'];
    const one = await call({
      operation: 'customers.get',
      input: { id: 1 },
      parts: answering({ kind: 'done', rows: rows.slice(0, 1), count: 1 }),
    });
    const many = await call({
      operation: 'customers.all',
      parts: answering({ kind: 'done', rows, count: 2 }),
    });
    const count = await call({
      operation: 'customers.purge',
      parts: answering({ kind: 'done', rows: [], count: 7 }),
    });
    expect([one, many, count]).toEqual([
      { kind: 'done', result: '{"id":1,"n":"1.50"}' },
      { kind: 'done', result: '[{"id":1,"n":"1.50"},{"id":2,"n":"NaN"}]' },
      { kind: 'done', result: '7' },
    ]);
  });

  it('binds parameters by name, what is absent or inherited as undefined', async () => {
    const database = aScriptedDatabase(() => ({ kind: 'done', rows: [], count: 0 }));
    await call({ operation: 'customers.search', input: { q: 'x' }, parts: { database } });
    expect(database.requests[0]?.values).toEqual(['x', undefined]);
    expect(database.requests[0]?.maxRows).toBe(1000);
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
    const outcome = await call({ operation: 'customers.get', input: { id: 'x' } });
    expect(outcome).toMatchObject({
      code: 'invalid-input',
      errors: [{ pointer: '/id', detail: 'must be integer' }],
    });
  });

  it('says which parameter the database could not take', async () => {
    const parts = answering({ kind: 'invalid-value', parameter: 1, expected: 'a date' });
    const outcome = await call({ operation: 'customers.search', input: {}, parts });
    expect(outcome).toMatchObject({
      code: 'invalid-input',
      errors: [{ pointer: '/tier', detail: 'must be a date' }],
    });
  });

  it('finds no row, or too many, where one is promised', async () => {
    const get = { operation: 'customers.get', input: { id: 1 } };
    const none = await call({ ...get, parts: answering({ kind: 'done', rows: [], count: 0 }) });
    const many = await call({ ...get, parts: answering({ kind: 'too-many-rows' }) });
    expect([none, many]).toMatchObject([{ code: 'no-row' }, { code: 'too-many-rows' }]);
  });

  it('lets `one` return one row and `many` as many as the limit', async () => {
    const database = aScriptedDatabase(() => ({ kind: 'done', rows: ['{}'], count: 1 }));
    await call({ operation: 'customers.get', input: { id: 1 }, parts: { database, maxRows: 5 } });
    await call({ operation: 'customers.all', parts: { database, maxRows: 5 } });
    expect(database.requests.map((request) => request.maxRows)).toEqual([1, 5]);
  });

  it('refuses writes, and only writes, while the database has drifted away', async () => {
    const parts = { ...answering({ kind: 'done', rows: [], count: 0 }), refuseWrites: true };
    expect(await call({ operation: 'customers.purge', parts })).toMatchObject({ code: 'incompatible' });
    expect(await call({ operation: 'customers.all', parts })).toMatchObject({ kind: 'done' });
  });

  it.each([
    ['22P02', 'invalid-input'],
    ['23502', 'invalid-input'],
    ['23514', 'invalid-input'],
    ['23503', 'constraint'],
    ['23505', 'constraint'],
    ['P0001', 'raised'],
    ['40001', 'serialization'],
    ['40P01', 'serialization'],
    ['57014', 'timeout'],
    ['55P03', 'timeout'],
    ['25006', 'internal'],
    ['42501', 'internal'],
    ['42P01', 'internal'],
    ['53300', 'database-unavailable'],
    ['57P01', 'database-unavailable'],
    ['08006', 'database-unavailable'],
    ['XX000', 'internal'],
  ])('understands SQLSTATE %s as %s and repeats nothing that PostgreSQL said', async (sqlstate, code) => {
    const outcome = await call({ operation: 'customers.all', parts: refusing(sqlstate) });
    expect(outcome).toMatchObject({ kind: 'refused', code, sqlstate });
    expect(JSON.stringify(outcome)).not.toContain('SECRET');
  });

  it('names the constraint that refused', async () => {
    const parts = refusing('23505', { constraint: 'customers_email_key' });
    expect(await call({ operation: 'customers.all', parts })).toMatchObject({
      detail: expect.stringContaining('customers_email_key'),
    });
  });

  it.each([
    ['42P01', true],
    ['42501', true],
    ['23505', undefined],
    ['25006', undefined],
  ])('suspects a changed database after %s: %s', async (sqlstate, suspectsDrift) => {
    const outcome = await call({ operation: 'customers.all', parts: refusing(sqlstate) });
    expect(outcome.kind === 'refused' ? outcome.suspectsDrift : 'done').toBe(suspectsDrift);
  });

  it('tells a busy database from one that is gone, without its address', async () => {
    const gone = await call({
      operation: 'customers.all',
      parts: answering({ kind: 'unavailable', message: 'SECRET', busy: false }),
    });
    const busy = await call({
      operation: 'customers.all',
      parts: answering({ kind: 'unavailable', message: 'SECRET', busy: true }),
    });
    expect([gone, busy]).toMatchObject([{ code: 'database-unavailable' }, { code: 'database-unavailable' }]);
    expect(gone).not.toEqual(busy);
    expect(JSON.stringify([gone, busy])).not.toContain('SECRET');
  });
});
