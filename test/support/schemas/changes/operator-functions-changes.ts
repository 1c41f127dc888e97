// Changes behind user-defined operators, casts and aggregates: those that break the release, and harmless ones.
import type { BreakingChange, FixtureChange } from '../../check/fixture.ts';

const heavy = 'cheeses.any cheeses.heavy cheeses.heavyThan sales.add';

export const operatorFunctionsBreaking: readonly BreakingChange[] = [
  {
    title: 'a table that only a function reads which the function of an operator calls',
    sql: 'drop table weights',
    says: [`FUN005 public.weigh(age): ${heavy}`],
    breaks: 'by value',
  },
  {
    title: 'a column that only the function of an aggregate reads',
    sql: 'alter table bonuses rename column bonus to points',
    says: ['FUN005 public.add_bonus(integer, age): cheeses.bonus'],
    breaks: 'by value',
  },
  {
    title: 'a function that the function of an operator calls with a type of its own',
    sql: 'drop function weigh(age)',
    says: [`FUN005 public.outweighs(age, age): ${heavy}`],
    breaks: 'by value',
  },
  {
    title: 'an operator whose function does something else',
    sql: 'create or replace function outweighs(a age, b age) returns boolean language plpgsql as $$ begin return false; end $$',
    says: [`FUN004 public.outweighs: ${heavy}`],
    breaks: 'by value',
  },
  {
    title: 'an operator whose function only raises',
    sql: "create or replace function outweighs(a age, b age) returns boolean language plpgsql as $$ begin raise 'no'; end $$",
    says: [`FUN004 public.outweighs: ${heavy}`],
    breaks: 'by value',
  },
  {
    title: 'an operator over a composite type that PostgreSQL takes apart',
    sql: 'create or replace function is_wide(a size, b size) returns boolean language sql immutable as $$ select false $$',
    says: ['FUN004 public.is_wide: cheeses.wide'],
    breaks: 'by value',
  },
  {
    title: 'an operator over a domain',
    sql: 'create or replace function outranks(a ranked, b ranked) returns boolean language plpgsql as $$ begin return nothing(a); end $$',
    says: ['FUN005 public.outranks(ranked, ranked): cheeses.ranked'],
    breaks: 'by value',
  },
  {
    title: 'an operator before its operand',
    sql: "create or replace function next_age(a age) returns age language plpgsql immutable as $$ begin return 'young'; end $$",
    says: ['FUN004 public.next_age: cheeses.next'],
    breaks: 'by value',
  },
  {
    title: 'a cast whose function does something else',
    sql: 'create or replace function age_number(a age) returns integer language plpgsql immutable as $$ begin return 0; end $$',
    says: ['FUN004 public.age_number: cheeses.number numbers.add'],
    breaks: 'by value',
  },
  {
    title: 'the last function of an aggregate',
    sql: 'create or replace function doubled(sum integer) returns integer language plpgsql as $$ begin return sum; end $$',
    says: ['FUN004 public.doubled: cheeses.bonus'],
    breaks: 'by value',
  },
  {
    title: 'an aggregate that begins with another value',
    sql: `drop aggregate side.bonus(age);
      create aggregate side.bonus(age) (sfunc = add_bonus, stype = integer, finalfunc = doubled, initcond = '5')`,
    says: ['FUN004 side.bonus: cheeses.bonus'],
    breaks: 'by value',
  },
  {
    title: 'an operator of a view',
    sql: 'create or replace function later(a age, b age) returns boolean language plpgsql as $$ begin return nothing(a); end $$',
    says: ['FUN005 public.later(age, age): aged.list'],
    breaks: 'by value',
  },
  {
    title: 'an operator that is gone',
    sql: 'drop operator >>~ (age, age)',
    says: heavy.split(' ').map((name) => `OPS002 ${name}: ${name}`),
  },
  {
    title: 'an operator that gives another type',
    sql: `drop operator >>~ (age, age);
      create function compare(a age, b age) returns integer language sql as $$ select 1 $$;
      create operator >>~ (leftarg = age, rightarg = age, function = compare)`,
    says: heavy.split(' ').map((name) => `OPS002 ${name}: ${name}`),
  },
  {
    title: 'a function of an operator that the role may not execute',
    sql: 'revoke execute on function outweighs(age, age) from public',
    says: [`PRV004 public.outweighs: ${heavy}`],
  },
  {
    title: 'a function that the function of an operator may not execute',
    sql: 'revoke execute on function weigh(age) from public',
    says: [`FUN005 public.outweighs(age, age): ${heavy}`],
    breaks: 'by value',
  },
];

