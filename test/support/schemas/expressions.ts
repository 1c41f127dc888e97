// A schema for what travels through expressions: NULL, sequences that statements call, functions that share a name, and
// results made by `*`.
import { read, write, type Fixture, type FixtureOperation } from '../check/fixture.ts';

const expressionsSql = `
create schema if not exists side;
create sequence berth_numbers;
create table ships (id integer primary key, name text not null default 'x', note text, extra jsonb, port text, city text);
create table ports (id integer primary key, city text not null);
create table flags (id integer primary key, code text);
create function levy(amount numeric) returns numeric language sql immutable as $$ select amount * 2 $$;
create function levy(amount integer, percent numeric) returns numeric language sql immutable as $$ select amount * percent $$;
create function corners(value integer, out low integer, out high text) returns setof record language sql immutable as
  $$ select value, 'high' $$;
create table crews (id integer primary key, name text not null, email text, left_at date);
create unique index crews_email on crews (lower(email));
create unique index crews_name on crews (name) where left_at is null;
insert into ports select n, 'city ' || n from generate_series(1, 40) n;
insert into ships (id, name, note, port, city) select n, 'ship ' || n, 'note', 'port', 'c' from generate_series(1, 40) n;
insert into flags select n, 'flag ' || n from generate_series(1, 5) n;
`;

/** The note that each leaves when its caller leaves out `note` is NULL. */
export const nullOperations: Readonly<Record<string, FixtureOperation>> = {
  'null.case': write("update ships set note = case when :note = 'x' then 'y' else :note end where id = 1", {
    note: null,
  }),
  'null.cast': write('update ships set note = cast(:note as varchar(20))::text where id = 2', { note: null }),
  'null.coalesce': write('update ships set note = coalesce(:note, null) where id = 3', { note: null }),
  'null.concat': write("update ships set note = 'a' || :note where id = 4", { note: null }),
  'null.json': write("update ships set note = cast(:note as jsonb)->>'x' where id = 5", { note: null }),
  'null.merge': write(
    'merge into ships s using (select :note as note) n on s.id = 6 when matched then update set note = n.note',
    { note: null },
  ),
  'null.mergeInsert': write(
    'merge into ships s using (select cast(:id as integer) as id, :note as note) n on s.id = n.id when not matched then insert (id, note) values (n.id, n.note)',
    { id: 107, note: null },
  ),
  'null.nullif': write("update ships set note = nullif(:note, '') where id = 8", { note: null }),
  'null.row': write("update ships set (note, port) = (select :note, 'x') where id = 9", { note: null }),
  'null.select': write('update ships set note = (select :note) where id = 10', { note: null }),
  'null.trim': write('update ships set note = trim(:note) where id = 11', { note: null }),
  'null.updateFrom': write('update ships s set note = n.note from (select :note as note) n where s.id = 12', {
    note: null,
  }),
  'null.upper': write('insert into ships (id, note) values (:id, upper(:note))', { id: 113, note: null }),
  'null.values': write(
    'insert into ships (id, note) select v.id, v.note from (values (cast(:id as integer), :note)) v (id, note)',
    { id: 114, note: null },
  ),
  'null.lookup': write('update ships set note = (select code from flags where id = :flag) where id = 15', {
    flag: null,
  }),
  'null.with': write(
    'with v (id, note) as (select cast(:id as integer), :note) insert into ships (id, note) select id, note from v',
    { id: 116, note: null },
  ),
};

const guardedOperations: Readonly<Record<string, FixtureOperation>> = {
  'guard.array': write('update ships set note = array_to_string(array[:note], :by) where id = 21', {
    note: null,
    by: ',',
  }),
  'guard.case': write(
    "update ships set note = case when cast(:note as text) is null then '' else :note end where id = 22",
    { note: null },
  ),
  'guard.caseNot': write(
    "update ships set note = case when :note <> '' then :note else 'none' end where id = 23",
    { note: null },
  ),
  'guard.coalesce': write("update ships set note = coalesce(:note, '') where id = 24", { note: null }),
  'guard.concat': write("update ships set note = concat('a', cast(:note as text)) where id = 25", {
    note: null,
  }),
  'guard.count': write(
    'update ships set note = (select count(*)::text from flags where id = :id) where id = 26',
    { id: null },
  ),
  'guard.upper': write("insert into ships (id, note) values (:id, upper(coalesce(:note, 'x')))", {
    id: 127,
    note: null,
  }),
  'guard.where': write(
    'insert into ships (id, note) select 128, upper(n.note) from (select :note as note) n where n.note is not null',
    { note: null },
  ),
};

export const expressionOperations: Readonly<Record<string, FixtureOperation>> = {
  ...nullOperations,
  ...guardedOperations,
  'berths.next': write("select nextval('berth_numbers') > 0 as is_new"),
  'crews.byEmail': write(
    'insert into crews (id, name, email) values (:id, :name, :email) on conflict (lower(email)) do nothing',
    { id: 1, name: 'ann', email: 'a@x' },
  ),
  'crews.byName': write(
    'insert into crews (id, name, email) values (:id, :name, :email) on conflict (name) where left_at is null do nothing',
    { id: 2, name: 'bob', email: 'b@x' },
  ),
  'corners.all': read('select c.* from corners(1) c'),
  'ports.remove': write('delete from ports where id = 30'),
  'levy.integer': read('select levy(1) as levied'),
  'levy.cast': read('select levy(cast(:value as integer)) as levied', { value: 2 }),
  'levy.column': read('select levy(id) as levied from ports where id = 3'),
  'levy.two': read('select levy(1, 2) as levied'),
  'flags.first': read('select p.city, f.* from flags f join ports p on p.id = f.id order by f.id'),
  'flags.last': read('select f.*, p.city from flags f join ports p on p.id = f.id order by f.id'),
};

export const expressions: Fixture = { sql: expressionsSql, operations: expressionOperations };
