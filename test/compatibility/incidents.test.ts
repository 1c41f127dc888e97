// Changes of public incident reports that made calls fail or lose rows while nothing else was wrong, and changes that only looked
// like it. Each change is made, judged and undone on one database.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Finding } from '../../src/model/finding.ts';
import { aMeasuredRelease, anOperation, check, type Checked } from '../support/check/checked-release.ts';
import { describeOnEachEngine, type Engine, type OpenedDatabase } from '../support/databases/database.ts';

const role = 'stk_test_incidents';
const sql = `
create schema if not exists hidden;
create type st as enum ('new', 'open');
create table cats (id integer primary key);
insert into cats values (1);
create table items (id integer primary key, cat integer references cats, s st);
create table notes (id integer primary key references items, n text);
create table a (id integer, n text);
create table types (small smallint, doc json, price numeric(10,2));
create function add_log(t text) returns integer language sql as $$ insert into a (n) values (t) returning 1 $$;
create function one(i integer) returns integer language sql immutable as $$ select i $$;
create table b (id integer, n text);
create function b_rows() returns table (id integer, n text) language plpgsql as $$ begin return query select * from b; end $$;
create function all_b() returns setof b language plpgsql as $$ begin return query select b.id, b.n from b; end $$;
create function some_b() returns setof b language plpgsql as $$ begin return query select * from b; end $$;
create function keep() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger kept before insert on a for each row execute function keep();
create table keyed (id integer, name text, part text);
create unique index keyed_name on keyed (name);
create unique index keyed_part on keyed (part) where id > 0;
create function away(i integer) returns integer language sql immutable as $$ select i $$;
create function count_keyed() returns bigint language sql as $$ select count(*) from keyed $$;
alter table items enable row level security;
create policy all_items on items using (id > 0);
do $$ begin create role stk_test_owner; exception when duplicate_object or unique_violation then null; end $$;
`;

const operations = {
  items: anOperation('select id, cat, s from items'),
  addItem: anOperation('insert into items (id, cat) values (:id, :cat)', 'write'),
  dropCat: anOperation('delete from cats where id = :id', 'write'),
  addA: anOperation('insert into a (id) values (:id)', 'write'),
  log: anOperation('select add_log(:t) as n', 'write'),
  one: anOperation('select one(:i) as n, max(n) as m from a'),
  rows: anOperation('select id from b_rows()'),
  all: anOperation('select id from all_b()'),
  some: anOperation('select id from some_b()'),
  types: anOperation('select small, doc, price from types'),
  addKeyed: anOperation('insert into keyed (id, name, part) values (:id, :name, :part)', 'write'),
  away: anOperation('select away(:i) as n'),
  count: anOperation('select count_keyed() as n'),
};

/** What is told of it, or nothing at all. `only`: engines on which it can be made. */
interface Case {
  readonly title: string;
  readonly change: string;
  readonly undo: string;
  readonly told: readonly string[];
  /** The finding's words, as far as they matter: expected, actual, hint, migration. */
  readonly words?: string;
  readonly only?: (engine: Engine) => boolean;
}

