// What every engine behind the Database interface does alike. test/database/database.test.ts runs it on each of them.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ExecuteOutcome, ExecuteRequest } from '../../src/database/database.ts';
import type { Json } from '../../src/kernel/json.ts';
import type { Engine, OpenedDatabase, OpenOptions } from '../support/databases/database.ts';

const schema = `
  create type mood as enum ('sad', 'happy');
  create domain email as text check (value like '%@%');
  create table customers (id int primary key, email email not null, mood mood, tags text[] not null default '{}');
  create table later (customer int references customers deferrable initially deferred);
  insert into customers values (1, 'a@example.com', 'happy', '{x,"y z"}'), (2, 'b@example.com', null, '{}');
`;

let names = 0;

/** A request with a name of its own. */
export function aRequest(
  text: string,
  values: ExecuteRequest['values'] = [],
  rest: Partial<ExecuteRequest> = {},
): ExecuteRequest {
  names += 1;
  const statement = { name: `test_${names}`, text, mode: 'read' as const };
  return { statement, values, claims: undefined, wants: 'rows', maxRows: 100, ...rest };
}

export function aWrite(
  text: string,
  values: ExecuteRequest['values'] = [],
  rest: Partial<ExecuteRequest> = {},
): ExecuteRequest {
  const request = aRequest(text, values, rest);
  return { ...request, statement: { ...request.statement, mode: 'write' } };
}

/** The rows of a call that was done. */
export function rowsOf(outcome: ExecuteOutcome): unknown[] {
  if (outcome.kind !== 'done') throw new Error(`not done: ${JSON.stringify(outcome)}`);
  return outcome.rows.map((row): unknown => JSON.parse(row));
}

const wireValues: readonly (readonly [type: string, input: string, wire: unknown])[] = [
  ['int8', "'9007199254740993'", '9007199254740993'],
  ['int4', '7', 7],
  ['int2', '-7', -7],
  ['numeric', '1.50', '1.50'],
  ['numeric', "'NaN'", 'NaN'],
  ['float8', '1.5', 1.5],
  ['float8', "'-Infinity'", '-Infinity'],
  ['float4', '0.1', 0.1],
  ['bool', 'true', true],
  ['text', "E'a\"\\n'", 'a"\n'],
  ['timestamptz', "'2026-11-21 09:00:00.5+01'", '2026-11-21T08:00:00.500000Z'],
  ['timestamptz', "'infinity'", 'infinity'],
  ['date', "'2026-11-21'", '2026-11-21'],
  ['bytea', "'\\x00ff10'", 'AP8Q'],
  ['jsonb', '\'{"a": [1, null]}\'', { a: [1, null] }],
  ['uuid', "'6f9619ff-8b86-d011-b42d-00c04fc964ff'", '6f9619ff-8b86-d011-b42d-00c04fc964ff'],
  ['interval', "'1 day 2 hours'", '1 day 02:00:00'],
  [
    'int4[]',
    "'{{1,2},{3,NULL}}'",
    [
      [1, 2],
      [3, null],
    ],
  ],
  ['int8[]', "'[0:1]={1,2}'", ['1', '2']],
  ['text[]', "array['a,b', 'c\"d', 'NULL', null, '\\']", ['a,b', 'c"d', 'NULL', null, '\\']],
  ['mood', "'happy'", 'happy'],
  ['email', "'a@b'", 'a@b'],
];

