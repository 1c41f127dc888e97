// What an answer is remembered by: it changes with everything that a statement may meet, and with nothing else.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { listNames } from '../../../src/compatibility/check/list-names.ts';
import { catalogueSql, catalogueWithBodiesSql } from '../../../src/database/catalogue/catalogue-query.ts';
import { refusedFunctionSql } from '../../../src/database/catalogue/write-call-query.ts';
import {
  fingerprintWithBodiesSql,
  readFingerprint,
} from '../../../src/database/catalogue/catalogue-fingerprint.ts';
import type { Inspection } from '../../../src/database/database.ts';
import { aCheckedRelease, anOperation, check } from '../../support/check/checked-release.ts';
import {
  createTestDatabase,
  describeOnEachEngine,
  openPostgresAt,
  type OpenedDatabase,
  servers,
} from '../../support/databases/database.ts';

const sql = `
create type level as enum ('low', 'high');
create type address as (street text, city text);
create type point3 as (x integer, y integer);
drop schema if exists far cascade;
create schema far;
create function far.ok(value integer) returns boolean language sql immutable as $$ select true $$;
create table homes (id integer primary key check (far.ok(id)), home address, level level);
create table scores (id integer primary key, points integer);
create function best() returns setof scores language sql stable as $$ select * from scores $$;
create function outranks(a level, b integer) returns boolean language sql immutable as $$ select true $$;
create function rank(a level) returns integer language sql immutable as $$ select 1 $$;
create operator >=~ (leftarg = level, rightarg = integer, function = outranks);
create cast (level as integer) with function rank(level);
create table labels (id integer primary key, name text);
create materialized view tops as select max(points) as points from scores;
create view top as select points from tops;
create table others (id integer primary key);
create table days (at date not null, kind text) partition by range (at);
create table days_2026 partition of days for values from ('2026-01-01') to ('2027-01-01') partition by list (kind);
create table days_2026_a partition of days_2026 for values in ('a');
create function keep() returns trigger language plpgsql as $$ begin return new; end $$;
`;

const operations = {
  homes: anOperation('select (home).city, row(1, 2)::point3 as point from homes'),
  ranks: anOperation('select id from homes where level >=~ 1 and cast(level as integer) = 1'),
  labels: anOperation('select name from labels'),
  best: anOperation('select b.* from best() b'),
  top: anOperation('select points from top'),
  days: anOperation("insert into days values ('2026-05-01', 'a')", 'write'),
};

const seen: readonly (readonly [title: string, sql: string])[] = [
  ['an attribute that a composite type of a column loses', 'alter type address drop attribute city cascade'],
  ['an attribute that it gains', 'alter type address add attribute country text cascade'],
  ['an attribute of a composite type of no column', 'alter type point3 drop attribute y'],
  ['a column of the rows that a function gives', 'alter table scores add column at date'],
  ['another collation of a column', 'alter table labels alter name type text collate "C"'],
  ['an operator that is gone', 'drop operator >=~ (level, integer)'],
  [
    'an operator that is new',
    'create operator <=~ (leftarg = level, rightarg = integer, function = outranks)',
  ],
  ['a cast that is gone', 'drop cast (level as integer)'],
  ['a cast that is implicit now', 'create cast (level as integer) with function rank(level) as implicit'],
  [
    'a function of a check, in a schema that nobody names, that the role may not execute',
    'revoke execute on function far.ok(integer) from public',
  ],
  ['a materialized view that has no data any more', 'refresh materialized view tops with no data'],
  ['a check of a partition below a partition', "alter table days_2026_a add check (kind <> 'b')"],
  [
    'a trigger of a partition below a partition',
    'create trigger kept before insert on days_2026_a for each row execute function keep()',
  ],
  ['a trigger of a partition that is disabled', 'alter table days_2026_a disable trigger kept'],
  ['a partition below a partition that is detached', 'alter table days_2026 detach partition days_2026_a'],
  [
    'a partition below a partition that is new',
    "create table days_2026_c partition of days_2026 for values in ('c')",
  ],
  ['a partition below a partition that is renamed', 'alter table days_2026_c rename to days_2026_d'],
  ['a partition below a partition that is in another schema', 'alter table days_2026_d set schema far'],
  ['the name of the schema of a partition', 'alter schema far rename to further'],
  ['the name that it has again', 'alter schema further rename to far'],
  [
    'a function in the search_path',
    'create function rank(a integer) returns integer language sql as $$ select 2 $$',
  ],
];

