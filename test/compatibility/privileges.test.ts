// Privileges that the call role lost, on servers: what is missing is named, and how to give it back.
import { describe, expect, it } from '@jest/globals';
import { aCheckedRelease, anOperation, check } from '../support/check/checked-release.ts';
import { servers } from '../support/databases/database.ts';

const sql = `
create schema sales;
create table customers (id serial primary key, email text not null, secret text);
create table sales.orders (id integer primary key, total numeric not null);
create function tax(amount numeric) returns numeric language plpgsql stable as $$ begin return amount; end $$;
revoke execute on function tax(numeric) from public;
grant usage on schema sales to caller;
grant select, insert, update, delete on customers, sales.orders to caller;
grant usage on sequence customers_id_seq to caller;
grant execute on function tax(numeric) to caller;
create sequence numbers;
grant usage, select, update on sequence numbers to caller;
create table tickets (id integer primary key);
do $$ begin create role ticket_readers nologin; exception when duplicate_object or unique_violation then null; end $$;
do $$ begin grant ticket_readers to caller; exception when unique_violation then null; end $$;
grant select on tickets to ticket_readers;
grant insert on tickets to caller;
create table odd (pg_sleep integer, nextval integer);
grant select on odd to caller;
`;

const operations = {
  'customers.get': anOperation('select id, email from customers where id = :id'),
  'customers.add': anOperation('insert into customers (email) values (:email) returning id', 'write'),
  'customers.secret': anOperation('select secret from customers'),
  'customers.remove': anOperation('delete from customers where id = :id', 'write'),
  'customers.rename': anOperation('update customers set email = :email where id = :id', 'write'),
  'tickets.all': anOperation('select t.id from tickets t'),
  'numbers.last': anOperation("select currval('public.numbers')"),
  'numbers.next': anOperation("insert into tickets (id) values (nextval('numbers'))", 'write'),
  'numbers.set': anOperation("select setval('numbers'::regclass, 7)", 'write'),
  'odd.all': anOperation('select o.pg_sleep, (o).nextval from odd o'),
  'orders.taxes': anOperation('select (o.total).tax from sales.orders o'),
  'orders.all': anOperation('select id, tax(total) as tax from sales.orders'),
};

const cases: readonly (readonly [title: string, sql: string, says: readonly string[]])[] = [
  [
    'SELECT on a table',
    'revoke select on customers from caller',
    [
      'PRV002 public.customers: customers.add customers.get customers.remove customers.rename customers.secret',
    ],
  ],
  [
    'DELETE on a table',
    'revoke delete on customers from caller',
    ['PRV002 public.customers: customers.remove'],
  ],
  [
    'a column',
    'revoke select on customers from caller; grant select (id, email) on customers to caller',
    ['PRV003 public.customers.secret: customers.secret'],
  ],
  [
    'UPDATE of a column',
    'revoke update on customers from caller; grant update (id, secret) on customers to caller',
    ['PRV003 public.customers.email: customers.rename'],
  ],
  [
    'INSERT into a column',
    'revoke insert on customers from caller; grant insert (id, secret) on customers to caller',
    ['PRV003 public.customers.email: customers.add'],
  ],
  [
    'what a group had',
    'revoke select on tickets from ticket_readers',
    ['PRV002 public.tickets: tickets.all'],
  ],
  [
    'a view in place of a table, without its grants',
    'alter table tickets rename to all_tickets; create view tickets as select * from all_tickets',
    ['PRV002 public.tickets: numbers.next tickets.all'],
  ],
  [
    'a function',
    'revoke execute on function tax(numeric) from caller',
    ['PRV004 public.tax: orders.all orders.taxes'],
  ],
  [
    'USAGE on a schema',
    'revoke usage on schema sales from caller',
    ['PRV001 sales: orders.all orders.taxes'],
  ],
  [
    'USAGE on the search_path',
    'revoke usage on schema public from caller, public',
    [
      'PRV001 public: customers.add customers.get customers.remove customers.rename customers.secret numbers.last numbers.next numbers.set odd.all orders.all orders.taxes tickets.all',
    ],
  ],
  [
    'a sequence behind a default',
    'revoke usage on sequence customers_id_seq from caller',
    ['PRV005 public.customers_id_seq: customers.add'],
  ],
  [
    'a sequence that statements call',
    'revoke all on sequence numbers from caller',
    ['PRV005 public.numbers: numbers.last numbers.next numbers.set'],
  ],
  [
    'a sequence that was made again without its grants',
    'drop sequence numbers; create sequence numbers',
    ['PRV005 public.numbers: numbers.last numbers.next numbers.set'],
  ],
  [
    'a sequence that may be read only',
    'revoke all on sequence numbers from caller; grant select on sequence numbers to caller',
    ['PRV005 public.numbers: numbers.next numbers.set'],
  ],
  [
    'a sequence that may be used only',
    'revoke all on sequence numbers from caller; grant usage on sequence numbers to caller',
    ['PRV005 public.numbers: numbers.set'],
  ],
  ['nothing', 'grant select on customers to public', []],
  [
    'nothing, where it was taken and given again',
    'revoke all on customers from caller; grant select, insert, update, delete on customers to caller',
    [],
  ],
  [
    'nothing, where each column was granted in place of the table',
    'revoke select, insert, update on customers from caller; grant select (id, email, secret), insert (email), update (email) on customers to caller',
    [],
  ],
  [
    'nothing, where a group has what the role had',
    'revoke delete, update on customers from caller; grant delete, update on customers to ticket_readers',
    [],
  ],
];

for (const engine of servers) {
  describe(`the check of a role that lost a right on ${engine.name}`, () => {
    it.each(cases)('names %s', async (_title, change, expected) => {
      const opened = await engine.open({ sql, role: 'caller' });
      try {
        await opened.owner(change);
        const schema = { tables: { 'sales.orders': { columns: { total: { type: 'numeric' } } } } };
        const verdict = await check(opened, await aCheckedRelease({ schema, operations }));
        if (verdict.kind === 'unavailable') throw new Error(verdict.message);
        const said = verdict.findings.filter(({ code }) => code !== 'ENV003');
        expect(said.map((one) => `${one.code} ${one.object}: ${one.operations.join(' ')}`)).toEqual(expected);
        expect(verdict.kind).toBe(expected.length === 0 ? 'compatible' : 'incompatible');
      } finally {
        await opened.close();
      }
    });
  });
}
