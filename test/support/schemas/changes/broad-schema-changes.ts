// Changes of the broad schema: those that break something, with every finding that the check must report, and harmless ones.
import type { BreakingChange, FixtureChange } from '../../check/fixture.ts';
export const breaking: readonly BreakingChange[] = [
  {
    title: 'a dropped column',
    sql: 'alter table customers drop column tier',
    says: ['COL001 public.customers.tier: customers.add customers.get'],
  },
  {
    title: 'a renamed column',
    sql: 'alter table orders rename column note to remark; alter table customers rename column balance to saldo',
    says: ['COL001 public.customers.balance: customers.add customers.get'],
  },
  {
    title: 'a renamed quoted column',
    sql: 'alter table "Audit Log" rename column "What" to what',
    says: ['COL001 public.Audit Log.What: audit.add audit.list'],
  },
  {
    title: 'a dropped table in another schema',
    sql: 'drop table side.invoices cascade',
    says: ['REL001 public.invoice_list: invoices.totals', 'REL001 side.invoices: invoices.add invoices.list'],
  },
  {
    title: 'a dropped view under a view',
    sql: 'drop view open_orders cascade',
    says: ['REL001 public.big_orders: orders.big'],
  },
  {
    title: 'a dropped materialized view',
    sql: 'drop materialized view totals',
    says: ['REL001 public.totals: orders.totals'],
  },
  {
    title: 'integer to bigint',
    sql: 'alter table bookings alter room type bigint',
    says: ['COL002 public.bookings.room: bookings.add bookings.list'],
    breaks: 'by value',
  },
  {
    title: 'text to integer',
    sql: 'alter table notes alter b type integer using 1',
    says: ['COL002 public.notes.b: notes.add notes.all'],
  },
  {
    title: 'a narrowed varchar',
    sql: 'drop view customer_names; alter table customers alter name type varchar(8); create view customer_names as select id, email, name from customers',
    says: [
      'COL003 public.customers.name: customers.add customers.addView customers.get customers.rename customers.upsert customers.upsertNamed',
    ],
    breaks: 'by value',
  },
  {
    title: 'a narrowed domain',
    sql: "alter table contacts alter address type text; drop domain email_address; create domain email_address as varchar(2) check (value like '%@%'); truncate contacts; alter table contacts alter address type email_address",
    says: ['COL003 public.contacts.address: contacts.add contacts.all'],
    breaks: 'by value',
  },
  {
    title: 'a required column',
    sql: "alter table customers add region text not null default 'x'; alter table customers alter region drop default",
    says: [
      'INS001 public.customers.region: customers.add customers.addView customers.upsert customers.upsertNamed',
    ],
  },
  {
    title: 'a required column of a partitioned table',
    sql: "alter table events add region text not null default 'x'; alter table events alter region drop default",
    says: ['INS001 public.events.region: events.add'],
    breaks: 'by value',
  },
  {
    title: 'SET NOT NULL on what the caller may leave out',
    sql: "update customers set tier = 'x' where tier is null; alter table customers alter tier set not null",
    says: [
      'INS001 public.customers.tier: customers.addView customers.upsert customers.upsertNamed',
      'INS002 public.customers.tier: customers.add',
    ],
    breaks: 'by value',
  },
  {
    title: 'reordered columns of an INSERT without a list',
    sql: "drop table notes; create table notes (b text not null, a text not null); insert into notes values ('right', 'left')",
    says: ['INS003 public.notes: notes.add'],
    breaks: 'by value',
  },
  {
    title: 'a column that became generated',
    sql: 'alter table stock drop column amount cascade; alter table stock add amount positive not null generated always as (5) stored; alter table stock add doubled integer',
    says: ['COL005 public.stock.amount: stock.put', 'COL006 public.stock.doubled: stock.put'],
  },
  {
    title: 'identity always',
    sql: 'alter table side.invoices alter id add generated always as identity',
    says: ['COL005 side.invoices.id: invoices.add'],
    breaks: 'by value',
  },
  {
    title: 'a dropped unique constraint',
    sql: 'alter table customers drop constraint customers_email_key',
    says: [
      'KEY001 public.customers(email): customers.upsert',
      'KEY003 public.customers.customers_email_key: customers.upsertNamed',
    ],
  },
  {
    title: 'an equal index in place of the named constraint',
    sql: 'alter table customers drop constraint customers_email_key; create unique index customers_email_key on customers (email)',
    says: ['KEY003 public.customers.customers_email_key: customers.upsertNamed'],
  },
  {
    title: 'a deferrable constraint',
    sql: 'alter table customers drop constraint customers_email_key; alter table customers add constraint customers_email_key unique (email) deferrable',
    says: ['KEY002 public.customers(email): customers.upsert customers.upsertNamed'],
  },
  {
    title: 'a new unique constraint',
    sql: 'alter table customers add constraint one_name unique (name)',
    says: [
      'KEY004 public.customers(name): customers.add customers.addView customers.rename customers.upsert customers.upsertNamed',
    ],
    breaks: 'by value',
  },
  {
    title: 'unique nulls not distinct',
    sql: 'alter table orders add constraint one_note unique nulls not distinct (customer_id, note)',
    says: ['KEY004 public.orders(customer_id,note): orders.add orders.merge orders.move'],
    breaks: 'by value',
  },
  {
    title: 'an exclusion constraint',
    sql: 'alter table bookings add constraint apart exclude using gist (during with &&)',
    says: ['KEY004 public.bookings(during): bookings.add'],
    breaks: 'by value',
  },
  {
    title: 'a new check',
    sql: 'alter table customers add constraint short check (length(name) < 9)',
    says: [
      'CHK001 public.customers.short: customers.add customers.addView customers.rename customers.upsert customers.upsertNamed',
    ],
    breaks: 'by value',
  },
  {
    title: 'a new domain check',
    sql: 'alter domain positive add constraint small check (value < 8)',
    says: ['CHK002 public.positive: stock.put'],
    breaks: 'by value',
  },
  {
    title: 'a new foreign key',
    sql: 'create table rooms (id integer primary key); insert into rooms values (1); alter table bookings add constraint in_room foreign key (room) references rooms',
    says: ['FKY001 public.bookings.in_room: bookings.add'],
    breaks: 'by value',
  },
  {
    title: 'a foreign key that holds deleted rows',
    sql: 'create table cards (customer_id integer references customers); insert into cards values (105)',
    says: ['FKY001 public.cards.cards_customer_id_fkey: customers.remove'],
    breaks: 'by value',
  },
  {
    title: 'cascade to restrict',
    sql: 'alter table orders drop constraint orders_customer_id_fkey; alter table orders add constraint orders_customer_id_fkey foreign key (customer_id) references customers on delete restrict',
    says: ['FKY002 public.orders.orders_customer_id_fkey: customers.remove'],
    breaks: 'by value',
  },
  {
    title: 'a trigger that raises',
    sql: "create function no() returns trigger language plpgsql as $$ begin raise 'no'; end $$; create trigger no before insert on notes for each row execute function no()",
    says: ['TRG001 public.notes.no: notes.add'],
    breaks: 'by value',
  },
  {
    title: 'a renamed label',
    sql: "alter type order_status rename value 'paid' to 'settled'",
    says: ['ENM001 public.order_status.paid: orders.pay'],
  },
  {
    title: 'a label removed',
    sql: "drop view open_orders cascade; alter table orders alter status drop default; alter type order_status rename to old_status; create type order_status as enum ('open', 'lost'); update orders set status = 'open'; alter table orders alter status type order_status using status::text::order_status; alter table orders alter status set default 'open'; drop type old_status; create view open_orders as select id, customer_id, total from orders where status = 'open'; create view big_orders as select id, total from open_orders where total > 100",
    says: ['ENM001 public.order_status.paid: orders.pay'],
  },
  {
    title: 'a new label',
    sql: "alter type order_status add value 'gone'",
    says: ['ENM002 public.order_status.gone: orders.add orders.pay'],
    breaks: 'by value',
  },
  {
    title: 'another enum type',
    sql: "create type side.temper as enum ('glad', 'sad'); alter table side.invoices alter mood type side.temper using mood::text::side.temper",
    says: ['COL002 side.invoices.mood: invoices.add invoices.list'],
    breaks: 'by value',
  },
  { title: 'a dropped function', sql: 'drop function side.greet', says: ['FUN001 side.greet: greet'] },
  {
    title: 'another argument type',
    sql: "drop function side.greet; create function side.greet(name varchar) returns text language sql immutable return 'hello ' || name",
    says: ['FUN002 side.greet: greet'],
    breaks: 'by value',
  },
  {
    title: 'another result type',
    sql: 'drop function price_with_tax; create function price_with_tax(amount numeric) returns text language sql stable as $$ select (amount * 1.2)::text $$',
    says: ['FUN003 public.price_with_tax: orders.priced'],
    breaks: 'by value',
  },
  {
    title: 'another body',
    sql: 'create or replace function price_with_tax(amount numeric) returns numeric language plpgsql stable as $$ begin return amount * 1.3; end $$',
    says: ['FUN004 public.price_with_tax: orders.priced'],
    breaks: 'by value',
  },
  {
    title: 'an overload that makes a call ambiguous',
    sql: 'create function price_with_tax(amount numeric, rate numeric default 1) returns numeric language sql as $$ select amount $$',
    says: ['OPS002 orders.priced: orders.priced'],
  },
  {
    title: 'another view',
    sql: "create or replace view open_orders as select id, customer_id, total from orders where status <> 'lost' and id > 105",
    says: ['REL003 public.open_orders: orders.big'],
    breaks: 'by value',
  },
  {
    title: 'row-level security',
    sql: 'alter table contacts enable row level security; alter table contacts force row level security',
    says: ['RLS001 public.contacts: contacts.add contacts.all'],
    breaks: 'by value',
  },
  {
    title: 'a table in place of which a view stands that cannot be written',
    sql: 'alter table notes rename to all_notes; create view notes as select distinct a, b from all_notes',
    says: ['REL002 public.notes: notes.add'],
  },
  {
    title: 'a detached partition',
    sql: 'alter table events detach partition events_2026',
    says: ['REL004 public.events_2026: events.add events.list'],
    breaks: 'by value',
  },
  {
    title: 'a child that no longer inherits',
    sql: 'alter table dogs no inherit animals',
    says: ['REL004 public.dogs: animals.list'],
    breaks: 'by value',
  },
  {
    title: 'a name that became ambiguous',
    sql: 'alter table orders add email text',
    says: ['OPS002 orders.emails: orders.emails'],
  },
  {
    title: 'an attribute of a composite type',
    sql: 'alter type address drop attribute zip cascade',
    says: ['OPS002 customers.home: customers.home'],
  },
  {
    title: 'an array of another type',
    sql: "alter table customers alter tags drop default; alter table customers alter tags type integer[] using '{1}'; alter table customers alter tags set default '{}'",
    says: ['COL002 public.customers.tags: customers.home'],
  },
  {
    title: 'three root causes',
    sql: 'drop table notes; alter table customers drop tier; alter table stock add x integer not null default 1; alter table stock alter x drop default',
    says: [
      'COL001 public.customers.tier: customers.add customers.get',
      'INS001 public.stock.x: stock.put',
      'REL001 public.notes: notes.add notes.all',
    ],
  },
];