export function describeDatabase(engine: Engine): void {
  let opened: OpenedDatabase;
  beforeAll(async () => {
    opened = await engine.open({ sql: schema });
  });
  afterAll(() => opened.close());
  const run = (request: ExecuteRequest): Promise<ExecuteOutcome> => opened.database.execute(request);

  describe('execute', () => {
    it('gives rows as JSON objects and binds values by the parameter type', async () => {
      const outcome = await run(aRequest('select id, email, mood, tags from customers where id = $1', [1]));
      expect(rowsOf(outcome)).toEqual([{ id: 1, email: 'a@example.com', mood: 'happy', tags: ['x', 'y z'] }]);
    });

    it.each(wireValues)('puts %s %s on the wire and takes it back', async (type, input, wire) => {
      expect(rowsOf(await run(aRequest(`select ${input}::${type} as v`)))).toEqual([{ v: wire }]);
      const echoed = aRequest(`select $1::${type} as v, $1::${type} is null as absent`, [
        JSON.parse(JSON.stringify(wire)),
      ]);
      expect(rowsOf(await run(echoed))).toEqual([{ v: wire, absent: false }]);
    });

    it('binds an absent value as NULL', async () => {
      expect(rowsOf(await run(aRequest('select $1::int as v', [undefined])))).toEqual([{ v: null }]);
    });

    it.each([
      ['int4', 'abc'],
      ['int4', 1.5],
      ['int8', true],
      ['text', 'a\u0000b'],
      ['text', '\ud800'],
      ['bool', 'yes'],
      ['timestamptz', 'yesterday'],
      ['bytea', '!!'],
      ['int4[]', 5],
      ['int4[]', ['a']],
    ])('says which parameter does not fit %s: %j', async (type, value) => {
      const outcome = await run(aRequest(`select $1::int, $2::${type}`, [1, value]));
      expect(outcome).toMatchObject({ kind: 'invalid-value', parameter: 1 });
    });

    it('counts the rows that a write touches', async () => {
      const request = aWrite('update customers set mood = mood where id <= $1', [2], { wants: 'count' });
      expect(await run(request)).toEqual({ kind: 'done', rows: [], count: 2 });
    });

    it('counts without the limit of rows: of a write, of one that returns rows, and of a read', async () => {
      const counting = { wants: 'count', maxRows: 1 } as const;
      const two = { kind: 'done', rows: [], count: 2 };
      expect(await run(aWrite('update customers set mood = mood', [], counting))).toEqual(two);
      expect(await run(aWrite('update customers set mood = mood returning id', [], counting))).toEqual(two);
      expect(await run(aRequest('select id from customers', [], counting))).toEqual(two);
    });

    it('takes a write back that returns more rows than it may', async () => {
      const request = aWrite("update customers set mood = 'sad' returning id", [], { maxRows: 1 });
      expect(await run(request)).toEqual({ kind: 'too-many-rows' });
      expect(rowsOf(await run(aRequest("select id from customers where mood = 'sad'")))).toEqual([]);
    });

    it('keeps a write that returns as many rows as it may', async () => {
      const insert = aWrite('insert into customers (id, email) values ($1, $2) returning id', [9, 'z@z'], {
        maxRows: 1,
      });
      expect(rowsOf(await run(insert))).toEqual([{ id: 9 }]);
      expect(rowsOf(await run(aWrite('delete from customers where id = 9 returning email')))).toEqual([
        { email: 'z@z' },
      ]);
    });

    it('rolls a rehearsal back, whatever it answers, and goes on', async () => {
      const rehearsal = { isRehearsal: true, maxRows: 1 } as const;
      const insert = aWrite(
        'insert into customers (id, email) values ($1, $2) returning id',
        [8, 'z@z'],
        rehearsal,
      );
      const count = aWrite('insert into customers (id, email) values (8, $1)', ['z@z'], {
        ...rehearsal,
        wants: 'count',
      });
      const many = aWrite("update customers set mood = 'sad' returning id", [], rehearsal);
      const wrong = aWrite('insert into customers (id, email) values (1, $1)', ['z@z'], rehearsal);
      for (let times = 0; times < 2; times += 1) {
        expect(rowsOf(await run(insert))).toEqual([{ id: 8 }]);
        expect(await run(count)).toEqual({ kind: 'done', rows: [], count: 1 });
        expect(await run(many)).toEqual({ kind: 'too-many-rows' });
        expect(await run(wrong)).toMatchObject({ kind: 'sql-error', error: { sqlstate: '23505' } });
        expect(
          rowsOf(await run(aRequest('select id from customers where id = $1', [1], rehearsal))),
        ).toHaveLength(1);
      }
      expect(rowsOf(await run(aRequest("select id from customers where id = 8 or mood = 'sad'")))).toEqual(
        [],
      );
    });

    it('checks deferred constraints in a rehearsal', async () => {
      const insert = aWrite('insert into later values ($1)', [7], { isRehearsal: true, wants: 'count' });
      expect(await run(insert)).toMatchObject({ kind: 'sql-error', error: { sqlstate: '23503' } });
      expect(await run({ ...insert, values: [1] })).toMatchObject({ kind: 'done', count: 1 });
      expect(rowsOf(await run(aRequest('select * from later')))).toEqual([]);
    });

    it('refuses too many rows of a read instead of cutting them off', async () => {
      const request = aRequest('select g from generate_series(1, 3) g', [], { maxRows: 2 });
      expect(await run(request)).toEqual({ kind: 'too-many-rows' });
      expect(rowsOf(await run({ ...request, maxRows: 3 }))).toHaveLength(3);
    });

    it.each(['jsonb', 'text[]'])('outlives %s that is nested without end', async (type) => {
      const deep: Json = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000));
      // Twice: it is prepared at the first, and at hand at the second.
      const request = aRequest(`select $1::${type}`, [deep]);
      for (let times = 0; times < 2; times += 1) {
        const { kind } = await run(request);
        // Later versions of Node write such JSON without recursion; then it is the server that refuses or takes it.
        if (type === 'text[]' || kind === 'invalid-value')
          expect(await run(request)).toMatchObject({ kind: 'invalid-value', parameter: 0 });
        expect(rowsOf(await run(aRequest('select 1 as n')))).toEqual([{ n: 1 }]);
      }
    });

    const tooLarge = { kind: 'sql-error', error: { sqlstate: '54000' } };

    it('refuses an answer of more than 64 MiB, of one row or of many, and goes on', async () => {
      const oneRow = aRequest("select repeat('x', 70000000) as v");
      const manyRows = aRequest("select repeat('x', 1000000) as v from generate_series(1, 70)");
      expect(await run(oneRow)).toMatchObject(tooLarge);
      expect(await run(manyRows)).toMatchObject(tooLarge);
      expect(rowsOf(await run(aRequest('select 1 as n')))).toEqual([{ n: 1 }]);
    });

    it('takes a write back that returns more than 64 MiB', async () => {
      const text = "update customers set mood = 'sad' returning repeat('x', 40000000) as v";
      expect(await run(aWrite(text))).toMatchObject(tooLarge);
      expect(rowsOf(await run(aRequest("select id from customers where mood = 'sad'")))).toEqual([]);
    });

    it('refuses to write in a read', async () => {
      const outcome = await run(aRequest("update customers set mood = 'sad' returning id"));
      expect(outcome).toMatchObject({ kind: 'sql-error', error: { sqlstate: '25006' } });
    });

    it('shows the claims to the statement and to no other', async () => {
      const look = aRequest("select current_setting('request.jwt.claims', true) as claims");
      const claims = '{"sub":"ann"}';
      expect(rowsOf(await run({ ...look, claims }))).toEqual([{ claims }]);
      const others = await Promise.all(Array.from({ length: 20 }, () => run(look)));
      for (const other of others) expect(rowsOf(other)).toEqual([{ claims: '{}' }]);
    });

    it('tells what PostgreSQL refused, and where', async () => {
      expect(await run(aRequest("select 'é', nope"))).toMatchObject({
        kind: 'sql-error',
        error: { sqlstate: '42703', position: 13 },
      });
      expect(await run(aWrite("insert into customers values (1, 'a@b') returning id"))).toMatchObject({
        kind: 'sql-error',
        error: { sqlstate: '23505', constraint: 'customers_pkey' },
      });
    });

    it('goes on after DDL that leaves the statement valid', async () => {
      const request = aRequest('select * from customers where id = 1');
      expect(rowsOf(await run(request))).toHaveLength(1);
      await opened.owner('alter table customers add column note text');
      expect(rowsOf(await run(request))).toMatchObject([{ id: 1, note: null }]);
      await opened.owner('alter table customers drop column note');
      expect(rowsOf(await run(request))).toEqual([
        { id: 1, email: 'a@example.com', mood: 'happy', tags: ['x', 'y z'] },
      ]);
    });

    it('answers many calls at once, each with its own rows', async () => {
      const request = aRequest('select $1::int as v');
      const outcomes = await Promise.all(
        Array.from({ length: 200 }, (_, v) => run({ ...request, values: [v] })),
      );
      expect(outcomes.map(rowsOf)).toEqual(Array.from({ length: 200 }, (_, v) => [{ v }]));
    });
  });

  describe('inspect', () => {
    it('describes every statement, errors in the middle included', async () => {
      const described = await opened.database.inspect((session) =>
        session.describe([
          'select id, mood from customers where id = $1',
          'select nope',
          'delete from customers',
          'select from nowhere',
        ]),
      );
      expect(described).toMatchObject([
        {
          ok: true,
          parameters: [{ name: 'integer' }],
          fields: [
            { name: 'id', columnNumber: 1 },
            { name: 'mood', type: { kind: 'enum' } },
          ],
        },
        { ok: false, error: { sqlstate: '42703', position: 8 } },
        { ok: true, parameters: [], fields: [] },
        { ok: false, error: { sqlstate: '42P01' } },
      ]);
    });

    it('names arrays by their element and domains by their own name', async () => {
      const [one] = await opened.database.inspect((session) =>
        session.describe(['select tags, $1::mood[], $2::email from customers']),
      );
      expect(one).toMatchObject({
        ok: true,
        parameters: [
          { name: 'mood[]', kind: 'array', element: { kind: 'enum' } },
          { name: 'email', kind: 'domain', base: { name: 'text' } },
        ],
        fields: [{ type: { name: 'text[]' } }, {}, {}],
      });
    });

    it('plans every statement without running it', async () => {
      const explained = await opened.database.inspect(async (session) => {
        const texts = [
          'select id from customers where id = $1',
          'select nope',
          'delete from customers where id = $1 and mood = $2',
          'select 1',
        ];
        const described = await session.describe(texts);
        return session.explain(
          texts.map((text, index) => {
            const one = described[index];
            return { text, parameterTypes: one?.ok === true ? one.parameters : [] };
          }),
        );
      });
      expect(explained).toMatchObject([
        { ok: true },
        { ok: false, error: { sqlstate: '42703', position: 8 } },
        { ok: true },
        { ok: true },
      ]);
      expect(rowsOf(await run(aRequest('select id from customers order by id')))).toEqual([
        { id: 1 },
        { id: 2 },
      ]);
    });

    it('gives rows as text', async () => {
      const rows = await opened.database.inspect((session) =>
        session.query('select $1::int as n, $2::text as t, null as x where 1 = any($3::int[])', [
          5,
          'a',
          [1, 2],
        ]),
      );
      expect(rows).toEqual([{ n: '5', t: 'a', x: null }]);
    });

    it('shares a lock with other looks, and has none that somebody holds alone, as a migration does', async () => {
      const tryLock = (): Promise<boolean> =>
        opened.database.inspect((session) => session.tryLock('migrations'));
      await opened.database.inspect(async (first) => {
        expect(await first.tryLock('migrations')).toBe(true);
        expect(await tryLock()).toBe(true);
        await first.unlock('migrations');
        await first.query("select pg_advisory_lock(hashtextextended('migrations', 0))");
        expect(await tryLock()).toBe(false);
        await first.query("select pg_advisory_unlock(hashtextextended('migrations', 0))");
        expect(await tryLock()).toBe(true);
      });
    });

    it('keeps nothing that a look does', async () => {
      const write = opened.database.inspect((session) => session.query("update customers set mood = 'sad'"));
      await expect(write).rejects.toMatchObject({ error: { sqlstate: '25006' } });
    });
  });

  it('answers a ping', () => expect(opened.database.ping()).resolves.toBeUndefined());

  it('stops a statement that overruns its limit, and goes on', async () => {
    await usingFresh(engine, { limits: { statement: 1_000 } }, async ({ database }) => {
      const slow = aRequest(
        'select count(*)::int as n from generate_series(1, 100000) a, generate_series(1, 100000) b',
      );
      expect(await database.execute(slow)).toMatchObject({ kind: 'sql-error', error: { sqlstate: '57014' } });
      expect(rowsOf(await database.execute(aRequest('select 1 as n')))).toEqual([{ n: 1 }]);
    });
  });

  it('says that it is closed after close', async () => {
    await usingFresh(engine, {}, async ({ database }) => {
      await database.close();
      expect(await database.execute(aRequest('select 1'))).toMatchObject({
        kind: 'unavailable',
        busy: false,
      });
      await expect(database.ping()).rejects.toMatchObject({ code: 'database-unavailable' });
    });
  });
}

/** A database of the test's own. */
export async function usingFresh(
  engine: Engine,
  options: OpenOptions,
  test: (opened: OpenedDatabase) => Promise<void>,
): Promise<void> {
  const opened = await engine.open(options);
  try {
    await test(opened);
  } finally {
    await opened.close();
  }
}
