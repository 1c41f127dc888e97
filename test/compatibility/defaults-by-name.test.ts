// Defaults that statements ask for by name: what the check says, beside what a call then really does.
import { describeOnChosenEngines } from '../support/databases/database.ts';
import { judgeChanges } from '../support/check/judge-changes.ts';
import { write, type BreakingChange, type Fixture, type FixtureChange } from '../support/check/fixture.ts';

const shelves: Fixture = {
  sql: `
create table jars (id integer primary key, kind text not null default 'x', note text default 'n', full_at date not null default '2026-01-01');
create table lids (id integer primary key, kind text not null default 'x');
create function keep_kind() returns trigger language plpgsql as $$ begin new.kind := coalesce(new.kind, 'y'); return new; end $$;
create trigger kept before insert or update on lids for each row execute function keep_kind();
create view full_jars as select id, kind from jars where kind <> 'empty';
create view inner_jars as select id, kind from full_jars where id < 1000;
create view lid_list as select id, kind from lids where id < 1000 with local check option;
insert into jars (id) values (1), (2), (3), (4);
insert into lids (id) values (1);`,
  operations: {
    'jars.add': write("insert into inner_jars (id, kind) values (:id, 'empty')", { id: 50 }),
    'jars.note': write('update jars set note = default where id = 2'),
    'jars.put': write('insert into jars (id) values (:id) on conflict (id) do update set full_at = default', {
      id: 3,
    }),
    'jars.reset': write('update jars set kind = default where id = 4'),
    'lids.add': write("insert into lid_list (id, kind) values (:id, 'z')", { id: 51 }),
    'lids.reset': write('update lids set kind = default where id = 1'),
  },
};

const breaking: readonly BreakingChange[] = [
  {
    title: 'the default that an UPDATE asks for',
    sql: 'alter table jars alter kind drop default',
    says: ['INS001 public.jars.kind: jars.put jars.reset'],
  },
  {
    title: 'the default that the update of an ON CONFLICT asks for',
    sql: 'alter table jars alter full_at drop default',
    says: ['INS001 public.jars.full_at: jars.add jars.put'],
  },
  {
    title: 'a default in whose place a trigger gives a value',
    sql: 'alter table lids alter kind drop default',
    says: ['INS001 public.lids.kind: lids.reset'],
    breaks: 'by value',
  },
];

const harmless: readonly FixtureChange[] = [
  { title: 'the default of a column that may be null', sql: 'alter table jars alter note set default null' },
  { title: 'another default', sql: "alter table jars alter kind set default 'z'" },
  { title: 'a check option that is gone', sql: 'alter view lid_list reset (check_option)' },
  {
    title: 'a view with its check option that was made again',
    sql: 'drop view lid_list; create view lid_list as select id, kind from lids where id < 1000 with local check option',
  },
  {
    title: 'a view that shows nothing of its rows to others',
    sql: 'alter view full_jars set (security_barrier = true)',
  },
];

describeOnChosenEngines('the check of defaults that statements ask for by name', (engine) => {
  judgeChanges(engine, shelves, { breaking, harmless });
});
