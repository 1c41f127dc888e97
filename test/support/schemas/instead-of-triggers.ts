// A schema with views that are written through INSTEAD OF triggers. The triggers make the values that the tables need.
import { read, write, type BreakingChange, type Fixture, type FixtureChange } from '../check/fixture.ts';

const insteadOfTriggersSql = `
create table crates (id integer primary key, label text not null, size integer not null, note text);
create view crate_list as select id, label, note from crates;
create view crate_labels as select id, label from crate_list;
create table lids (id integer primary key, crate integer not null);
create view lid_list as select l.id, c.label from lids l join crates c on c.id = l.crate;
create function add_crate() returns trigger language plpgsql as
  $$ begin insert into crates values (new.id, coalesce(new.label, 'none'), 1, new.note); return new; end $$;
create function set_crate() returns trigger language plpgsql as
  $$ begin update crates set label = coalesce(new.label, 'none'), note = new.note where id = old.id; return new; end $$;
create function remove_crate() returns trigger language plpgsql as
  $$ begin delete from crates where id = old.id; return old; end $$;
create function lose() returns trigger language plpgsql as $$ begin return null; end $$;
create trigger filled instead of insert on crate_list for each row execute function add_crate();
create trigger kept instead of update on crate_list for each row execute function set_crate();
create trigger removed instead of delete on crate_list for each row execute function remove_crate();
create trigger closed instead of insert on lid_list for each row execute function lose();
insert into crates select n, 'label ' || n, 1 from generate_series(1, 9) n;
insert into lids values (1, 1);
`;

export const insteadOfTriggers: Fixture = {
  sql: insteadOfTriggersSql,
  operations: {
    'crates.add': write('insert into crate_list (id, label) values (11, :label)', { label: null }),
    'crates.addByView': write('insert into crate_labels (id, label) values (12, :label)', { label: null }),
    'crates.list': read('select id, label from crate_list where id = 2'),
    'crates.set': write('update crate_list set label = :label where id = 1', { label: null }),
    'crates.size': write('update crates set size = 2 where id = 3'),
    'lids.add': write("insert into lid_list (id, label) values (2, 'x')"),
  },
};

export const insteadOfTriggersBreaking: readonly BreakingChange[] = [
  {
    title: 'a trigger in place of inserts, which now go to the table',
    sql: 'drop trigger filled on crate_list',
    says: [
      'INS001 public.crates.size: crates.add crates.addByView',
      'INS002 public.crates.label: crates.add crates.addByView',
      'TRG001 public.crate_list.filled: crates.add crates.addByView',
    ],
  },
  {
    title: 'a view made again without its triggers',
    sql: 'drop view crate_labels; drop view crate_list; create view crate_list as select id, label, note from crates; create view crate_labels as select id, label from crate_list; alter table crates alter size set default 1',
    says: [
      'INS002 public.crates.label: crates.add crates.addByView crates.set',
      'TRG001 public.crate_list.filled: crates.add crates.addByView',
      'TRG001 public.crate_list.kept: crates.set',
    ],
  },
  {
    title: 'a trigger in place of updates',
    sql: 'drop trigger kept on crate_list',
    says: ['INS002 public.crates.label: crates.set', 'TRG001 public.crate_list.kept: crates.set'],
  },
  {
    title: 'a trigger in place of inserts that does something else',
    sql: 'drop trigger filled on crate_list; create trigger filled instead of insert on crate_list for each row execute function lose()',
    says: ['TRG001 public.crate_list.filled: crates.add crates.addByView'],
    breaks: 'by value',
  },
  {
    title: 'a trigger without which a view takes no rows',
    sql: 'drop trigger closed on lid_list',
    says: ['REL002 public.lid_list: lids.add'],
  },
];

export const insteadOfTriggersHarmless: readonly FixtureChange[] = [
  { title: 'a renamed trigger', sql: 'alter trigger filled on crate_list rename to made' },
  { title: 'a trigger in place of deletes, which nobody does', sql: 'drop trigger removed on crate_list' },
  {
    title: 'a check of the table behind a trigger',
    sql: "alter table crates add constraint long check (label <> 'x')",
  },
];