export const operatorFunctionsHarmless: readonly FixtureChange[] = [
  { title: 'a table that no operator needs', sql: 'drop table unused' },
  { title: 'the function of an operator by which PostgreSQL only sorts', sql: 'drop table places' },
  {
    title: 'an operator that no operation uses, and its function',
    sql: 'drop operator <|< (age, age); drop function spare(age, age)',
  },
  {
    title: 'an operator, a cast and an aggregate that were made again',
    sql: `drop operator >>~ (age, age); create operator >>~ (leftarg = age, rightarg = age, function = outweighs);
      drop cast (age as integer); create cast (age as integer) with function age_number(age) as assignment;
      drop aggregate side.bonus(age);
      create aggregate side.bonus(age) (sfunc = add_bonus, stype = integer, finalfunc = doubled, initcond = '0')`,
  },
  {
    title: 'a function of an operator that was made again with other white space',
    sql: `create or replace function outweighs(a age, b age) returns boolean language plpgsql as $$
      begin return weigh(a) > weigh(b); end $$`,
  },
  {
    title: 'an operator of the name over another type, and a function of the name of its function',
    sql: `create function outweighs(a text, b text) returns boolean language sql as $$ select a > b $$;
      create operator >>~ (leftarg = text, rightarg = text, function = outweighs)`,
  },
  {
    title: 'a right on the function of an aggregate, which its owner has',
    sql: 'revoke execute on function add_bonus(integer, age) from public',
  },
];

/** Bodies that say the same with other operators. */
export const operatorFunctionsReworded: readonly BreakingChange[] = [
  {
    title: 'a body that asks otherwise for what stands in an array of an enum',
    sql: `create or replace function among(a age[]) returns bigint language plpgsql as $$
      begin return (select count(*) from cheeses c where not c.age <> all(a)); end $$`,
    says: ['FUN004 public.among: cheeses.among'],
  },
  {
    title: 'a body that asks otherwise for what stands in an array of an enum of another schema',
    sql: `create or replace function moods_among(a side.mood[]) returns bigint language plpgsql as $$
      begin return (select count(*) from moods m where not m.mood <> all(a)); end $$`,
    says: ['FUN004 public.moods_among: moods.among'],
  },
];

/** Functions that stand, or stood, behind something, and that no call comes to: the release cannot tell. */
export const operatorFunctionsMoved: readonly BreakingChange[] = [
  {
    title: 'an operator that has another function, beside the old one that no longer works',
    sql: `create function outweighs2(a age, b age) returns boolean language sql immutable as $$
        select array_position(array['young', 'ripe', 'old']::age[], a) > array_position(array['young', 'ripe', 'old']::age[], b) $$;
      drop operator >>~ (age, age); create operator >>~ (leftarg = age, rightarg = age, function = outweighs2);
      drop table weights`,
    says: [`FUN005 public.weigh(age): ${heavy}`],
  },
  {
    title: 'an aggregate that has another function for each row',
    sql: `create function add_bonus2(sum integer, a age) returns integer language sql immutable as $$ select sum + 1 $$;
      create or replace aggregate side.bonus(age) (sfunc = add_bonus2, stype = integer, finalfunc = doubled, initcond = '0');
      drop table bonuses`,
    says: ['FUN004 side.bonus: cheeses.bonus', 'FUN005 public.add_bonus(integer, age): cheeses.bonus'],
  },
  {
    title: 'a cast that has another function, where the old one gives another type',
    sql: `create function age_number2(a age) returns integer language sql immutable as $$ select length(a::text) $$;
      drop cast (age as integer); create cast (age as integer) with function age_number2(age) as assignment;
      drop function age_number(age);
      create function age_number(a age) returns text language sql as $$ select a::text $$`,
    says: ['FUN003 public.age_number: cheeses.number numbers.add'],
  },
  {
    title: 'the function of the equality of an order by which PostgreSQL only sorts',
    sql: `create or replace function is_as_wide(a size, b size) returns boolean language plpgsql immutable as $$
      begin return a.width = b.width and nothing(a); end $$`,
    says: ['FUN005 public.is_as_wide(size, size): cheeses.sorted'],
  },
];
