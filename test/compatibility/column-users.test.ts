// Which operations a finding names where no baseline says what each one uses: those that the change of a column hits.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { aCheckedRelease, anOperation, check, type Checked } from '../support/check/checked-release.ts';
import { describeOnChosenEngines, type OpenedDatabase } from '../support/databases/database.ts';

const sql = `
drop table if exists customers, orders;
create table customers (id integer primary key, name text not null, city text);
create table orders (id integer primary key, customer_id integer not null, name text not null, total integer not null);
`;

const columns = (types: Readonly<Record<string, string>>): object => ({
  columns: Object.fromEntries(
    Object.entries(types).map(([name, type]) => [name, { type, nullable: name === 'city' }]),
  ),
});

const schema = {
  tables: {
    customers: columns({ id: 'integer', name: 'text', city: 'text' }),
    orders: columns({ id: 'integer', customer_id: 'integer', name: 'text', total: 'integer' }),
  },
};

const operations = {
  cte: anOperation('with q as (select name from orders) select q.name, name from q'),
  count: anOperation('select count(*) from orders natural join customers'),
  exists: anOperation(
    'select city from customers c where exists (select * from orders where customer_id = c.id and total > 1)',
  ),
  joinOfCustomers: anOperation('select c.name from orders o join customers c on c.id = o.customer_id'),
  joinOfOrders: anOperation('select o.name, city from orders o join customers c on c.id = customer_id'),
  ordered: anOperation('select id as name from orders order by name'),
  row: anOperation('select to_json(o) as row from orders o'),
  star: anOperation('select o.* from orders o join customers c on true'),
  update: anOperation("update orders as o set name = 'x' from customers c where o.id = 1", 'write'),
  upsert: anOperation(
    'insert into customers (id, name) values (:id, :name) on conflict (id) do update set city = excluded.name',
    'write',
  ),
};

describeOnChosenEngines('the operations that a finding names', (engine) => {
  let opened: OpenedDatabase;
  let checked: Checked;
  beforeAll(async () => {
    opened = await engine.open();
    checked = await aCheckedRelease({ schema, operations });
  });
  afterAll(() => opened.close());

  it.each([
    [
      'a column of one of two tables that have it',
      'alter table orders rename name to label',
      'COL001 orders.name: count cte joinOfOrders row star update',
    ],
    [
      'the same column of the other table',
      'alter table customers rename name to label',
      'COL001 customers.name: count joinOfCustomers upsert',
    ],
    [
      'a column that is not qualified',
      'alter table customers drop column city',
      'COL001 customers.city: exists joinOfOrders upsert',
    ],
    [
      'a column of a correlated query',
      'alter table orders drop column total',
      'COL001 orders.total: exists row star',
    ],
    [
      'a column that a query around it has too, which then takes its place',
      'alter table orders drop column total; alter table customers add column total integer',
      'COL001 orders.total: count exists row star',
    ],
    [
      'a column of another type',
      'alter table orders alter total type text',
      'COL002 orders.total: exists row star',
    ],
    [
      'a column that may be null',
      'alter table customers alter name drop not null',
      'COL004 customers.name: count joinOfCustomers upsert',
    ],
  ])('are those that use %s', async (_title, change, expected) => {
    await opened.owner(`${sql} ${change}`);
    const verdict = await check(opened, checked);
    if (verdict.kind === 'unavailable') throw new Error(verdict.message);
    const said = verdict.findings.filter(({ code }) => code !== 'ENV003');
    expect(
      said.map((one) => `${one.code} ${one.object.replace(/^\w+\./, '')}: ${one.operations.join(' ')}`),
    ).toEqual([expected]);
  });
});