const onServers = (engine: Engine): boolean => engine.name !== 'pglite';
const cases: readonly Case[] = [
  {
    title: 'the owner of a table that keys refer to may not use its schema',
    change: 'alter table cats owner to stk_test_owner; grant all on cats to ROLE',
    undo: 'alter table cats owner to OWNER; grant all on cats to ROLE',
    told: ['block PRV006 items_cat_fkey: addItem'],
  },
  {
    title: 'the owner of a table that refers lost its rights on it',
    change:
      'alter table items owner to stk_test_owner; grant usage on schema HOME to stk_test_owner; revoke select on items from stk_test_owner; grant all on items to ROLE',
    undo: 'alter table items owner to OWNER; revoke usage on schema HOME from stk_test_owner; grant all on items to ROLE',
    told: ['block PRV006 items_cat_fkey: dropCat'],
  },
  {
    title: 'a table that became partitioned',
    change: `alter table types rename to types_old;
      create table types (small smallint, doc json, price numeric(10,2)) partition by list (small); grant all on types to ROLE`,
    undo: 'drop table types; alter table types_old rename to types',
    told: [],
  },
  {
    title: 'a written table that became partitioned',
    change: `alter table a rename to a_old; create table a (id integer, n text) partition by list (id); grant all on a to ROLE;
      create trigger kept before insert on a for each row execute function keep()`,
    undo: 'drop table a; alter table a_old rename to a',
    told: ['warn REL006 a: addA'],
  },
  {
    title: 'a default that a setting decides',
    change:
      "alter table a add column tenant integer not null default current_setting('app.tenant', true)::integer",
    undo: 'alter table a drop column tenant',
    told: ['warn INS004 tenant: addA'],
  },
  {
    title: 'a default that gives NULL',
    change:
      'alter table a add column half integer default nullif(1, 1); update a set half = 1; alter table a alter half set not null',
    undo: 'alter table a drop column half',
    told: ['warn INS004 half: addA'],
  },
  {
    title: 'a function that writes and is declared stable',
    change: 'alter function add_log(text) stable',
    undo: 'alter function add_log(text) volatile',
    told: ['block FUN006 add_log(text): log'],
  },
  {
    title: 'a column more for functions that give the rows of a table',
    change: 'alter table b add column extra integer',
    undo: 'alter table b drop column extra',
    told: ['block FUN007 all_b(): all', 'block FUN007 b_rows(): rows'],
  },
  {
    title: 'another type of a column for a function that promises one',
    change: 'alter table b alter n type varchar(10)',
    undo: 'alter table b alter n type text',
    told: ['warn FUN007 b_rows(): rows'],
  },
  {
    title: 'an index over a cast',
    change: 'create index a_number on a ((n::integer))',
    undo: 'drop index a_number',
    told: ['warn KEY005 a_number: addA'],
  },
  {
    title: 'usual indexes',
    change: 'create index a_lower on a (lower(n)); create index a_some on a (n) where id > 3',
    undo: 'drop index a_lower, a_some',
    told: [],
  },
  {
    title: 'a usual default',
    change: `alter table a add column made timestamptz not null default now(), add column k uuid not null default gen_random_uuid(),
      add column e integer not null default (extract(epoch from now()))::integer, add column l text[] not null default '{}'`,
    undo: 'alter table a drop column made, drop column k, drop column e, drop column l',
    told: [],
  },
  {
    title: 'an enum that is renamed',
    change: 'alter type st rename to st2',
    undo: 'alter type st2 rename to st',
    told: [],
  },
  {
    title: 'white space and a comment at the end of a body',
    change:
      'create or replace function one(i integer) returns integer language sql immutable as $$ select i -- so it is\n $$',
    undo: 'create or replace function one(i integer) returns integer language sql immutable as $$ select i $$',
    told: [],
  },
  {
    title: 'a trigger that fires always',
    change: 'alter table a enable always trigger kept',
    undo: 'alter table a enable trigger kept',
    told: [],
  },
  {
    title: 'a function of the same name for a type that no statement has',
    change: `create type mine as (x integer); create function max_of(a mine, b mine) returns mine language sql as $$ select a $$;
      create aggregate max(mine) (sfunc = max_of, stype = mine)`,
    undo: 'drop aggregate max(mine); drop function max_of; drop type mine',
    told: [],
  },
  {
    title: 'types whose values are sent alike, and a numeric with other texts',
    change:
      'alter table types alter small type integer, alter doc type jsonb using doc::jsonb, alter price type numeric(14,4)',
    undo: 'alter table types alter small type smallint, alter doc type json using doc::json, alter price type numeric(10,2)',
    told: ['warn COL002 doc: types', 'warn COL002 price: types', 'warn COL002 small: types'],
  },
  {
    title: 'a unique index that takes NULL once',
    change: 'drop index keyed_name; create unique index keyed_name on keyed (name) nulls not distinct',
    undo: 'drop index keyed_name; create unique index keyed_name on keyed (name)',
    told: ['warn KEY004 keyed(name): addKeyed'],
    words: 'the unique index over (name) as at the cut, with NULLS DISTINCT | it is NULLS NOT DISTINCT | ',
  },
  {
    title: 'a unique index for other rows',
    change: 'drop index keyed_part; create unique index keyed_part on keyed (part) where id > 5',
    undo: 'drop index keyed_part; create unique index keyed_part on keyed (part) where id > 0',
    told: ['warn KEY004 keyed(part): addKeyed'],
    words:
      'the unique index over (part) as at the cut, for the rows of its WHERE | it covers the rows WHERE (id > 5) | ',
  },
  {
    title: 'a unique index for all rows that held for some',
    change: 'drop index keyed_part; create unique index keyed_part on keyed (part)',
    undo: 'drop index keyed_part; create unique index keyed_part on keyed (part) where id > 0',
    told: ['warn KEY004 keyed(part): addKeyed'],
    words: ', for the rows of its WHERE | it covers all rows | ',
  },
  {
    title: 'a unique index more',
    change: 'create unique index keyed_id on keyed (id)',
    undo: 'drop index keyed_id',
    told: ['warn KEY004 keyed(id): addKeyed'],
    words: 'no unique constraint over (id), as at the cut | a unique index over (id) was added | ',
  },
  {
    title: 'a required column more',
    change: 'alter table keyed add column must integer not null',
    undo: 'alter table keyed drop column must',
    told: ['block INS001 must: addKeyed'],
    words:
      'Allow NULL in the column, at least until every release gives it a value. | alter table HOME.keyed alter column must drop not null;',
  },
  {
    title: 'a required column more, of the primary key',
    change: 'alter table keyed add column must integer primary key',
    undo: 'alter table keyed drop column must',
    told: ['block INS001 must: addKeyed'],
    words: 'Give the column a default, at least until every release gives it a value. | no migration',
  },
  {
    title: 'a function that moved to a schema where calls do not look',
    change: 'alter function away(integer) set schema hidden',
    undo: 'alter function hidden.away(integer) set schema HOME',
    told: ['block FUN001 away: away'],
    words: 'It is in schema hidden, which calls do not search.',
  },
  {
    title: 'a right that a body needs',
    change: 'revoke select on keyed from ROLE',
    undo: 'grant select on keyed to ROLE',
    told: ['block FUN005 count_keyed(): count'],
    words:
      'Grant role ROLE the privilege: the function runs with its rights. | grant select on HOME.keyed to ROLE;',
  },
  {
    title: 'a new default that cannot be stored',
    change: "alter table keyed add column code varchar(3); alter table keyed alter code set default 'abcdef'",
    undo: 'alter table keyed drop column code',
    told: ['block OPS002 addKeyed: addKeyed'],
    words: "; it leaves out columns with a new default: HOME.keyed.code ('abcdef'::character varying",
  },
];

