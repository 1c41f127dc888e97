// Privileges that the call role lost, on servers: what is missing is named, and how to give it back.
import { describe, expect, it } from '@jest/globals';
import { aCheckedRelease, anOperation, check } from '../support/checked-release.ts';
import { engines } from '../support/database.ts';

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
`;

const operations = {
  'customers.get': anOperation('select id, email from customers where id = :id'),
  'customers.add': anOperation('insert into customers (email) values (:email) returning id', 'write'),
  'customers.secret': anOperation('select secret from customers'),
  'customers.remove': anOperation('delete from customers where id = :id', 'write'),
  'orders.all': anOperation('select id, tax(total) as tax from sales.orders'),
};

const cases = [
  ['SELECT on a table', 'revoke select on customers from caller', ['PRV002 public.customers']],
  ['DELETE on a table', 'revoke delete on customers from caller', ['PRV002 public.customers']],
  [
    'a column',
    'revoke select on customers from caller; grant select (id, email) on customers to caller',
    ['PRV003 public.customers.secret'],
  ],
  ['a function', 'revoke execute on function tax(numeric) from caller', ['PRV004 public.tax']],
  ['USAGE on a schema', 'revoke usage on schema sales from caller', ['PRV001 sales']],
  ['USAGE on the search_path', 'revoke usage on schema public from caller, public', ['PRV001 public']],
  [
    'a sequence behind a default',
    'revoke usage on sequence customers_id_seq from caller',
    ['PRV005 public.customers_id_seq'],
  ],
  ['nothing', 'grant select on customers to public', []],
] as const;

for (const engine of engines.filter(({ name }) => name !== 'pglite')) {
  describe(`the check of a role that lost a right on ${engine.name}`, () => {
    it.each(cases)('names %s', async (_title, change, expected) => {
      const opened = await engine.open({ sql, role: 'caller' });
      try {
        await opened.owner(change);
        const schema = { tables: { 'sales.orders': { columns: { total: { type: 'numeric' } } } } };
        const verdict = await check(opened, await aCheckedRelease({ schema, operations }));
        if (verdict.kind === 'unavailable') throw new Error(verdict.message);
        const said = verdict.findings.filter(({ code }) => code !== 'ENV003');
        expect(said.map(({ code, object }) => `${code} ${object}`)).toEqual(expected);
        expect(verdict.kind).toBe(expected.length === 0 ? 'compatible' : 'incompatible');
      } finally {
        await opened.close();
      }
    });
  });
}
