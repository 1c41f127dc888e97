// Changes of functions: other results, and the same results written in other words.
import type { BreakingChange, FixtureChange } from '../../check/fixture.ts';

const spread = (list: string, body: string): string =>
  `drop function spread(integer); create function spread(value integer, ${list}) returns setof record language sql immutable as $$ ${body} $$`;

export const functionResultsBreaking: readonly BreakingChange[] = [
  {
    title: 'a view behind another that is renamed and says something else',
    sql: 'alter view tall_trees rename to trees_up; create or replace view trees_up as select id, kind from trees where height > 5',
    says: ['REL003 public.tall_kinds: kinds.list'],
    breaks: 'by value',
  },
  {
    title: 'white space in a text of a trigger function',
    sql: "create or replace function stamp() returns trigger language plpgsql as $$ begin new.hint := 'a b'; return new; end $$",
    says: ['TRG001 public.labels.stamp: labels.add'],
    breaks: 'by value',
  },
  {
    title: 'a function that is strict now',
    sql: `create or replace function tall(minimum integer) returns table (id integer, kind text, height integer) language sql stable strict as
  $$ select id, kind, height from trees where height >= minimum order by id limit 2 $$`,
    says: ['FUN004 public.tall: tall.all tall.joined tall.kinds'],
    breaks: 'by value',
  },
  {
    title: 'a function that has the rights of its owner now, and ends in a comment',
    sql: 'alter function one_tree(integer) security definer',
    says: ['FUN004 public.one_tree: one.tree'],
    breaks: 'by value',
  },
  {
    title: 'a partition that is detached behind a view of the name',
    sql: 'alter table crops rename to crops_all; create view crops as select * from crops_all; alter table crops_all detach partition crops_2026',
    says: ['REL004 public.crops_2026: crops.list'],
    breaks: 'by value',
  },
  {
    title: 'a table with policies, renamed under a view with the rights of its owner',
    sql: 'alter table diary rename to diaries; create view diary as select * from diaries',
    says: ['RLS002 public.diary: diary.list'],
    breaks: 'by value',
  },
  {
    title: 'another policy behind a view with the rights of its caller',
    sql: 'alter table diary rename to diaries; create view diary with (security_invoker = on) as select * from diaries; alter policy lines on diaries using (id > 1)',
    says: ['RLS002 public.diaries: diary.list'],
    breaks: 'by value',
  },
  {
    title: 'OUT arguments in another order',
    sql: spread('out high text, out low integer', "select 'h', value - 1"),
    says: ['FUN003 public.spread: spread.all spread.named spread.row', 'FUN004 public.spread: spread.low'],
    // A row is an object, whose members have no order.
    breaks: 'by value',
  },
  {
    title: 'an OUT argument less, whose column one operation names',
    sql: `drop function tall(integer); create function tall(minimum integer, out id integer, out kind text) returns setof record
      language sql stable as $$ select id, kind from trees where height >= minimum order by id limit 2 $$`,
    // Another table's column has the name too.
    says: ['FUN003 public.tall: tall.all', 'FUN004 public.tall: tall.joined tall.kinds'],
    breaks: 'by value',
  },
  {
    title: 'an OUT argument of another type, whose name a table has too',
    sql: `drop function tall(integer); create function tall(minimum integer, out id integer, out kind text, out height bigint)
      returns setof record language sql stable as $$ select id, kind, height::bigint from trees where height >= minimum order by id limit 2 $$`,
    says: ['FUN003 public.tall: tall.all', 'FUN004 public.tall: tall.joined tall.kinds'],
    breaks: 'by value',
  },
  {
    title: 'an OUT argument of another type that one operation gives',
    sql: `drop function tall(integer); create function tall(minimum integer, out id integer, out kind varchar, out height integer)
      returns setof record language sql stable as $$ select id, kind::varchar, height from trees where height >= minimum order by id limit 2 $$`,
    says: ['FUN003 public.tall: tall.all tall.joined tall.kinds'],
    breaks: 'by value',
  },
  {
    title: 'an OUT argument of another type',
    sql: spread('out low integer, out high integer', 'select value - 1, 8'),
    says: ['FUN003 public.spread: spread.all spread.named spread.row', 'FUN004 public.spread: spread.low'],
    breaks: 'by value',
  },
  {
    title: 'an OUT argument more at the end, and who takes the row as one value',
    sql: spread('out low integer, out high text, out more integer', "select value - 1, 'h', 1"),
    says: ['FUN003 public.spread: spread.row', 'FUN004 public.spread: spread.all spread.low spread.named'],
    breaks: 'by value',
  },
  {
    title: 'one row of OUT arguments that became a set',
    sql: `drop function span(integer); create function span(value integer, out low integer, out high text) returns setof record
      language sql immutable as $$ select value - 1, 'h' $$`,
    says: ['FUN003 public.span: span.all'],
    breaks: 'by value',
  },
  {
    title: 'rows of another table',
    sql: `create table bushes (id integer primary key, height integer, kind text); drop function some_trees(integer);
      create function some_trees(most integer) returns setof bushes language sql stable as $$ select * from bushes limit most $$`,
    says: ['FUN003 public.some_trees: some.all', 'FUN004 public.some_trees: some.trees'],
    breaks: 'by value',
  },
  {
    title: 'another collation of a column that is compared, also through a view',
    sql: 'drop view label_codes; alter table labels alter code type text collate "POSIX"; create view label_codes as select id, code from labels',
    says: ['COL007 public.labels.code: labels.codes labels.titles'],
    breaks: 'by value',
  },
  {
    title: 'a collation that is lost',
    sql: 'drop view label_codes; alter table labels alter code type text; create view label_codes as select id, code from labels',
    says: ['COL007 public.labels.code: labels.codes labels.titles'],
    breaks: 'by value',
  },
];

