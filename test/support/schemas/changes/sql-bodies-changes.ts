// Changes of what the bodies of SQL functions use: those that break the release, and harmless ones.
import type { BreakingChange, FixtureChange } from '../../check/fixture.ts';

export const sqlBodiesBreaking: readonly BreakingChange[] = [
  {
    title: 'a table that bodies of functions read, one of them called by another',
    sql: 'drop table sacks',
    says: ['FUN005 public.stock_of(integer): sacks.stock sacks.twice'],
  },
  {
    title: 'a column that a body reads and that was renamed',
    sql: 'alter table sacks rename stock to amount',
    says: ['FUN005 public.stock_of(integer): sacks.stock sacks.twice'],
  },
  {
    title: 'a column that a body writes',
    sql: 'alter table logs drop column what',
    says: ['FUN005 public.note(text): logs.add'],
  },
  {
    title: 'a column that the last of several statements reads',
    sql: 'alter table moves rename sack to sack_id',
    says: ['FUN005 public.move(integer, numeric): moves.add'],
  },
  {
    title: 'a table that a function with the rights of its owner reads',
    sql: 'drop table owners',
    says: ['FUN005 public.richest(): owners.list'],
  },
  {
    title: 'a column that a function with the rights of its owner reads',
    sql: 'alter table owners rename name to label',
    says: ['FUN005 public.richest(): owners.list'],
  },
  {
    title: 'a table that a function finds by a search_path of its own',
    sql: 'alter table side.weights rename to masses',
    says: ['FUN005 public.weight_of(integer): weights.get'],
  },
  {
    title: 'a label that a body compares with',
    sql: "alter type side.grade rename value 'fine' to 'finest'",
    says: ['FUN005 public.price_of(text): prices.get'],
  },
  {
    title: 'a type that a body no longer returns',
    sql: 'alter table prices alter price type boolean using price > 0',
    says: ['FUN005 public.price_of(text): prices.get'],
  },
  {
    title: 'a function that only the body of another calls',
    sql: 'drop function stock_of(integer)',
    says: ['FUN001 public.stock_of: sacks.stock sacks.twice'],
  },
  {
    title: 'a table that a statement and a body read, as one cause',
    sql: 'drop table tolls',
    says: ['REL001 public.tolls: tolls.get tolls.list'],
  },
  {
    title: 'a column that a statement and a body read, as one cause',
    sql: 'alter table tolls rename toll to fee',
    says: ['COL001 public.tolls.toll: tolls.get tolls.list'],
  },
  {
    title: 'a body that was replaced by one that fits no more',
    sql: `create or replace function price_of(name text) returns numeric language sql volatile as $$
      select 1; select max(u.id)::numeric from counted u where price_of.name <> '' $$; drop function counted_all; drop table counted`,
    says: ['FUN001 public.counted_all: counted.all', 'FUN005 public.price_of(text): prices.get'],
  },
];

export const sqlBodiesHarmless: readonly FixtureChange[] = [
  {
    title: 'a column added to a table inside',
    sql: "alter table sacks add column note text not null default 'x'",
  },
  {
    title: 'a function made again as it was',
    sql: 'create or replace function stock_of(sack integer) returns numeric language sql volatile as $$ select 1; select stock from sacks where id = sack $$',
  },
  {
    title: 'a table inside renamed behind a view of its name',
    sql: 'alter table sacks rename to all_sacks; create view sacks as select * from all_sacks',
  },
  { title: 'a wider type inside', sql: 'alter table side.weights alter weight type integer' },
  { title: 'a table of no function', sql: 'create table more (id integer); drop table more' },
  {
    title: 'what only an overload that is not called reads',
    sql: 'alter table unused add column further text',
  },
  { title: 'an index and a key inside', sql: 'create unique index on sacks (stock)' },
  {
    title: 'a column inside that no body names',
    sql: 'alter table moves add column at date; alter table moves drop column at',
  },
];
