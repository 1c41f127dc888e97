// A schema whose rows only row-level security makes visible: one policy for each command.
import { read, write, type Fixture, type FixtureOperation } from '../check/fixture.ts';

const rowSecuritySql = `
create table patients (id integer primary key, name text not null, note text);
create table beds (id integer primary key, note text);
create table letters (id integer primary key, body text not null);
create table sealed (id integer primary key, body text);
insert into patients select n, 'patient ' || n, 'x' from generate_series(1, 20) n;
insert into beds select n, 'x' from generate_series(1, 3) n;
insert into letters values (1, 'dear'), (2, 'sir');
insert into sealed values (1, 'secret');
create view letter_list with (security_invoker = on) as select id, body from letters;
create view letter_bodies as select body from letters;
${['patients', 'beds', 'letters', 'sealed'].map((name) => `alter table ${name} enable row level security; alter table ${name} force row level security;`).join('\n')}
create policy seen on patients for select using (true);
create policy added on patients for insert with check (true);
create policy changed on patients for update using (id > 0);
create policy removed on patients for delete using (id > 0);
create policy every on beds using (id > 0);
create policy shown on letters using (id > 0);
create policy shut on sealed for select using (id > 0);
`;

const count = (sql: string, input: FixtureOperation['input'] = {}): FixtureOperation => ({
  ...write(sql, input),
  counts: true,
});

const rowSecurityOperations: Readonly<Record<string, FixtureOperation>> = {
  'patients.add': count('insert into patients (id, name) values (:id, :name)', { id: 101, name: 'new' }),
  'patients.addBack': write('insert into patients (id, name) values (:id, :name) returning id', {
    id: 102,
    name: 'new',
  }),
  'patients.get': read('select id, name from patients where id = :id', { id: 2 }),
  'patients.keep': count('insert into patients (id, name) values (:id, :name) on conflict (id) do nothing', {
    id: 103,
    name: 'new',
  }),
  'patients.keepAny': count('insert into patients (id, name) values (:id, :name) on conflict do nothing', {
    id: 104,
    name: 'new',
  }),
  'patients.merge': count(
    'merge into patients p using (select cast(:id as integer) as id, cast(:name as text) as name) s on p.id = s.id when matched then update set name = s.name when not matched then insert (id, name) values (s.id, s.name)',
    { id: 3, name: 'merged' },
  ),
  'patients.mergeNew': count(
    'merge into patients p using (select cast(:id as integer) as id, cast(:name as text) as name) s on p.id = s.id when not matched then insert (id, name) values (s.id, s.name)',
    { id: 105, name: 'merged' },
  ),
  'patients.put': count(
    'insert into patients (id, name) values (:id, :name) on conflict (id) do update set name = excluded.name',
    { id: 4, name: 'put' },
  ),
  'patients.remove': count('delete from patients where id = :id', { id: 5 }),
  'patients.rename': count('update patients set name = :name where id = :id', { id: 6, name: 'renamed' }),
  'patients.take': write('select id from patients where id = :id for update', { id: 7 }),
  'beds.mark': count("update beds set note = 'y'"),
  'beds.clear': count('delete from beds'),
  'letters.add': count('insert into letter_list (id, body) values (:id, :body)', { id: 11, body: 'madam' }),
  'letters.bodies': read('select body from letter_bodies where body <> :not', { not: 'madam' }),
  'letters.list': read('select id, body from letter_list where id = 1'),
  'sealed.list': read('select id from sealed'),
  'sealed.purge': count('delete from sealed where id = 1'),
};

export const rowSecurity: Fixture = { sql: rowSecuritySql, operations: rowSecurityOperations };
