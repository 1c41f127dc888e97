// Changes that break the release over names and views: names that come to mean something else, writes through views,
// functions and types in their forms. names-and-views-harmless-changes.ts has the harmless ones.
import type { BreakingChange } from '../../check/fixture.ts';

export const namesAndViewsBreaking: readonly BreakingChange[] = [
  {
    title: 'a column that a NATURAL JOIN and USING make ambiguous',
    sql: 'alter table stalls add column city text',
    says: ['OPS002 stalls.using: stalls.using', 'OPS007 stalls.natural.city: stalls.natural'],
  },
  {
    title: 'a column that a NATURAL JOIN joins by',
    sql: 'alter table shops add column floor integer default 7',
    says: ['OPS007 stalls.natural.floor: stalls.natural'],
  },
  {
    title: 'a renamed column that joins are made by',
    sql: 'alter table shops rename shop_id to id',
    says: [
      'COL001 public.shops.shop_id: shops.lateral shops.opened shops.rated stalls.using',
      'OPS007 stalls.natural.shop_id: stalls.natural',
    ],
  },
  {
    title: 'a column of an inner query in place of an outer one',
    sql: 'alter table stalls add column rating integer default 0',
    says: [
      'OPS007 shops.lateral.rating: shops.lateral',
      'OPS007 shops.rated.rating: shops.rated',
      'OPS007 stalls.natural.rating: stalls.natural',
    ],
    breaks: 'by value',
  },
  {
    title: 'a key behind a view that is gone',
    sql: 'alter table shops drop constraint shops_pkey cascade',
    says: ['KEY001 public.shops(shop_id): shops.put'],
  },
  {
    title: 'a key behind a view that is deferrable',
    sql: 'alter table shops drop constraint shops_pkey cascade; alter table shops add primary key (shop_id) deferrable',
    says: ['KEY002 public.shops(shop_id): shops.put'],
  },
  {
    title: 'a key behind a view that is partial',
    sql: 'alter table shops drop constraint shops_pkey cascade; create unique index on shops (shop_id) where rating > 0',
    says: ['KEY001 public.shops(shop_id): shops.put'],
  },
  {
    title: 'an upsert through a view that joins',
    sql: 'drop view shop_list; create view shop_list as select shop_id, city from shops group by shop_id, city',
    says: ['REL002 public.shop_list: shops.put'],
  },
  {
    title: 'an index that is not valid',
    sql: 'alter table visits drop constraint visits_key; create unique index on only visits (day, guest)',
    says: ['KEY001 public.visits(day,guest): visits.add'],
  },
  {
    title: 'a renamed constraint that ON CONFLICT names',
    sql: 'alter table prices rename constraint prices_key to prices_pk',
    says: ['KEY003 public.prices.prices_key: prices.put'],
  },
  {
    title: 'a removed label of an enum in arrays',
    sql: "alter table tickets alter marks drop default; alter type mark rename to old_mark; create type mark as enum ('new', 'late'); alter table tickets alter marks type mark[] using marks::text[]::mark[]; drop type old_mark",
    says: ['ENM001 public.mark.paid: tickets.mark tickets.markAs'],
    breaks: 'by value',
  },
  {
    title: 'a renamed label of an enum in arrays',
    sql: "alter type mark rename value 'new' to 'fresh'",
    says: ['ENM001 public.mark.new: tickets.find tickets.markAs'],
    breaks: 'by value',
  },
  {
    title: 'a label that a caller may send',
    sql: "alter type mark rename value 'late' to 'tardy'",
    says: ['ENM001 public.mark.late: tickets.markAs'],
    breaks: 'by value',
  },
  {
    title: 'columns that may be null, one of them behind a view',
    sql: 'alter table tickets alter seen drop not null, alter level drop not null',
    says: [
      'COL004 public.tickets.level: tickets.all tickets.set',
      'COL004 public.tickets.seen: tickets.seen',
    ],
    breaks: 'by value',
  },
  {
    title: 'a view whose column has another name',
    sql: 'drop view ticket_levels; create view ticket_levels as select id, level, code as label from tickets',
    says: ['OPS004 tickets.all.code: tickets.all', 'REL003 public.ticket_levels: tickets.all'],
    breaks: 'by value',
  },
  {
    title: 'a view with its columns in another order',
    sql: 'drop view ticket_levels; create view ticket_levels as select code, level, id from tickets',
    says: ['REL003 public.ticket_levels: tickets.all'],
    breaks: 'by value',
  },
  {
    title: 'an attribute of another type',
    sql: 'alter table tickets drop column crate; drop type parcel cascade; create type parcel as (width bigint, label text); alter table tickets add crate parcel',
    says: ['OPS002 boxes.same: boxes.same', 'OPS003 tickets.crates.width: tickets.crates'],
  },
  {
    title: 'a domain made of another type',
    sql: "drop view ticket_levels; alter table tickets alter level drop default; alter table tickets alter level type integer; drop domain grade; create domain grade as text check (value > '0'); alter table tickets alter level type grade using level::text; create view ticket_levels as select id, level, code from tickets",
    says: ['CHK002 public.grade: tickets.set', 'COL002 public.tickets.level: tickets.all tickets.set'],
  },
  {
    title: 'timestamp to timestamptz',
    sql: 'alter table tickets alter seen type timestamptz',
    says: ['COL002 public.tickets.seen: tickets.seen'],
  },
  {
    title: 'numeric with more digits behind the point and less before it',
    sql: 'alter table prices alter amount type numeric(8,4)',
    says: ['COL003 public.prices.amount: prices.put'],
    breaks: 'by value',
  },
  {
    title: 'a dropped default of what an INSERT omits',
    sql: 'drop trigger stamp on logs; alter table logs alter size drop default',
    says: ['INS001 public.logs.size: logs.add', 'TRG001 public.logs.stamp: logs.add'],
  },
  {
    title: 'a renamed column with another one under its name',
    sql: "alter table logs rename size to weight; alter table logs add column size text not null default '1'",
    says: ['COL002 public.logs.size: logs.add'],
  },
  {
    title: 'a generated column that is computed otherwise',
    sql: 'alter table logs drop column length; alter table logs add column length integer generated always as (char_length(line) * 2) stored',
    says: ['COL006 public.logs.length: logs.add logs.lengths'],
    breaks: 'by value',
  },
  {
    title: 'a generated column that is no longer computed',
    sql: 'alter table logs alter column length drop expression',
    says: ['COL006 public.logs.length: logs.add logs.lengths'],
    breaks: 'by value',
  },
  {
    title: 'another policy',
    sql: "drop policy all_rows on secrets; create policy few on secrets using (owner = 'bob')",
    says: ['RLS002 public.secrets: secrets.mine'],
    breaks: 'by value',
  },
  {
    title: 'a restrictive policy more',
    sql: "create policy few on secrets as restrictive using (owner = 'bob')",
    says: ['RLS002 public.secrets: secrets.mine'],
    breaks: 'by value',
  },
  {
    title: 'row-level security switched off',
    sql: 'alter table secrets disable row level security',
    says: ['RLS002 public.secrets: secrets.mine'],
    breaks: 'by value',
  },
  {
    title: 'a trigger that is gone',
    sql: 'drop trigger stamp on logs',
    says: ['TRG001 public.logs.stamp: logs.add'],
    breaks: 'by value',
  },
  {
    title: 'a trigger whose function does something else',
    sql: "create or replace function stamp() returns trigger language plpgsql as $$ begin new.line := 'z'; return new; end $$",
    says: ['TRG001 public.logs.stamp: logs.add'],
    breaks: 'by value',
  },
  {
    title: 'a renamed schema',
    sql: 'drop schema if exists aside cascade; alter schema side rename to aside',
    says: ['REL001 side.rates: rates.taxed'],
  },
  {
    title: 'a table moved to another schema',
    sql: 'drop schema if exists aside cascade; create schema aside; alter table side.rates set schema aside',
    says: ['REL001 side.rates: rates.taxed'],
  },
  {
    title: 'a STRICT function',
    sql: 'create or replace function enlarge(value integer, factor integer default 2) returns integer language sql immutable strict as $$ select value * factor $$',
    says: ['FUN004 public.enlarge: numbers.enlarge'],
    breaks: 'by value',
  },
  {
    title: 'an OUT parameter of another type',
    sql: 'drop function split; create function split(value text, out head text, out tail integer) language sql immutable as $$ select left(value, 1), 5 $$',
    says: ['FUN003 public.split: split.all'],
  },
  {
    title: 'an OUT parameter of another name',
    sql: 'drop function split; create function split(value text, out head text, out rest text) language sql immutable as $$ select left(value, 1), substr(value, 2) $$',
    says: ['OPS002 split.all: split.all'],
  },
  {
    title: 'a function that gives many rows in place of one',
    sql: "drop function split; create function split(value text, out head text, out tail text) returns setof record language sql immutable as $$ select left(value, 1), substr(value, 2) union all select 'x', 'y' $$",
    says: ['FUN003 public.split: split.all'],
    breaks: 'by value',
  },
  {
    title: 'overloads that take a call',
    sql: 'create function enlarge(value bigint, factor bigint default 2) returns bigint language sql as $$ select value $$; create function enlarge(value text) returns text language sql as $$ select value $$',
    says: ['FUN002 public.enlarge: numbers.enlarge'],
  },
  {
    title: 'an argument without its default',
    sql: 'drop function enlarge; create function enlarge(value integer, factor integer) returns integer language sql immutable as $$ select value * factor $$',
    says: ['FUN001 public.enlarge: numbers.enlarge'],
  },
  {
    title: 'a procedure in place of a function',
    sql: 'drop function enlarge; create procedure enlarge(value integer) language sql as $$ select 1 $$',
    says: ['FUN001 public.enlarge: numbers.enlarge'],
  },
  {
    title: 'an aggregate in place of a function',
    sql: 'drop function enlarge; create aggregate enlarge(integer) (sfunc = int4pl, stype = integer)',
    says: ['FUN002 public.enlarge: numbers.enlarge'],
  },
  {
    title: 'a dropped operator',
    sql: 'drop operator ~== (parcel, parcel)',
    says: ['OPS002 boxes.same: boxes.same'],
  },
  {
    title: 'a dropped cast',
    sql: 'drop cast (integer as parcel)',
    says: ['OPS002 boxes.same: boxes.same'],
  },
  {
    title: 'a dropped type',
    sql: 'drop type parcel cascade',
    says: ['COL001 public.tickets.crate: boxes.same tickets.crates'],
  },
  {
    title: 'a dropped function in another schema',
    sql: 'drop function side.tax',
    says: ['FUN001 side.tax: rates.taxed'],
  },
  {
    title: "a function of PostgreSQL's name that takes other arguments",
    sql: 'create function abs(value text) returns text language sql as $$ select value $$',
    says: ['ENV002 abs(): numbers.abs'],
    breaks: 'by value',
  },
];