const unseen: readonly (readonly [title: string, sql: string])[] = [
  ['rows and their statistics', 'insert into others values (1); analyze others, homes'],
  [
    'temporary types, casts, operators and functions',
    `
    create temporary table passing (id integer);
    create type pg_temp.short as (a integer);
    create function pg_temp.to_short(a integer) returns pg_temp.short language sql immutable as $$ select row(1)::pg_temp.short $$;
    create cast (integer as pg_temp.short) with function pg_temp.to_short(integer);
    create operator pg_temp.<<~ (leftarg = level, rightarg = integer, function = outranks)`,
  ],
  ['another table', 'create table more (id integer)'],
];

describeOnEachEngine('the fingerprint of a schema', (engine) => {
  let opened: OpenedDatabase;
  const read = async (): Promise<string> => {
    const names = listNames([await aCheckedRelease({ schema: {}, operations })]);
    return opened.database.inspect((session) => readFingerprint(session, names));
  };
  beforeAll(async () => {
    opened = await engine.open({ sql });
  });
  afterAll(() => opened.close());

  it.each(unseen)('stays with %s', async (_title, change) => {
    const before = await read();
    await opened.owner(change);
    expect(await read()).toBe(before);
  });

  it.each(seen)('tells %s', async (_title, change) => {
    const before = await read();
    await opened.owner(change);
    expect(await read()).not.toBe(before);
  });
});

describeOnEachEngine('a session that is asked for a fingerprint again', (engine) => {
  const names = {
    relations: [{ schema: undefined, name: 'labels' }],
    enums: [],
    functions: [],
    bodies: [],
  };

  it('computes none while nothing was committed, and one after', async () => {
    const opened = await engine.open({ sql });
    try {
      await opened.database.inspect(async (session) => {
        let says: string | undefined;
        const asked: Pick<Inspection, 'query'> = {
          query: async (text, values) => {
            const rows = await session.query(text, values);
            return rows.map((row) => (says === undefined ? row : { ...row, fingerprint: says }));
          },
        };
        // Other tests commit on the same server, some hold a transaction open for seconds: at some moment none does.
        const askTwice = async (): Promise<string> => {
          says = 'what it said';
          await readFingerprint(asked, names);
          says = undefined;
          return readFingerprint(asked, names);
        };
        let again = await askTwice();
        for (let turn = 0; turn < 1_500 && again !== 'what it said'; turn += 1) {
          await delay(20);
          again = await askTwice();
        }
        expect(again).toBe('what it said');
        expect(await readFingerprint(session, names)).toMatch(/^[0-9a-f]{32}$/);
        await opened.owner("insert into labels values (1, 'a')");
        expect(await readFingerprint(asked, names)).toBe(await readFingerprint(session, names));
      });
    } finally {
      await opened.close();
    }
  });
});

