// More changes of the broad schema: several causes at once, plain indexes, search paths and constraints in their forms.
import type { BreakingChange, FixtureChange } from '../../check/fixture.ts';

export const furtherBreaking: readonly BreakingChange[] = [
  {
    title: 'a check of a new column that nobody has validated',
    sql: "alter table customers add level text default 'low'; alter table customers add constraint high check (level = 'high') not valid",
    says: [
      'CHK001 public.customers.high: customers.add customers.addView customers.rename customers.upsert customers.upsertNamed',
    ],
    breaks: 'by value',
  },
  {
    title: 'set null in place of cascade on a required column',
    sql: 'alter table orders drop constraint orders_customer_id_fkey; alter table orders add constraint held foreign key (customer_id) references customers on delete set null',
    says: ['FKY002 public.orders.held: customers.remove'],
    breaks: 'by value',
  },
  {
    title: 'a tightened domain',
    sql: 'alter domain email_address add constraint short check (length(value) < 3) not valid',
    says: ['CHK002 public.email_address: contacts.add'],
    breaks: 'by value',
  },
  {
    title: 'a domain that takes no null',
    sql: 'alter table customers alter tier type text; create domain grade as text not null; update customers set tier = $$x$$ where tier is null; alter table customers alter tier type grade',
    says: [
      'INS001 public.customers.tier: customers.addView customers.upsert customers.upsertNamed',
      'INS002 public.customers.tier: customers.add',
    ],
    breaks: 'by value',
  },
  {
    title: 'a partial index in place of a key',
    sql: 'alter table stock drop constraint stock_pkey; create unique index on stock (sku, place) where amount > 3',
    says: ['KEY001 public.stock(sku,place): stock.put'],
  },
  {
    title: 'a deferrable primary key',
    sql: 'alter table stock drop constraint stock_pkey; alter table stock add primary key (sku, place) deferrable initially deferred',
    says: ['KEY002 public.stock(sku,place): stock.put'],
  },
  {
    title: 'a view that a join makes read-only',
    sql: 'drop view customer_names; create view customer_names as select c.id, c.email, c.name from customers c left join notes on false',
    says: ['REL002 public.customer_names: customers.addView'],
  },
];

export const furtherHarmless: readonly FixtureChange[] = [
  {
    title: 'a new column with a check that its default meets',
    sql: "alter table customers add level text not null default 'low' constraint leveled check (level in ('low', 'high'))",
  },
  {
    title: 'a partial unique index over what is not written',
    sql: 'create unique index on orders (id) where note is not null',
  },
  {
    title: 'a partition that is detached and attached again',
    sql: "alter table events detach partition events_2026; alter table events attach partition events_2026 for values from ('2026-01-01') to ('2027-01-01')",
  },
  {
    title: 'a validated constraint that says the same',
    sql: 'alter domain positive drop constraint positive_check; alter domain positive add constraint above check (value > 0)',
  },
  {
    title: 'an attribute more of a composite type',
    sql: 'alter type address add attribute country text cascade',
  },
  {
    title: 'grants that are taken and given again',
    sql: 'revoke all on customers from public; grant select, insert, update, delete on customers to public',
  },
];
