// Changes of the shop's schema: what each breaks of the checked release, and those that break nothing. Whoever applies them
// empties the schema first.

export interface Mutation {
  readonly title: string;
  readonly sql: string;
  /** `CODE object`, in order, of everything that is said. */
  readonly expected: readonly string[];
  /** Operations that the first finding must name, and some that it may not. */
  readonly hits?: readonly string[];
}

export const breaking: readonly Mutation[] = [
  {
    title: 'a dropped column',
    sql: 'alter table customers drop column tier',
    expected: ['COL001 public.customers.tier'],
    hits: ['customers.get'],
  },
  {
    title: 'a renamed column',
    sql: 'alter table customers rename column email to mail',
    expected: ['COL001 public.customers.email'],
  },
  {
    title: 'a dropped table',
    sql: 'drop table notes',
    expected: ['REL001 public.notes'],
    hits: ['notes.add'],
  },
  {
    title: 'a renamed table',
    sql: 'alter table "Audit Log" rename to audit',
    expected: ['REL001 public.Audit Log'],
    hits: ['audit.add'],
  },
  {
    title: 'a dropped view',
    sql: 'drop view big_orders',
    expected: ['REL001 public.big_orders'],
    hits: ['orders.big'],
  },
  {
    title: 'a renamed mixed-case column',
    sql: 'alter table contacts rename column "Full Name" to full_name',
    expected: ['COL001 public.contacts.Full Name'],
    hits: ['contacts.add', 'contacts.all'],
  },
  {
    title: 'a view that lost a column',
    sql: 'drop view big_orders; drop view open_orders; create view open_orders as select id, customer_id from orders',
    expected: ['COL001 public.open_orders.total', 'REL001 public.big_orders'],
  },
  {
    title: 'integer to bigint',
    sql: 'alter table notes alter column a type bigint',
    expected: ['COL002 public.notes.a'],
    hits: ['notes.add'],
  },
  {
    title: 'integer to text',
    sql: 'alter table notes alter column a type text',
    expected: ['COL002 public.notes.a'],
  },
  {
    title: 'a shorter varchar',
    sql: 'drop view customer_names; alter table customers alter column name type varchar(5); create view customer_names as select id, email, name from customers',
    expected: ['COL003 public.customers.name'],
  },
  {
    title: 'a smaller numeric',
    sql: 'alter table customers alter column balance type numeric(6,2)',
    expected: ['COL003 public.customers.balance'],
  },
  {
    title: 'a required column',
    sql: 'alter table customers add column region text not null',
    expected: ['INS001 public.customers.region'],
    hits: ['customers.add', 'customers.addByView', 'customers.upsert', 'customers.upsertNamed'],
  },
  {
    title: 'a required column of orders, in every form of INSERT',
    sql: 'alter table orders add column region text not null',
    expected: ['INS001 public.orders.region'],
    hits: ['orders.add', 'orders.copy', 'orders.merge', 'orders.move'],
  },
  {
    title: 'a dropped default',
    sql: 'alter table orders alter column status drop default',
    expected: ['INS001 public.orders.status'],
  },
  {
    title: 'SET NOT NULL on what an INSERT omits',
    sql: 'alter table customers alter column tier set not null',
    expected: ['INS001 public.customers.tier'],
  },
  {
    title: 'a domain that became NOT NULL',
    sql: 'create domain place as text not null; alter table orders add column place place',
    expected: ['INS001 public.orders.place'],
  },
  {
    title: 'a partitioned table with a required column',
    sql: 'alter table events add column source text not null',
    expected: ['INS001 public.events.source'],
    hits: ['events.add'],
  },
  {
    title: 'a table made again with its columns in another order',
    sql: 'drop table notes; create table notes (x text, a integer not null, b text not null)',
    expected: ['INS001 public.notes.b', 'INS003 public.notes'],
  },
  {
    title: 'a column that may be null',
    sql: 'alter table customers alter column balance drop not null',
    expected: ['COL004 public.customers.balance'],
  },
  {
    title: 'a generated column',
    sql: "alter table notes drop column b; alter table notes add column b text generated always as ('x') stored",
    expected: ['COL004 public.notes.b', 'COL005 public.notes.b'],
  },
  {
    title: 'an identity that is always generated',
    sql: 'alter table "Audit Log" alter column "Id" add generated always as identity',
    expected: ['COL005 public.Audit Log.Id'],
    hits: ['audit.add'],
  },
  {
    title: 'a dropped unique constraint',
    sql: 'alter table customers drop constraint customers_email_key',
    expected: ['KEY001 public.customers(email)', 'KEY003 public.customers.customers_email_key'],
    hits: ['customers.upsert'],
  },
  {
    title: 'a partial index in place of a constraint',
    sql: 'alter table customers drop constraint customers_email_key; create unique index customers_email_key on customers (email) where tier is null',
    expected: ['KEY001 public.customers(email)', 'KEY003 public.customers.customers_email_key'],
  },
  {
    title: 'a renamed constraint',
    sql: 'alter table customers rename constraint customers_email_key to mail_key',
    expected: ['KEY003 public.customers.customers_email_key'],
    hits: ['customers.upsertNamed'],
  },
  {
    title: 'a deferrable constraint',
    sql: 'alter table customers drop constraint customers_email_key; alter table customers add constraint customers_email_key unique (email) deferrable',
    expected: ['KEY002 public.customers(email)'],
  },
  {
    title: 'a dropped key of a partitioned table',
    sql: 'alter table events drop constraint events_pkey',
    expected: ['KEY001 public.events(at,kind)'],
    hits: ['events.add'],
  },
  {
    title: 'a renamed enum label',
    sql: "alter type order_status rename value 'paid' to 'settled'",
    expected: ['ENM001 public.order_status.paid'],
    hits: ['orders.pay'],
  },
  {
    title: 'a dropped function',
    sql: 'drop function price_with_tax(numeric)',
    expected: ['FUN001 public.price_with_tax'],
    hits: ['orders.priced'],
  },
  {
    title: 'a function with another number of arguments',
    sql: 'drop function price_with_tax(numeric); create function price_with_tax(a numeric, b numeric) returns numeric language sql as $$ select a * b $$',
    expected: ['FUN001 public.price_with_tax'],
  },
  {
    title: 'a view that cannot be updated',
    sql: 'drop view customer_names; create view customer_names as select distinct id, email, name from customers',
    expected: ['REL002 public.customer_names'],
    hits: ['customers.addByView'],
  },
  {
    title: 'three things at once',
    sql: 'drop table notes; alter table customers drop column tier; alter table orders add column region text not null',
    expected: ['COL001 public.customers.tier', 'INS001 public.orders.region', 'REL001 public.notes'],
  },
];