describe('the queries that ask what a fingerprint covers', () => {
  const cataloguesOf = (text: string): string[] =>
    [...text.matchAll(/\b(?:from|join)\s+(pg_\w+)\b(?!\()/g)].flatMap(([, name]) => name ?? []);

  it('name no catalogue that the fingerprint leaves out', () => {
    const covered = new Set(cataloguesOf(fingerprintWithBodiesSql));
    const asked = [catalogueSql, catalogueWithBodiesSql, refusedFunctionSql].flatMap(cataloguesOf);
    expect(asked.length).toBeGreaterThan(100);
    expect([...new Set(asked.filter((name) => !covered.has(name)))]).toEqual([]);
  });
});

describe('a transaction that was under way when the fingerprint was read', () => {
  it.each([15, 18] as const)('is told when it is committed, beside an older one, on %i', async (version) => {
    const names = {
      relations: [{ schema: undefined, name: 'labels' }],
      enums: [],
      functions: [],
      bodies: [],
    };
    const { url, drop } = await createTestDatabase(version, { sql });
    const database = openPostgresAt(url);
    const older = new Client({ connectionString: url });
    const owner = new Client({ connectionString: url });
    try {
      await older.connect();
      await owner.connect();
      await older.query('begin');
      await older.query('insert into others values (1)');
      await owner.query('begin');
      await owner.query('alter table labels add column more text');
      await database.inspect(async (session) => {
        const before = await readFingerprint(session, names);
        expect(await readFingerprint(session, names)).toBe(before);
        await owner.query('commit');
        expect(await readFingerprint(session, names)).not.toBe(before);
      });
      await older.query('rollback');
    } finally {
      await Promise.all([older.end(), owner.end()]);
      await database.close();
      await drop();
    }
  });
});

describe('the fingerprint beside roles, which all databases of a server share', () => {
  it.each(servers)('tells those that the caller belongs to, and no others, on $name', async (engine) => {
    const some = randomBytes(6).toString('hex');
    const [caller, team, company, stranger] = ['caller', 'team', 'company', 'stranger'].map(
      (name) => `${name}_${some}`,
    );
    const opened = await engine.open({ sql, role: `caller_${some}` });
    try {
      const names = listNames([await aCheckedRelease({ schema: {}, operations })]);
      const read = () => opened.database.inspect((session) => readFingerprint(session, names));
      const before = await read();
      await opened.owner(`create role ${team}; create role ${company}; create role ${stranger}`);
      await opened.owner(`grant ${company} to ${stranger}; grant ${caller} to ${stranger}`);
      expect(await read()).toBe(before);
      await opened.owner(`grant ${team} to ${caller}`);
      const inTeam = await read();
      expect(inTeam).not.toBe(before);
      await opened.owner(`grant ${company} to ${team}`);
      const inCompany = await read();
      expect(inCompany).not.toBe(inTeam);
      await opened.owner(`alter role ${team} noinherit`);
      expect(await read()).not.toBe(inCompany);
      await opened.owner(`drop role ${stranger}, ${company}, ${team}`);
    } finally {
      await opened.close();
    }
  });

  it.each(servers)('tells those that the owner of an aggregate belongs to, on $name', async (engine) => {
    const some = randomBytes(6).toString('hex');
    const [owner, team] = [`owner_${some}`, `team_${some}`];
    const opened = await engine.open({ sql, role: `caller_${some}` });
    try {
      const names = listNames([await aCheckedRelease({ schema: {}, operations })]);
      const read = () => opened.database.inspect((session) => readFingerprint(session, names));
      await opened.owner(
        `create role ${owner}; create role ${team}; grant ${team} to ${owner}`,
        'create function plus(a integer, b integer) returns integer language sql as $$ select a + b $$',
        'create aggregate total(integer) (sfunc = plus, stype = integer)',
        `alter aggregate total(integer) owner to ${owner}`,
      );
      const before = await read();
      await opened.owner(`revoke ${team} from ${owner}`);
      expect(await read()).not.toBe(before);
      await opened.owner(`drop aggregate total(integer); drop role ${owner}, ${team}`);
    } finally {
      await opened.close();
    }
  });
});

describe('the fingerprint of a database whose owner may change pg_catalog', () => {
  it.each(servers)('tells a function there on $name', async (engine) => {
    const opened = await engine.open({ sql });
    try {
      const names = listNames([await aCheckedRelease({ schema: {}, operations })]);
      const read = () => opened.database.inspect((session) => readFingerprint(session, names));
      const before = await read();
      await opened.owner(
        'create function pg_catalog.rank(a public.level) returns integer language sql immutable as $$ select 42 $$',
      );
      expect(await read()).not.toBe(before);
    } finally {
      await opened.close();
    }
  });
});

describeOnEachEngine('the check beside a foreign table that cannot be used', (engine) => {
  it('judges the rest, and blocks what uses it', async () => {
    const opened = await engine.open({
      sql: `create table homes (id integer primary key); create table far (id integer not null);
        create view far_view as select id from far; create view homes_view as select id from homes`,
    });
    try {
      const unused = await aCheckedRelease({
        schema: {},
        operations: { homes: anOperation('select id from homes_view where id = :id') },
      });
      const used = await aCheckedRelease({
        schema: {},
        operations: {
          homes: anOperation('select id from homes'),
          far: anOperation('select id from far_view'),
          add: anOperation('insert into far (id) values (:id)', 'write'),
        },
      });
      await opened.owner(`drop table far cascade; create foreign data wrapper nope; create server nope foreign data wrapper nope;
        create foreign table far (id integer not null) server nope; create view far_view as select id from far;
        grant select on far, far_view to public; grant insert on far to public`);
      opened.database.recycle();
      expect((await check(opened, unused)).kind).toBe('compatible');
      const verdict = await check(opened, used);
      if (verdict.kind !== 'incompatible') throw new Error(verdict.kind);
      const blocked = verdict.findings.filter(({ severity }) => severity === 'block');
      expect(blocked.flatMap((finding) => finding.operations).sort()).toEqual(['add', 'far']);
    } finally {
      await opened.close();
    }
  });
});
