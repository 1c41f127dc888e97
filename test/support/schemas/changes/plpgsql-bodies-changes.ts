// Changes of what the bodies of PL/pgSQL functions use: those that break the release, and harmless ones.
import type { BreakingChange, FixtureChange } from '../../check/fixture.ts';

export const plpgsqlBodiesBreaking: readonly BreakingChange[] = [
  {
    title: 'a table that only a body reads',
    sql: 'drop table songs',
    says: ['FUN005 public.song_title(integer): songs.title'],
  },
  {
    title: 'a table that was renamed',
    sql: 'alter table songs rename to tracks',
    says: ['FUN005 public.song_title(integer): songs.title'],
  },
  {
    title: 'a column that only a body reads',
    sql: 'alter table songs drop column title',
    says: ['FUN005 public.song_title(integer): songs.title'],
  },
  {
    title: 'a column that was renamed',
    sql: 'alter table songs rename column title to name',
    says: ['FUN005 public.song_title(integer): songs.title'],
  },
  {
    title: 'a column that a body writes',
    sql: 'alter table plays rename column song to track',
    says: ['FUN005 public.play(integer): plays.add'],
  },
  {
    title: 'a column that has the name of an argument, given in another way',
    sql: 'alter table stats rename column song to track',
    says: ['FUN005 public.play(integer): plays.add'],
  },
  {
    title: 'a key that an ON CONFLICT in a body needs',
    sql: 'alter table marks drop constraint song_once; alter table marks add constraint song_once unique (song, points)',
    says: ['FUN005 public.restat(integer): marks.add'],
  },
  {
    title: 'a constraint that an ON CONFLICT in a body names',
    sql: 'alter table marks rename constraint song_once to song_twice',
    says: ['FUN005 public.restat(integer): marks.add'],
  },
  {
    title: 'a table that a called function reads, which a function in SQL calls too',
    sql: 'drop table fees',
    says: ['FUN005 public.fee_of(integer): fees.all fees.get'],
  },
  {
    title: 'a column that a called function reads',
    sql: 'alter table fees drop column fee',
    says: ['FUN005 public.fee_of(integer): fees.all fees.get'],
  },
  {
    title: 'a called function that is gone',
    sql: 'drop function fee_of(integer)',
    says: ['FUN005 public.fees_of(integer[]): fees.all', 'FUN005 public.fee_in_sql(integer): fees.get'],
    breaks: 'by value',
  },
  {
    title: 'a called function that takes other types',
    sql: 'drop function fee_of(integer); create function fee_of(date) returns numeric language sql as $$ select 1.0 $$',
    says: ['FUN005 public.fees_of(integer[]): fees.all', 'FUN005 public.fee_in_sql(integer): fees.get'],
    breaks: 'by value',
  },
  {
    title: 'a table whose row a variable has',
    sql: 'drop table tapes',
    says: ['FUN005 public.reel_of(integer): tapes.reel'],
  },
  {
    title: 'a column whose type a variable has, and that a body takes from a row',
    sql: 'alter table tapes rename column reel to width',
    says: ['FUN005 public.reel_of(integer): tapes.reel'],
  },
  {
    title: 'a column of the query of a loop',
    sql: 'alter table tags rename column tag to label',
    says: ['FUN005 public.tagged(text): tags.list'],
  },
  {
    title: 'a label that a condition compares with',
    sql: "alter type side.genre rename value 'jazz' to 'swing'",
    says: ['FUN005 public.is_jazz(integer): albums.jazz'],
  },
  {
    title: 'a column that a condition reads',
    sql: 'alter table albums drop column genre',
    says: ['FUN005 public.is_jazz(integer): albums.jazz'],
  },
  {
    title: 'a table that only a branch reads',
    sql: 'drop table archive',
    says: ['FUN005 public.kept(integer): songs.kept'],
    breaks: 'by value',
  },
  {
    title: 'a table whose absence a body handles',
    sql: 'drop table spare',
    says: ['FUN005 public.guarded(): spare.count'],
    breaks: 'by value',
  },
  {
    title: 'a table found by a search_path of the function',
    sql: 'alter table side.rooms rename to halls',
    says: ['FUN005 public.rooms_there(): rooms.count'],
  },
  {
    title: 'a column found by a search_path of the function',
    sql: 'alter table side.rooms rename column name to title',
    says: ['FUN005 public.rooms_there(): rooms.count'],
  },
  {
    title: 'a table that a function with the rights of its owner reads',
    sql: 'alter table vault rename to cellar',
    says: ['FUN005 public.secrets(): secrets.list'],
  },
  {
    title: 'a table that bodies with tables of their own read',
    sql: 'drop table takes',
    says: [
      'FUN005 public.rough(text): takes.rough',
      'FUN005 public.shadowed(text): takes.shadowed',
      'FUN005 public.tally(): takes.tally',
    ],
    // A body that may make a temporary table by a text may have made one of any name.
    breaks: 'by value',
  },
  {
    title: 'a table that a function reads which a view behind a view calls',
    sql: 'drop table ratings',
    says: ['FUN005 public.stars_of(integer): ratings.ids ratings.list'],
    breaks: 'by value',
  },
  {
    title: 'a column that a trigger gives a value',
    sql: 'alter table covers rename column changed to changes',
    says: ['FUN005 public.stamp_cover(): covers.change'],
  },
  {
    title: 'a table that the function of a trigger reads',
    sql: 'alter table cover_kinds rename to kinds',
    says: ['FUN005 public.log_cover(): covers.add covers.change'],
  },
  {
    title: 'a table that a branch of the function of a trigger writes',
    sql: 'drop table cover_log',
    says: ['FUN005 public.log_cover(): covers.add covers.change'],
    breaks: 'by value',
  },
  {
    title: 'a table that the function of a trigger with a condition reads',
    sql: 'drop table pressing_limits',
    says: ['FUN005 public.limit_pressing(): pressings.copies'],
    breaks: 'by value',
  },
  {
    title: 'only that a body differs, where it was replaced together with its table',
    sql: `alter table songs rename to tracks; create or replace function song_title(song integer) returns text language plpgsql as $$ begin return (select t.title from tracks t where t.id = song); end $$`,
    says: ['FUN004 public.song_title: songs.title'],
  },
  {
    title: 'a body that was replaced by one that does not fit',
    sql: `create or replace function song_title(song integer) returns text language plpgsql as $$ begin return (select title from tunes t where t.id = song); end $$`,
    says: ['FUN005 public.song_title(integer): songs.title'],
  },
  ...(
    [
      ['', 'create temp table if not exists picked (id integer) on commit drop'],
      ['by a text', "execute 'create temp table if not exists picked (id integer) on commit drop'"],
      ['by a function that it calls', 'perform make_picked()'],
    ] as const
  ).map(([how, makes]): BreakingChange => ({
    title: `no more than perhaps: a body whose table a new function makes ${how}`,
    sql: `create function make_picked() returns void language sql as $$ create temp table if not exists picked (id integer) on commit drop $$;
        create function pick() returns void language plpgsql as $$ begin ${makes}; end $$;
        create or replace function tally() returns bigint language plpgsql as $$
        begin perform pick(); insert into picked values (11); return (select sum(p.id) from picked p); end $$`,
    says: ['FUN005 public.tally(): takes.tally'],
  })),
  {
    title: 'no more than perhaps: a body whose table a new procedure makes',
    sql: `create procedure pick() language plpgsql as $$ begin create temp table if not exists picked (id integer) on commit drop; end $$;
      create or replace function tally() returns bigint language plpgsql as $$
      begin call pick(); insert into picked values (11); return (select sum(p.id) from picked p); end $$`,
    says: ['FUN005 public.tally(): takes.tally'],
  },
  {
    title: 'a body whose table a new function does not make',
    sql: `create function pick() returns void language plpgsql as $$ begin create temp table if not exists chosen (id integer) on commit drop; end $$;
      create or replace function tally() returns bigint language plpgsql as $$ begin perform pick(); return (select max(p.id) from picked p); end $$`,
    says: ['FUN005 public.tally(): takes.tally'],
  },
];

export const plpgsqlBodiesHarmless: readonly FixtureChange[] = [
  { title: 'nothing', sql: 'select 1' },
  {
    title: 'columns that no body names',
    sql: 'alter table songs drop column length; alter table archive drop column kept; alter table tapes drop column label',
  },
  {
    title: 'new columns',
    sql: 'alter table songs add total integer, add found_title2 text; alter table fees add total integer; alter table tapes add wide integer; alter table tags add r integer',
  },
  {
    title: 'a view in the place of a table',
    sql: 'alter table songs rename to tracks; create view songs as select * from tracks',
  },
  {
    title: 'a table that moved to another schema of the search_path of a function',
    sql: 'create table side.more (id integer); drop table side.more',
  },
  {
    title: 'a trigger that is gone, whose function no longer fits',
    sql: 'drop trigger logged on covers; create trigger logged after insert or update on covers for each row execute function log_cover()',
  },
  {
    title: 'a column that has the name of a variable, where the body says that the column is meant',
    sql: 'alter table takes rename column id to number; alter table takes add id integer default 1; alter table takes add title text',
  },
];
