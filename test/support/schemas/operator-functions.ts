// A schema with operators, casts and aggregates of its own. No statement names the functions behind them.
import { read, write, type Fixture } from '../check/fixture.ts';

const operatorFunctionsSql = `
drop schema if exists side cascade;
create schema side;
create type age as enum ('young', 'ripe', 'old');
create type size as (width integer, height integer);
create domain ranked as text;
create table weights (age age primary key, weight integer not null);
create table bonuses (age age primary key, bonus integer not null);
create table cheeses (id integer primary key, age age not null, sold age not null, size size, rank ranked);
create table sales (id integer primary key, age age not null);
create table numbers (n integer);
create table unused (id integer primary key);
insert into weights values ('young', 1), ('ripe', 2), ('old', 3);
insert into bonuses values ('young', 1), ('ripe', 1), ('old', 1);
insert into cheeses values (1, 'young', 'young', (1, 2), 'a'), (2, 'ripe', 'old', (1, 3), 'b'), (3, 'old', 'ripe', (2, 1), 'c');
create function weigh(age age) returns integer language plpgsql as $$
begin
  return (select w.weight from weights w where w.age = weigh.age);
end $$;
create function outweighs(a age, b age) returns boolean language plpgsql as $$ begin return weigh(a) > weigh(b); end $$;
create operator >>~ (leftarg = age, rightarg = age, function = outweighs);
create function is_wide(a size, b size) returns boolean language sql immutable as $$ select a.width >= b.width $$;
create operator >=~ (leftarg = size, rightarg = size, function = is_wide);
create function outranks(a ranked, b ranked) returns boolean language plpgsql as $$ begin return a > b; end $$;
create operator ^>^ (leftarg = ranked, rightarg = ranked, function = outranks);
create function next_age(a age) returns age language plpgsql immutable as $$
begin
  return case a when 'young' then 'ripe'::age else 'old' end;
end $$;
create operator @^ (rightarg = age, function = next_age);
create function age_number(a age) returns integer language plpgsql immutable as $$ begin return length(a::text); end $$;
create cast (age as integer) with function age_number(age) as assignment;
create function add_bonus(sum integer, a age) returns integer language plpgsql as $$
begin
  return sum + (select b.bonus from bonuses b where b.age = a);
end $$;
create function doubled(sum integer) returns integer language plpgsql as $$ begin return sum * 2; end $$;
create aggregate side.bonus(age) (sfunc = add_bonus, stype = integer, finalfunc = doubled, initcond = '0');
create function later(a age, b age) returns boolean language plpgsql as $$ begin return a > b; end $$;
create operator >|> (leftarg = age, rightarg = age, function = later);
create view aged as select id from cheeses where sold >|> 'young';
create function spare(a age, b age) returns boolean language plpgsql as $$ begin return a > b; end $$;
create operator <|< (leftarg = age, rightarg = age, function = spare);
create function among(a age[]) returns bigint language plpgsql as $$
begin
  return (select count(*) from cheeses c where c.age = any(a));
end $$;
create type side.mood as enum ('mild', 'sharp');
create table moods (mood side.mood primary key);
insert into moods values ('mild');
create function moods_among(a side.mood[]) returns bigint language plpgsql as $$
begin
  return (select count(*) from moods m where m.mood = any(a));
end $$;
create table places (width integer primary key);
create function is_narrower(a size, b size) returns boolean language plpgsql as $$
begin
  return a.width < b.width and exists (select from places);
end $$;
create function is_as_wide(a size, b size) returns boolean language sql immutable as $$ select a.width = b.width $$;
create function compare_width(a size, b size) returns integer language sql immutable as $$ select a.width - b.width $$;
create operator <~< (leftarg = size, rightarg = size, function = is_narrower);
create operator =~= (leftarg = size, rightarg = size, function = is_as_wide);
create operator class by_width for type size using btree as operator 1 <~<, operator 3 =~=, function 1 compare_width(size, size);
grant usage on schema side to public;
`;

export const operatorFunctions: Fixture = {
  sql: operatorFunctionsSql,
  isCut: true,
  operations: {
    'aged.list': read('select id from aged order by id'),
    'cheeses.among': read("select among(array['young', 'ripe']::age[]) as n"),
    'cheeses.any': read("select id from cheeses where age >>~ any (array['young', 'ripe']::age[])"),
    'cheeses.bonus': read('select side.bonus(age) as bonus from cheeses'),
    'cheeses.heavy': read('select id from cheeses where age >>~ sold'),
    'cheeses.heavyThan': read('select id from cheeses where age >>~ :age', { age: 'young' }),
    'cheeses.next': read('select id, @^ age as age from cheeses where id = 1'),
    'cheeses.number': read('select cast(age as integer) as n from cheeses where id = 2'),
    'cheeses.plain': read('select id from cheeses where age > sold'),
    'cheeses.ranked': read("select id from cheeses where rank ^>^ 'a'::ranked order by id"),
    'cheeses.sorted': read('select id from cheeses order by size using <~<, id'),
    'cheeses.wide': read('select id from cheeses where size >=~ row(2, 2)::size'),
    'moods.among': read("select moods_among(array['mild']::side.mood[]) as n"),
    'numbers.add': write('insert into numbers (n) select age from cheeses'),
    'sales.add': write('insert into sales select id, age from cheeses where age >>~ sold'),
  },
};