export const harmless: readonly FixtureChange[] = [
  { title: 'nothing', sql: 'select 1' },
  {
    title: 'a nullable column',
    sql: 'alter table customers add phone text; alter table notes add c text; alter table contacts add d text',
  },
  {
    title: 'a required column with a default',
    sql: "alter table customers add phone text not null default ''",
  },
  {
    title: 'a wider varchar',
    sql: 'drop view customer_names; alter table customers alter name type varchar(80); create view customer_names as select id, email, name from customers',
  },
  {
    title: 'an index in place of a constraint that nobody names',
    sql: 'alter table stock drop constraint stock_pkey; create unique index on stock (place, sku)',
  },
  {
    title: 'an enum re-created with equal labels',
    sql: "alter type side.mood rename to old; create type side.mood as enum ('glad', 'sad'); alter table side.invoices alter mood type side.mood using mood::text::side.mood; drop type side.old",
  },
  { title: 'a dropped foreign key', sql: 'alter table orders drop constraint orders_customer_id_fkey' },
  {
    title: 'a new default',
    sql: "alter table customers alter tier set default 'x'; alter table customers alter tier drop default",
  },
  {
    title: 'a new partition',
    sql: "create table events_2027 partition of events for values from ('2027-01-01') to ('2028-01-01')",
  },
  { title: 'plain indexes', sql: 'create index on orders (total); create index on customers (lower(email))' },
  {
    title: 'what the release does not use',
    sql: "create schema if not exists other; create table other (x integer not null unique check (x > 0)); create function other() returns integer language sql as 'select 1'; drop schema other",
  },
  { title: 'a unique key that another one implies', sql: 'alter table customers add unique (email, name)' },
  {
    title: 'a renamed constraint and index',
    sql: 'alter table orders rename constraint orders_pkey to orders_key; alter table orders rename constraint orders_customer_id_fkey to fk',
  },
  {
    title: 'a trigger on another event',
    sql: "create function no() returns trigger language plpgsql as $$ begin raise 'no'; end $$; create trigger no before delete on side.invoices for each row execute function no()",
  },
  {
    title: 'a disabled trigger',
    sql: "create function no() returns trigger language plpgsql as $$ begin raise 'no'; end $$; create trigger no before insert on notes for each row execute function no(); alter table notes disable trigger no",
  },
  {
    title: 'a function re-created as it was',
    sql: "create or replace function side.greet(name text) returns text language sql immutable return 'hello ' || name",
  },
  {
    title: 'another function of the name with more arguments',
    sql: "create function side.greet(a text, b text) returns text language sql as 'select a'",
  },
  {
    title: 'an argument with a default',
    sql: "drop function side.greet; create function side.greet(name text, loud boolean default false) returns text language sql immutable return 'hello ' || name",
  },
  {
    title: 'a view re-created as it was',
    sql: 'drop view invoice_list; create view invoice_list as select i.id, o.total from side.invoices i join orders o on o.id = i.order_id',
  },
  {
    title: 'a compatibility view after a rename',
    sql: 'alter table contacts rename to people; create view contacts as select address, "Full Name" from people',
  },
  {
    title: 'a renamed column under a view',
    sql: 'alter table "Audit Log" rename column "Old Note" to remark',
  },
  { title: 'an inherited child', sql: 'create table cats () inherits (animals)' },
  {
    title: 'a dropped column that nobody uses',
    sql: 'alter table events drop column payload; alter table orders drop column note',
  },
  {
    title: 'comments, owners and statistics',
    sql: "comment on table orders is 'x'; analyze orders; alter table orders set (fillfactor = 70)",
  },
  {
    title: 'a constraint validated later',
    sql: 'alter table orders drop constraint orders_customer_id_fkey; alter table orders add constraint orders_customer_id_fkey foreign key (customer_id) references customers on delete cascade not valid',
  },
  {
    title: 'identity in place of a serial',
    sql: 'alter table orders alter id drop default; alter table orders alter id add generated by default as identity (start 500)',
  },
];
