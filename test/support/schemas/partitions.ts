// A schema with partitions on two levels that have checks and triggers of their own, below and behind the relations that a
// release names.
import { read, write, type Fixture } from '../check/fixture.ts';

const partitionsSql = `
create table loads (at date not null, kind text not null, weight integer not null default 1, note text) partition by range (at);
create table loads_2025 partition of loads for values from ('2025-01-01') to ('2026-01-01');
alter table loads_2025 add constraint light check (weight < 1000);
create table loads_2026 partition of loads for values from ('2026-01-01') to ('2027-01-01') partition by list (kind);
create table loads_2026_stone partition of loads_2026 for values in ('stone');
create table loads_2026_sand partition of loads_2026 for values in ('sand');
create table loads_2027 partition of loads for values from ('2027-01-01') to ('2028-01-01');
create function keep() returns trigger language plpgsql as $$ begin return new; end $$;
create function lose() returns trigger language plpgsql as $$ begin return null; end $$;
create trigger kept before insert on loads_2025 for each row execute function keep();
create trigger everywhere before update on loads for each row execute function keep();
create table archive (at date not null, kind text not null) partition by range (at);
create table archive_2025 partition of archive for values from ('2025-01-01') to ('2026-01-01') partition by list (kind);
create table archive_2025_stone partition of archive_2025 for values in ('stone');
create table scales (id integer primary key, weight integer);
insert into scales values (1, 5);
create materialized view weights as select id, weight from scales;
create view heavy as select id from weights where weight > 1;
create materialized view heaviest as select max(id) as id from heavy;
create table pits (id integer primary key);
insert into loads (at, kind) values ('2025-05-01', 'stone'), ('2026-05-01', 'stone'), ('2026-05-01', 'sand');
insert into archive values ('2025-05-01', 'stone');
`;

export const partitions: Fixture = {
  sql: partitionsSql,
  operations: {
    'archive.list': read('select kind from archive'),
    'heaviest.get': read('select id from heaviest'),
    'heavy.list': read('select id from heavy'),
    'loads.add': write('insert into loads (at, kind) values (:at, :kind)', {
      at: '2026-06-01',
      kind: 'sand',
    }),
    'loads.list': read("select at, kind from loads where kind = 'stone' order by at"),
    'pits.add': write('insert into pits select id + 10 from weights where id = :id', { id: 1 }),
    'pits.list': read('select id from pits where id = 99'),
    'loads.note': write("update loads set note = :note where at = '2025-05-01'", { note: 'n' }),
  },
};
