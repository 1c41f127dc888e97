// A schema for what the broad schema has no room for: joins that find their columns by name, writes through views,
// arrays of enums, policies, functions in their forms, user-defined operators and casts.
import { read, write, type Fixture, type FixtureOperation } from '../check/fixture.ts';

const namesAndViewsSql = `
drop schema if exists side cascade;
create schema side;
create type mark as enum ('new', 'paid', 'late');
create type parcel as (width integer, label text);
create domain grade as integer check (value between 1 and 9);
create table shops (shop_id integer primary key, city text not null, rating integer not null default 3, opened timestamp);
create table stalls (stall_id integer primary key, shop_id integer not null references shops, kind text not null, floor integer not null);
create table tickets (id integer primary key, marks mark[] not null default '{new}', level grade not null default 5,
  crate parcel, code varchar(20) not null default 'x', seen timestamp not null default '2026-01-01 10:00');
create table logs (id serial primary key, line text not null, size integer not null default 1,
  length integer generated always as (char_length(line)) stored);
create table prices (sku text not null, day date not null, amount numeric(8,2) not null,
  constraint prices_key primary key (sku, day));
create table visits (day date not null, guest text not null, constraint visits_key unique (day, guest)) partition by range (day);
create table visits_2026 partition of visits for values from ('2026-01-01') to ('2027-01-01');
create table secrets (id integer primary key, owner text not null, body text);
alter table secrets enable row level security;
alter table secrets force row level security;
create policy all_rows on secrets using (true);
create table parents (id integer primary key, name text);
create table children (id integer primary key, parent_id integer references parents on delete cascade on update cascade);
create table side.rates (day date primary key, rate numeric(6,3) not null);
create view shop_list as select shop_id, city from shops;
create view stall_floors as select stall_id, kind, floor from stalls where floor > 0;
create view ticket_levels as select id, level, code from tickets;
create function stamp() returns trigger language plpgsql as $$ begin new.line := upper(new.line); return new; end $$;
create trigger stamp before insert on logs for each row execute function stamp();
create function enlarge(value integer, factor integer default 2) returns integer language sql immutable as $$ select value * factor $$;
create function split(value text, out head text, out tail text) language sql immutable as
  $$ select left(value, 1), substr(value, 2) $$;
create function side.tax(amount numeric) returns numeric language sql stable as $$ select amount * 1.1 $$;
create function parcel_of(value integer) returns parcel language plpgsql immutable strict as
  $$ declare made parcel; begin made.width := value; return made; end $$;
create cast (integer as parcel) with function parcel_of(integer) as assignment;
create function same_parcel(a parcel, b parcel) returns boolean language sql immutable as $$ select a.width = b.width $$;
create operator ~== (leftarg = parcel, rightarg = parcel, function = same_parcel);
insert into shops (shop_id, city, rating, opened) select n, 'city ' || n, n % 5, '2026-01-01 10:00' from generate_series(1, 20) n;
insert into stalls select n, n, 'kind ' || n, n % 3 from generate_series(1, 20) n;
insert into tickets (id, crate) select n, row(n, 'c')::parcel from generate_series(1, 20) n;
insert into logs (id, line) select n, 'line' from generate_series(101, 120) n;
insert into prices values ('s1', '2026-01-01', 5);
insert into visits values ('2026-03-01', 'ann');
insert into secrets values (1, 'ann', 'hidden'), (2, 'bob', 'more');
insert into parents values (1, 'p'), (2, 'q'), (3, 'r');
insert into children values (1, 1), (2, 2);
insert into side.rates values ('2026-01-01', 1.5);
`;

const namesAndViewsOperations: Readonly<Record<string, FixtureOperation>> = {
  'boxes.same': read(
    'select id from tickets where crate ~== cast(cast(:width as integer) as parcel) order by id',
    {
      width: 3,
    },
  ),
  'children.list': read('select id, parent_id from children order by id'),
  'logs.add': write('insert into logs (line) values (:line) returning line, size, length', { line: 'abc' }),
  'logs.lengths': read('select length from logs where id = 101'),
  'parents.rename': write('update parents set name = :name where id = 3', { name: 'x' }),
  'prices.put': write(
    'insert into prices (sku, day, amount) values (:sku, :day, :amount) on conflict on constraint prices_key do update set amount = excluded.amount',
    { sku: 's1', day: '2026-01-01', amount: '6' },
  ),
  'rates.taxed': read('select day, side.tax(rate) as taxed from side.rates'),
  'numbers.abs': read('select abs(:value::integer) as size', { value: -4 }),
  'numbers.enlarge': read('select enlarge(:value) as scaled', { value: 4 }),
  'secrets.mine': read('select id, body from secrets where owner = :owner order by id', { owner: 'ann' }),
  'shops.lateral': read(
    'select s.city, l.kind from shops s, lateral (select kind from stalls where stalls.shop_id = s.shop_id and rating > 1) l where s.shop_id = 3',
  ),
  'shops.put': write(
    'insert into shop_list (shop_id, city) values (:id, :city) on conflict (shop_id) do update set city = excluded.city returning city',
    { id: 7, city: 'new' },
  ),
  'shops.rated': read(
    'select city from shops where exists (select 1 from stalls where stalls.shop_id = shops.shop_id and rating > 2) and shops.shop_id < 6 order by city',
  ),
  'shops.opened': read('select opened from shops where shop_id = 8'),
  'split.all': read('select head, tail from split(:value)', { value: 'abc' }),
  'stalls.floors': read('select stall_id, kind, floor from stall_floors where stall_id = 4'),
  'stalls.merge': write(
    'merge into stalls t using (select cast(:id as integer) as id) s on t.stall_id = s.id when matched then update set kind = :kind',
    { id: 9, kind: 'merged' },
  ),
  'stalls.natural': read('select kind, city from stalls natural join shops where stall_id = 5'),
  'stalls.using': read('select kind, city from stalls join shops using (shop_id) where stall_id = 6'),
  'tickets.all': read('select * from ticket_levels where id = 2'),
  'tickets.crates': read('select (crate).width as width, (crate).label as label from tickets where id = 3'),
  'tickets.find': read("select id from tickets where 'new' = any(marks) and id < 4 order by id"),
  'tickets.mark': write("update tickets set marks = marks || 'paid'::mark where id = 5 returning id"),
  'tickets.markAs': write('update tickets set marks = array[:mark]::mark[] where id = 8 returning id', {
    mark: 'late',
  }),
  'tickets.seen': read('select seen, code from tickets where id = 6'),
  'tickets.set': write('update tickets set level = :level where id = 7 returning level', { level: 4 }),
  'visits.add': write(
    'insert into visits (day, guest) values (:day, :guest) on conflict (day, guest) do nothing',
    {
      day: '2026-04-01',
      guest: 'bob',
    },
  ),
  'visits.list': read("select guest from visits where guest = 'ann'"),
};

export const namesAndViews: Fixture = { sql: namesAndViewsSql, operations: namesAndViewsOperations };
