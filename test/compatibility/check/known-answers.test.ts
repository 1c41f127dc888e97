// What a check takes from the checks before it: what the database would answer again, and nothing else.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createCheckCache, writeOnly } from '../../../src/compatibility/check/check-cache.ts';
import { createKnownAnswers } from '../../../src/compatibility/check/known-answers.ts';
import type { Verdict } from '../../../src/model/verdict.ts';
import type { Database } from '../../../src/database/database.ts';
import {
  aCheckedRelease,
  anOperation,
  check,
  shopContract,
  type Checked,
} from '../../support/check/checked-release.ts';
import {
  describeOnChosenEngines,
  type Engine,
  type OpenedDatabase,
} from '../../support/databases/database.ts';

const sql = `
create table customers (id integer primary key, email text not null unique, name varchar(50) not null,
  tier text, balance numeric(10,2) not null default 0, tags text[] not null default '{}');`;

function aShop(operations: Readonly<Record<string, string>>): Promise<Checked> {
  const { customers } = shopContract.tables;
  return aCheckedRelease({
    schema: { tables: { customers } },
    operations: Object.fromEntries(
      Object.entries(operations).map(([name, text]) => [name, anOperation(text)]),
    ),
  });
}

/** The same database, and the texts that it is asked about. */
function listening({ database }: OpenedDatabase): { readonly database: Database; readonly asked: string[] } {
  const asked: string[] = [];
  const heard: Database = {
    engine: database.engine,
    description: database.description,
    execute: (request) => database.execute(request),
    inspect: (look, signal) =>
      database.inspect(
        (session) =>
          look({
            serverVersion: session.serverVersion,
            query: (text, values) => session.query(text, values),
            describe: (texts, options) => {
              asked.push(...texts.filter((text) => !text.includes('stk_type')));
              return session.describe(texts, options);
            },
            explain: (texts) => session.explain(texts),
            analyseBodies: (functions) => session.analyseBodies(functions),
            tryLock: (key) => session.tryLock(key),
            unlock: (key) => session.unlock(key),
          }),
        signal,
      ),
    reach: () => database.reach(),
    use: () => database.use(),
    recycle: () => database.recycle(),
    ping: () => database.ping(),
    close: () => database.close(),
  };
  return { database: heard, asked };
}

function codesOf(verdict: Verdict): readonly string[] {
  return 'findings' in verdict ? verdict.findings.map(({ code, object }) => `${code} ${object}`) : [];
}

const known = { byId: 'select id, name from customers where id = :id', all: 'select email from customers' };
const more = { ...known, tiers: 'select tier from customers where id = :id' };

function describeKnownAnswers(engine: Engine): void {
  let shared: OpenedDatabase;
  beforeAll(async () => {
    shared = await engine.open({ sql });
  });
  afterAll(() => shared.close());
  const using = async (test: (opened: OpenedDatabase, asked: string[]) => Promise<void>): Promise<void> => {
    const { database, asked } = listening(shared);
    await test({ ...shared, database }, asked);
  };

  it('asks only for the statements that no release before it had', () =>
    using(async (opened, asked) => {
      const cache = createCheckCache();
      expect((await check(opened, await aShop(known), { cache, digest: 'a' })).kind).toBe('compatible');
      expect(asked).toHaveLength(2);
      asked.length = 0;
      expect((await check(opened, await aShop(more), { cache, digest: 'b' })).kind).toBe('compatible');
      expect(asked).toEqual([expect.stringContaining('select tier')]);
    }));

  it('finds what it would find without, once the schema changed', () =>
    using(async (opened, asked) => {
      const cache = createCheckCache();
      await check(opened, await aShop(known), { cache, digest: 'a' });
      await opened.owner('alter table customers rename column name to title');
      asked.length = 0;
      const verdict = await check(opened, await aShop(more), { cache, digest: 'b' });
      expect(asked).toHaveLength(3);
      expect(codesOf(verdict)).toEqual(codesOf(await check(opened, await aShop(more), { digest: 'b' })));
      expect(codesOf(verdict)).toContainEqual(expect.stringMatching(/^COL001 .*customers\.name$/));
      await opened.owner('alter table customers rename column title to name');
    }));

  it('keeps nothing that was answered while the schema changed', () =>
    using(async (opened, asked) => {
      const cache = createCheckCache();
      let changes = 0;
      const beforeConfirming = async (): Promise<void> => {
        changes += 1;
        await opened.owner(`alter table customers add column more_${changes} integer`);
      };
      const verdict = await check(opened, await aShop(known), { cache, digest: 'a', beforeConfirming });
      expect(verdict.kind).toBe('indeterminate');
      asked.length = 0;
      await check(opened, await aShop(known), { cache, digest: 'a' });
      expect(asked).toHaveLength(2);
    }));

  it('asks everything again of what is refused', () =>
    using(async (opened, asked) => {
      const cache = createCheckCache();
      const broken = { ...known, broken: 'select nonsense from customers' };
      const first = await check(opened, await aShop(broken), { cache, digest: 'a' });
      asked.length = 0;
      const second = await check(opened, await aShop({ ...broken, ...more }), { cache, digest: 'b' });
      expect(asked.slice(2)).toEqual(
        [/select id/, /select email/, /nonsense/, /select tier/].map((text): unknown =>
          expect.stringMatching(text),
        ),
      );
      expect(codesOf(second)).toEqual(codesOf(first));
      expect(first.kind).toBe('incompatible');
    }));

  it('asks everything where a check must be fresh', () =>
    using(async (opened, asked) => {
      const cache = createCheckCache();
      await check(opened, await aShop(known), { cache, digest: 'a' });
      asked.length = 0;
      await check(opened, await aShop(known), { cache: writeOnly(cache), digest: 'a' });
      expect(asked).toHaveLength(2);
    }));
}

describeOnChosenEngines('known answers', describeKnownAnswers);

it('forgets the fingerprint that was longest not added to', () => {
  const answers = createKnownAnswers();
  const nothing = { catalogues: new Map(), types: new Map(), statements: new Map() };
  for (const fingerprint of ['a', 'b', 'c', 'a', 'd', 'e']) answers.add(fingerprint, nothing);
  expect(['a', 'b', 'c', 'd', 'e'].filter((one) => answers.get(one) !== undefined)).toEqual([
    'a',
    'c',
    'd',
    'e',
  ]);
});

it('keeps no statement of more than 10,000 characters', () => {
  const answers = createKnownAnswers();
  const description = { ok: true, parameters: [], fields: [] } as const;
  const planned = { description, explanation: { ok: true } } as const;
  const long = `select ${'1'.repeat(10_000)}`;
  const statements = new Map([
    ['select 1', planned],
    [long, planned],
  ]);
  answers.add('a', { catalogues: new Map(), types: new Map(), statements });
  expect([...(answers.get('a')?.statements.keys() ?? [])]).toEqual(['select 1']);
});