export const harmless: readonly (readonly [title: string, sql: string])[] = [
  ['nothing', 'select 1'],
  ['a nullable column', 'alter table customers add column phone text'],
  ['a nullable column where there is no column list', 'alter table notes add column c text'],
  ['a required column with a default', "alter table customers add column phone text not null default ''"],
  [
    'a wider varchar',
    'drop view customer_names; alter table customers alter column name type varchar(80); create view customer_names as select id, email, name from customers',
  ],
  [
    'varchar to text',
    'drop view customer_names; alter table customers alter column name type text; create view customer_names as select id, email, name from customers',
  ],
  [
    'a view under the old name',
    'alter table notes rename to remarks; create view notes as select a, b from remarks',
  ],
  [
    'an equal index in place of a constraint',
    'alter table events drop constraint events_pkey; create unique index on events (kind, at)',
  ],
  [
    'an enum made again',
    "drop view big_orders; drop view open_orders; alter table orders alter status drop default; alter type order_status rename to old_status; create type order_status as enum ('open', 'paid'); alter table orders alter status type order_status using status::text::order_status; alter table orders alter status set default 'open'; drop type old_status; create view open_orders as select id, customer_id, total from orders where status = 'open'; create view big_orders as select id, total from open_orders where total > 100",
  ],
  ['a new enum label', "alter type order_status add value 'lost'"],
  ['a new default', "alter table customers alter column tier set default 'basic'"],
  ['a plain index', 'create index on orders (total)'],
  [
    'a partition',
    "create table events_2027 partition of events for values from ('2027-01-01') to ('2028-01-01')",
  ],
  ['a dropped foreign key', 'alter table orders drop constraint orders_customer_id_fkey'],
  [
    'other tables, functions and schemas',
    'create table other (x integer not null); create function other() returns int language sql as $$ select 1 $$',
  ],
  [
    'a dropped column that nobody uses',
    'alter table events drop column payload; alter table orders drop column note',
  ],
  [
    'an identity in place of a serial',
    'alter table orders alter id drop default; alter table orders alter id add generated by default as identity',
  ],
];

/** The schema itself stays, with the grants that the engine gave its call role. */
export const emptySql = `do $$ declare command text; begin
  for command in
    select format('drop %s if exists %I cascade', case relkind when 'v' then 'view' else 'table' end, relname)
    from pg_class where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p', 'v') loop execute command; end loop;
  for command in select format('drop function %s cascade', oid::regprocedure)
    from pg_proc where pronamespace = current_schema()::regnamespace loop execute command; end loop;
  for command in select format('drop type if exists %I cascade', typname)
    from pg_type where typnamespace = current_schema()::regnamespace and typtype in ('e', 'd') loop execute command; end loop;
end $$`;