describeOnEachEngine('incidents', (engine) => {
  let opened: OpenedDatabase;
  let release: Checked;
  let names: { readonly role: string; readonly home: string; readonly owner: string };
  const named = (text: string): string =>
    text.replaceAll('ROLE', names.role).replaceAll('HOME', names.home).replaceAll('OWNER', names.owner);
  const owner = (text: string): Promise<unknown> => opened.owner(named(text));
  const judge = async (): Promise<readonly Finding[]> => {
    const verdict = await check(opened, release);
    if (!('findings' in verdict)) throw new Error(verdict.kind);
    return verdict.findings;
  };
  const brief = (found: readonly Finding[]): readonly string[] =>
    found
      .filter(({ code }) => code !== 'ENV003')
      .map(({ severity, code, object, operations: hit }) => {
        const last = object.includes('(')
          ? object.slice(object.indexOf('.') + 1)
          : (object.split('.').at(-1) ?? '');
        return `${severity} ${code} ${last}: ${hit.join(', ')}`;
      });
  beforeAll(async () => {
    opened = await engine.open({ sql, role, schema: 'incidents' });
    const [row] = await opened.database.inspect((session) =>
      session.query('select current_user as role, current_schema as home, session_user as owner'),
    );
    names = { role: row?.['role'] ?? '', home: row?.['home'] ?? '', owner: row?.['owner'] ?? '' };
    await owner('grant select, insert, update, delete on all tables in schema HOME to ROLE');
    release = await aMeasuredRelease(opened, { schema: {}, operations });
  });
  afterAll(() => opened.close());

  it.each(cases.filter(({ only }) => only?.(engine) ?? true))('$title', async (one) => {
    const { change, undo, told, words = '' } = one;
    expect(brief(await judge())).toEqual([]);
    await owner(change);
    try {
      const found = await judge();
      expect(brief(found)).toEqual(told);
      const said = found.map(({ expected, actual, hint, migration = 'no migration' }) =>
        [expected, actual, hint, migration].join(' | '),
      );
      expect(said.join('\n')).toContain(named(words));
    } finally {
      await owner(undo);
    }
  });

  it('a login role that is a member of another role', async () => {
    if (!onServers(engine)) return;
    await owner('grant stk_test_owner to OWNER');
    try {
      const powers = (await judge()).find(({ code }) => code === 'ENV003')?.actual;
      expect(powers).toMatch(/\bmember of (.*, )?stk_test_owner\b/);
    } finally {
      await owner('revoke stk_test_owner from OWNER');
    }
  });

  it('a role that was exempt from row-level security', async () => {
    if (!onServers(engine)) return;
    await opened.owner(`alter role ${role} bypassrls`);
    try {
      const exempt = await aMeasuredRelease(opened, { schema: {}, operations });
      await opened.owner(`alter role ${role} nobypassrls`);
      const verdict = await check(opened, exempt);
      expect(
        'findings' in verdict && verdict.findings.map(({ code, operations: hit }) => `${code} ${hit.join()}`),
      ).toContain('RLS001 addItem,items');
    } finally {
      await opened.owner(`alter role ${role} nobypassrls`);
    }
  });
});
