// Describing and planning more statements than one round trip holds, with refusals on both sides of where one round
// trip ends and the next begins.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Description, ExplainAnswer } from '../../src/database/database.ts';
import { statementsAtOnce, statementsBesideCalls } from '../../src/database/session/statements-at-once.ts';
import {
  describeOnEachEngine,
  type Engine,
  type OpenedDatabase,
  servers,
} from '../support/databases/database.ts';
import { whileLocked } from '../support/databases/while-locked.ts';

type Fate = 'planned' | 'undescribed' | 'unplanned';

/** Every text and every answer tells its place, so that none can stand for another. */
function write(place: number, fate: Fate): string {
  if (fate === 'undescribed') return `select nope_${place}`;
  if (fate === 'unplanned') return `select (${place} / 0) as c${place}`;
  return place % 2 === 0 ? `select $1::int as c${place}` : `select $1::text as c${place}, $2::bool`;
}

function describedAs(place: number, fate: Fate): unknown {
  if (fate === 'undescribed')
    return {
      ok: false,
      error: { sqlstate: '42703', position: 8, message: expect.stringMatching(`nope_${place}"`) },
    };
  if (fate === 'unplanned') return { ok: true, parameters: [], fields: [{ name: `c${place}` }] };
  return place % 2 === 0
    ? { ok: true, parameters: [{ name: 'integer' }], fields: [{ name: `c${place}` }] }
    : { ok: true, parameters: [{ name: 'text' }, { name: 'boolean' }], fields: [{ name: `c${place}` }, {}] };
}

function explainedAs(place: number, fate: Fate): unknown {
  if (fate === 'planned') return { ok: true };
  if (fate === 'unplanned') return { ok: false, error: { sqlstate: '22012' } };
  return describedAs(place, fate);
}

interface Answers {
  readonly described: readonly Description[];
  readonly explained: readonly ExplainAnswer[];
  /** What stands prepared under the name that planning uses. */
  readonly leftOver: number;
}

function describeManyStatements(engine: Engine): void {
  let opened: OpenedDatabase;
  beforeAll(async () => {
    opened = await engine.open({ sql: '' });
  });
  afterAll(() => opened.close());

  const ask = (texts: readonly string[], rowSecurityOff = false): Promise<Answers> =>
    opened.database.inspect(async (session) => {
      const described = await session.describe(texts, { rowSecurityOff });
      const explained = await session.explain(
        texts.map((text, place) => {
          const one = described[place];
          return { text, parameterTypes: one?.ok === true ? one.parameters : [] };
        }),
      );
      const rows = await session.query("select from pg_prepared_statements where name = 'stk_explain'");
      return { described, explained, leftOver: rows.length };
    });

  const border = engine.name === 'pglite' ? statementsBesideCalls : statementsAtOnce;
  const count = border + 30;
  const all = Array.from({ length: count }, (_, place) => place);
  const refusedSets: readonly (readonly [name: string, places: readonly number[]])[] = [
    ['nowhere', []],
    ['before the border', [border - 1]],
    ['after the border', [border]],
    ['on both sides of the border', [border - 1, border]],
    ['around several borders', [0, 1, border - 2, border - 1, border, border + 1, border + 2, count - 2]],
    ['at a border that an earlier refusal moved', [3, border + 3, border + 4, count - 3]],
    ['in the last', [count - 1]],
    ['everywhere', all],
  ];
  const fates: readonly (readonly [how: string, fate: (place: number) => Fate])[] = [
    ['in describing', () => 'undescribed'],
    ['in planning', () => 'unplanned'],
    ['now so, now so', (place) => (place % 2 === 0 ? 'unplanned' : 'undescribed')],
    ['now so, now so, the other way round', (place) => (place % 2 === 0 ? 'undescribed' : 'unplanned')],
  ];

  describe.each(fates)('refused %s', (_how, fateOf) => {
    it.each(refusedSets)('answers every statement in its place: %s', async (_name, places) => {
      const fate = (place: number): Fate => (places.includes(place) ? fateOf(place) : 'planned');
      const { described, explained, leftOver } = await ask(all.map((place) => write(place, fate(place))));
      expect(described).toMatchObject(all.map((place) => describedAs(place, fate(place))));
      expect(explained).toMatchObject(all.map((place) => explainedAs(place, fate(place))));
      expect(leftOver).toBe(0);
    });
  });

  it('does so with row security off', async () => {
    const fate = (place: number): Fate => (place % 25 > 22 ? 'undescribed' : 'planned');
    const { described } = await ask(
      all.map((place) => write(place, fate(place))),
      true,
    );
    expect(described).toMatchObject(all.map((place) => describedAs(place, fate(place))));
  });
}

describeOnEachEngine('many statements', describeManyStatements);

/** A plan needs the partition, a description only the table. */
const sql = `create table orders (id integer) partition by list (id);
  create table orders_1 partition of orders for values in (1)`;

describe.each(servers)('statements about what somebody else holds on $name', (engine) => {
  it.each([
    { what: 'describing', table: 'orders', described: ['ok', 'ok', '55P03', '55P03'] },
    { what: 'planning', table: 'orders_1', described: ['ok', 'ok', 'ok', 'ok'] },
  ])('are not waited for one by one: $what asks no more after the first', async ({ table, described }) => {
    const opened = await engine.open({ sql, limits: { lock: 100 } });
    const texts = ['select 1 as a', 'select 2 as b', 'select id from orders', 'select 4 as d'];
    const read = (answers: readonly (Description | ExplainAnswer)[]): string[] =>
      answers.map((answer) => (answer.ok ? 'ok' : answer.error.sqlstate));
    try {
      await whileLocked(opened, table, () =>
        opened.database.inspect(async (session) => {
          expect(read(await session.describe(texts))).toEqual(described);
          const plannable = texts.map((text) => ({ text, parameterTypes: [] }));
          expect(read(await session.explain(plannable))).toEqual(['ok', 'ok', '55P03', '55P03']);
          // Nothing of it stays: the next question is answered.
          expect(read(await session.explain(plannable.slice(0, 1)))).toEqual(['ok']);
        }),
      );
    } finally {
      await opened.close();
    }
  });
});
