// Random changes of the broad schema: additive ones never block; destructive ones of what is used always do, and PostgreSQL then
// really refuses the operations. Short here; STK_FUZZ_RUNS makes it long (npm run fuzz).
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { engines } from '../../support/databases/database.ts';
import { openFixture, type FixtureRig } from '../../support/check/fixture-rig.ts';

const numRuns = Number(process.env['STK_FUZZ_RUNS'] ?? 4);
const settings = { numRuns, seed: 20_261_121 };

const table = fc.constantFrom(
  'customers',
  'orders',
  'contacts',
  'stock',
  'notes',
  'events',
  '"Audit Log"',
  'side.invoices',
);
const type = fc.constantFrom(
  'text',
  'integer',
  'numeric(8,2)',
  'text[]',
  'jsonb',
  'timestamptz',
  'order_status',
  'address',
);
const name = fc.constantFrom('extra', '"Mixed Case"', '"with space"', '"select"');

const additive = fc.oneof(
  fc
    .tuple(table, name, type)
    .map(([at, column, of]) => `alter table ${at} add column if not exists ${column} ${of}`),
  fc
    .tuple(table, name)
    .map(([at, column]) => `alter table ${at} add column if not exists ${column} text not null default 'x'`),
  fc
    .tuple(name, type)
    .map(([of, made]) => `create table if not exists new_${of.replaceAll(/\W/g, '')} (${of} ${made})`),
  fc.constantFrom(
    'create index on orders (total, note)',
    "alter type order_status add value if not exists 'gone'",
    'create or replace view more_orders as select * from orders',
    "create or replace function twice(a integer) returns integer language sql as 'select a * 2'",
    "alter table customers alter tier set default 'basic'",
    "create table if not exists events_2030 partition of events for values from ('2030-01-01') to ('2031-01-01')",
    'create table if not exists cats () inherits (animals)',
  ),
);

const losses = [
  ['alter table customers drop column email cascade', 'customers.get'],
  ['alter table customers rename name to label', 'customers.rename'],
  ['alter table orders drop column total cascade', 'orders.add'],
  ['alter table contacts rename "Full Name" to full_name', 'contacts.add'],
  ['drop table notes', 'notes.all'],
  ['alter table stock rename to goods', 'stock.put'],
  ['drop view big_orders', 'orders.big'],
  ['drop function price_with_tax', 'orders.priced'],
  ['drop function side.greet', 'greet'],
  ["alter type side.mood rename value 'glad' to 'merry'", 'invoices.list'],
  ['alter table events drop constraint events_pkey', 'events.add'],
  [
    'alter table bookings add seats integer not null default 1; alter table bookings alter seats drop default',
    'bookings.add',
  ],
  ['alter table "Audit Log" rename "What" to what', 'audit.list'],
  ['drop schema side cascade', 'invoices.add'],
  ['alter table stock drop constraint stock_pkey', 'stock.put'],
] as const;
const destructive = fc.constantFrom(...losses);

describe('random changes of the broad schema', () => {
  let fixture: FixtureRig;
  beforeAll(async () => {
    const engine = engines.find((one) => one.name === 'postgres-18');
    if (engine === undefined) throw new Error('no PostgreSQL 18');
    fixture = await openFixture(engine);
  });
  afterAll(() => fixture.close());

  it('never block when they only add', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(additive, { minLength: 1, maxLength: 6 }), async (changes) => {
        // A new label can be used only after its transaction: one statement at a time.
        const { findings, broken } = await fixture.change(changes);
        expect(findings.filter(({ severity }) => severity === 'block')).toEqual([]);
        expect(broken).toEqual([]);
      }),
      settings,
    );
  });

  it('block when they take away what is used, and PostgreSQL confirms it', async () => {
    await fc.assert(
      fc.asyncProperty(
        destructive,
        fc.array(additive, { maxLength: 3 }),
        async ([sql, operation], changes) => {
          const { findings, broken } = await fixture.change([...changes, sql]);
          const blocked = findings
            .filter(({ severity }) => severity === 'block')
            .flatMap(({ operations }) => operations);
          expect(blocked).toContain(operation);
          expect(broken).toContain(operation);
        },
      ),
      settings,
    );
  });
});
