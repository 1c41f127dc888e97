// A schema for functions in the forms of their results, collations, and what follows a rename.
import { read, write, type Fixture, type FixtureOperation } from '../check/fixture.ts';

const functionResultsSql = `
drop schema if exists side cascade;
create schema side;
create table trees (id integer primary key, kind text not null, height integer not null default 1);
insert into trees (id, kind) select n, 'kind ' || n from generate_series(1, 20) n;
create function spread(value integer, out low integer, out high text) returns setof record language sql immutable as
  $$ select value - 1, 'h' $$;
create function span(value integer, out low integer, out high text) language sql immutable as $$ select value - 1, 'h' $$;
create function tall(minimum integer) returns table (id integer, kind text, height integer) language sql stable as
  $$ select id, kind, height from trees where height >= minimum order by id limit 2 $$;
create function some_trees(most integer) returns setof trees language sql stable as $$ select * from trees order by id limit most $$;
create table labels (id integer primary key, code text collate "C" not null, hint varchar(20));
create table codes (code text collate "C" primary key, title text not null);
insert into labels values (1, 'a', 'x'), (2, 'B', 'y');
insert into codes values ('a', 'first'), ('B', 'second');
create view label_codes as select id, code from labels;
create function stamp() returns trigger language plpgsql as $$ begin new.hint := 'a  b'; return new; end $$;
create trigger stamp before insert on labels for each row execute function stamp();
create table crops (id integer not null, day date not null) partition by range (day);
create table crops_2026 partition of crops for values from ('2026-01-01') to ('2027-01-01');
create table sacks (id integer not null);
create table old_sacks () inherits (sacks);
insert into crops values (1, '2026-05-01');
insert into old_sacks values (1);
create table diary (id integer primary key, line text);
insert into diary values (1, 'dear');
alter table diary enable row level security;
alter table diary force row level security;
create policy lines on diary using (id > 0);
create view tall_trees as select id, kind from trees where height > 0;
create view tall_kinds as select kind from tall_trees where id < 4;
create table admissions (id integer primary key, at date not null);
insert into admissions values (1, '2026-01-01');
create view admission_days as select a.at, t.kind from admissions a join trees t on t.id = a.id;
create table fruits (id integer primary key, name text not null);
insert into fruits values (1, 'apple'), (2, 'pear');
create function all_fruits() returns setof fruits language sql stable as $$ select * from fruits order by id $$;
create function one_tree(asked integer) returns trees language sql stable as $$ select * from trees where id = asked -- by its number$$;
`;

const functionResultsOperations: Readonly<Record<string, FixtureOperation>> = {
  'spread.all': read('select s.* from spread(:value) s', { value: 3 }),
  'spread.low': read('select s.low from spread(:value) s', { value: 3 }),
  'spread.named': read('select s.a from spread(:value) as s (a, b)', { value: 3 }),
  'spread.row': read('select spread(:value) as row', { value: 3 }),
  'span.all': read('select low, high from span(:value)', { value: 3 }),
  'tall.all': read('select * from tall(:minimum)', { minimum: 1 }),
  'tall.kinds': read('select t.kind from tall(:minimum) t', { minimum: 1 }),
  'tall.joined': read(
    'select t.id, t.height, s.kind from trees t cross join lateral tall(t.height) s where t.id = 3 order by s.kind',
  ),
  'some.trees': read('select t.id, t.kind from some_trees(:most) t', { most: 2 }),
  'some.all': read('select t.* from some_trees(:most) t', { most: 2 }),
  'fruits.all': read('select f.* from all_fruits() f'),
  'labels.add': write('insert into labels (id, code) values (:id, :code)', { id: 101, code: 'c' }),
  'labels.hints': read('select id, hint from labels where hint > :hint order by id', { hint: 'x' }),
  'labels.titles': read(
    'select l.id, c.title from labels l join codes c on c.code = l.code where l.id < 3 order by l.id',
  ),
  'labels.codes': read('select id from label_codes where code < :code', { code: 'b' }),
  'crops.list': read('select id from crops'),
  'diary.list': read('select id, line from diary'),
  'sacks.list': read('select id from sacks'),
  'sacks.old': read('select id from old_sacks'),
  'kinds.list': read('select kind from tall_kinds order by kind'),
  'admissions.days': read('select at, kind from admission_days'),
  'admissions.list': read('select id from admissions'),
  'one.tree': read('select t.* from one_tree(:id) t', { id: 4 }),
  'trees.grow': write('update trees set height = height + 1 where id = :id returning height', { id: 5 }),
};

export const functionResults: Fixture = { sql: functionResultsSql, operations: functionResultsOperations };
