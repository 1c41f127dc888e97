// The rules are pure functions: what a real database answered is recorded once, changed in memory, and judged again in
// milliseconds. Nothing else is asked, and nothing of the record may change: it is frozen.
import { beforeAll, describe, expect, it } from '@jest/globals';
import { askDatabase } from '../../src/compatibility/check/ask-database.ts';
import type { CheckContext } from '../../src/compatibility/check/check-context.ts';
import { judge } from '../../src/compatibility/check/judge.ts';
import type { Catalogue } from '../../src/model/catalogue.ts';
import type { Column, Relation } from '../../src/model/relation.ts';
import { aCheckedRelease, shopSql } from '../support/check/checked-release.ts';
import { servers } from '../support/databases/database.ts';

let recorded: CheckContext;
let schema = '';
beforeAll(async () => {
  const engine = servers.at(-1);
  if (engine === undefined) throw new Error('there is no server');
  const opened = await engine.open({ sql: shopSql });
  try {
    const [row] = await opened.owner('select current_schema() as schema');
    schema = row?.['schema'] ?? '';
    const checked = await aCheckedRelease();
    const { database } = opened;
    recorded = freeze(await database.inspect((session) => askDatabase(session, database.engine, checked)));
  } finally {
    await opened.close();
  }
});

/** Whatever it holds, too. What is a Map or a Set stays open: freezing would not close it. */
function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const part of value instanceof Map ? value.values() : Object.values(value)) freeze(part);
  return value;
}

type Alter = (catalogue: Catalogue) => Catalogue;

const inRelation =
  (name: string, alter: (relation: Relation) => Relation): Alter =>
  (catalogue) => ({
    ...catalogue,
    relations: catalogue.relations.map((one) => (one.name === name ? alter(one) : one)),
  });

const inColumn = (table: string, name: string, alter: (column: Column) => Column): Alter =>
  inRelation(table, (relation) => ({
    ...relation,
    columns: relation.columns.map((one) => (one.name === name ? alter(one) : one)),
  }));

const withoutColumn = (table: string, name: string): Alter =>
  inRelation(table, (relation) => ({
    ...relation,
    columns: relation.columns.filter((one) => one.name !== name),
  }));

const withoutRelation =
  (name: string): Alter =>
  (catalogue) => ({ ...catalogue, relations: catalogue.relations.filter((one) => one.name !== name) });

async function say(alter: Alter): Promise<string[]> {
  const context = { ...recorded, catalogue: alter(recorded.catalogue) };
  const findings = await judge(context);
  return findings
    .filter(({ code }) => code !== 'ENV003')
    .map(({ code, object }) => `${code} ${object.replace(`${schema}.`, 'public.')}`)
    .sort();
}

const cases: readonly (readonly [title: string, alter: Alter, expected: readonly string[]])[] = [
  ['nothing', (catalogue) => catalogue, []],
  ['a column that is gone', withoutColumn('customers', 'tier'), ['COL001 public.customers.tier']],
  ['a table that is gone', withoutRelation('notes'), ['REL001 public.notes']],
  [
    'a column that takes no NULL and that an INSERT omits',
    inColumn('customers', 'tier', (column) => ({ ...column, notNull: true })),
    ['INS001 public.customers.tier'],
  ],
  [
    'a column that may be null',
    inColumn('customers', 'balance', (column) => ({ ...column, notNull: false })),
    ['COL004 public.customers.balance'],
  ],
  [
    'a label that an enum lost',
    (catalogue) => ({
      ...catalogue,
      enums: catalogue.enums.map((one) => ({
        ...one,
        labels: one.labels.filter((label) => label !== 'paid'),
      })),
    }),
    ['ENM001 public.order_status.paid'],
  ],
  [
    'keys that are gone',
    inRelation('customers', (one) => ({ ...one, uniques: [], constraints: [] })),
    ['KEY001 public.customers(email)', 'KEY003 public.customers.customers_email_key'],
  ],
  [
    'a view that takes no rows',
    inRelation('customer_names', (one) => ({
      ...one,
      writable: { insert: false, update: false, delete: false },
    })),
    ['REL002 public.customer_names'],
  ],
  [
    'schemas that may not be used',
    (catalogue) => ({ ...catalogue, schemas: catalogue.schemas.map((one) => ({ ...one, usable: false })) }),
    ['PRV001 pg_catalog', 'PRV001 public'],
  ],
];

describe('the rules on a recorded answer', () => {
  it.each(cases)('say what is wrong: %s', async (_title, alter, expected) => {
    expect(await say(alter)).toEqual(expected);
  });

  it('say the same of the same, however often and after whatever else', async () => {
    const first = await say(withoutColumn('customers', 'email'));
    for (const [, alter] of cases) await say(alter);
    expect(await say(withoutColumn('customers', 'email'))).toEqual(first);
    expect(first).toContain('COL001 public.customers.email');
  });
});