export const functionResultsHarmless: readonly FixtureChange[] = [
  {
    title: 'a view behind another that is renamed',
    sql: 'alter view tall_trees rename to trees_up',
  },
  {
    title: 'a view made anew over one that is renamed',
    sql: 'drop view tall_kinds; alter view tall_trees rename to trees_up; create view tall_kinds as select kind from trees_up where id < 4',
  },
  {
    title: 'a table in another schema behind a view of its name',
    sql: 'alter table admissions set schema side; create view admissions as select * from side.admissions',
  },
  {
    title: 'a partitioned table that is renamed under a view of its name',
    sql: 'alter table crops rename to crops_all; create view crops as select * from crops_all',
  },
  {
    title: 'a table that others inherit from, renamed under a view of its name',
    sql: 'alter table sacks rename to sacks_all; create view sacks as select * from sacks_all',
  },
  {
    title: 'a table that inherits, renamed under a view of its name',
    sql: 'alter table old_sacks rename to older_sacks; create view old_sacks as select * from older_sacks',
  },
  {
    title: 'a table with policies, renamed under a view with the rights of its caller',
    sql: 'alter table diary rename to diaries; create view diary with (security_invoker = on) as select * from diaries',
  },
  {
    title: 'a trigger function with another name, white space and comments',
    sql: `alter function stamp() rename to stamp_label; create or replace function stamp_label() returns trigger language plpgsql as $$
      begin -- it's the hint
        new.hint := 'a  b'; /* and no more */
        return new;
      end $$`,
  },
  {
    title: 'a function with another cost and white space',
    sql: `create or replace function spread(value integer, out low integer, out high text) returns setof record language sql immutable
      cost 7 rows 3 parallel safe as $$
        select value - 1,
               'h'
      $$`,
  },
  {
    title: 'another comment at the end of a function',
    sql: `create or replace function one_tree(asked integer) returns trees language sql stable as
      $$ select * from trees where id = asked -- by what was asked$$`,
  },
  {
    title: 'the collation of the type written out',
    sql: 'alter table labels alter hint type varchar(30) collate "default"',
  },
  {
    title: 'a collation that is given back',
    sql: 'drop view label_codes; alter table labels alter code type text; alter table labels alter code type text collate "C"; create view label_codes as select id, code from labels',
  },
  {
    title: 'a table behind a function that is renamed under a view of its name',
    sql: 'alter table trees rename to plants; create view trees as select * from plants',
  },
  {
    title: 'a table that only a function names, renamed under a view of its name',
    sql: 'alter table fruits rename to produce; create view fruits as select * from produce',
  },
  {
    title: 'OUT arguments in place of RETURNS TABLE',
    sql: `drop function tall(integer); create function tall(minimum integer, out id integer, out kind text, out height integer)
      returns setof record language sql stable as
  $$ select id, kind, height from trees where height >= minimum order by id limit 2 $$`,
  },
];
