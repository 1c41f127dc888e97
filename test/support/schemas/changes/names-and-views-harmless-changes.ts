// Changes that do not affect the release over names and views, and one that only some versions of PostgreSQL refuse.
import type { EngineName } from '../../databases/database.ts';
import type { FixtureChange } from '../../check/fixture.ts';

/** Where the engines differ, and the check with them: PostgreSQL 15 merges into no view. */
export const mergeIntoView: FixtureChange & { readonly refusedBy: readonly EngineName[] } = {
  title: 'an updatable view in place of a table that is merged into',
  sql: 'alter table stalls rename to booths; create view stalls as select * from booths',
  refusedBy: ['postgres-15'],
};

export const namesAndViewsHarmless: readonly FixtureChange[] = [
  { title: 'a column that no join finds', sql: 'alter table shops add column phone text' },
  {
    title: 'a view re-created with the same columns',
    sql: 'drop view ticket_levels; create view ticket_levels as select id, level, code from tickets',
  },
  {
    title: 'what a foreign key does when nobody deletes',
    sql: 'alter table children drop constraint children_parent_id_fkey; alter table children add foreign key (parent_id) references parents on delete restrict on update cascade',
  },
  {
    title: 'a table that became partitioned',
    sql: 'alter table prices rename to prices_old; alter table prices_old rename constraint prices_key to old_key; create table prices (sku text not null, day date not null, amount numeric(8,2) not null, constraint prices_key primary key (sku, day)) partition by range (day); create table prices_all partition of prices default; insert into prices select * from prices_old',
  },
  { title: 'a renamed index', sql: 'alter index shops_pkey rename to shops_index' },
  {
    title: 'varchar to text',
    sql: 'drop view ticket_levels; alter table tickets alter code type text; create view ticket_levels as select id, level, code from tickets',
  },
  {
    title: 'identity in place of a sequence',
    sql: 'alter table logs alter id drop default; alter table logs alter id add generated always as identity (start 900)',
  },
  {
    title: 'renamed columns under a view',
    sql: 'alter table stalls rename floor to "Storey Of"',
  },
  {
    title: 'a renamed column in a key, a check and an index that nobody names',
    sql: 'alter table parents rename name to label; alter table children rename parent_id to parent; alter table children rename parent to parent_id; alter table parents rename label to name',
  },
  { title: 'a renamed partition', sql: 'alter table visits_2026 rename to visits_y2026' },
  { title: 'another volatility', sql: 'alter function enlarge volatile' },
  { title: 'wider numbers', sql: 'alter table prices alter amount type numeric(12,2)' },
  { title: 'an attribute more', sql: 'alter type parcel add attribute depth integer cascade' },
  {
    title: 'a function of the same name in another schema',
    sql: 'create function tax(amount numeric) returns numeric language sql as $$ select 0.0 $$',
  },
  {
    title: 'an overload that takes no call',
    sql: 'create function enlarge(variadic list integer[]) returns integer language sql as $$ select 0 $$',
  },
];
