// Functions that may make the tables of the bodies that call them, and that no release knew when it was cut.
import { expect, it } from '@jest/globals';
import { createCheckCache } from '../../src/compatibility/check/check-cache.ts';
import { check } from '../support/checked-release.ts';
import { describeOnEachEngine, engines } from '../support/database.ts';
import { openMarket } from '../support/market-rig.ts';
import { write, type Place } from '../support/place.ts';

const makes = 'begin create temp table if not exists picked (id integer) on commit drop; end';
const elsewhere = (body: string): string =>
  `create or replace function elsewhere.make() returns void language plpgsql as $$ ${body} $$;`;

const place: Place = {
  isCut: true,
  sql: `drop schema if exists elsewhere cascade;
    create table numbers (n bigint);
    create schema elsewhere;
    grant usage on schema elsewhere to public;
    ${elsewhere(makes)}
    create function tally() returns bigint language plpgsql as $$ begin
      create temp table if not exists picked (id integer) on commit drop; return (select count(*) from picked); end $$;
    grant all on all tables in schema public to public;`,
  operations: { 'numbers.tally': write('insert into numbers select tally()') },
};

describeOnEachEngine('a function that is new since the cut', (engine) => {
  it('is asked again each time whether it makes the table', async () => {
    const market = await openMarket(engine, place);
    try {
      const { findings } = await market.change(`
        create function pick() returns void language plpgsql as $$ begin perform elsewhere.make(); end $$;
        create or replace function tally() returns bigint language plpgsql as $$ begin
          perform pick(); return (select count(*) from picked); end $$;`);
      expect(findings).toMatchObject([{ code: 'FUN005', severity: 'warn' }]);
      const cache = createCheckCache();
      const ask = async (): Promise<unknown> => {
        const verdict = await check(market.opened, market.checked, { cache });
        return verdict.kind;
      };
      expect(await ask()).toBe('compatible');
      await market.opened.owner(elsewhere('begin perform 1; end'));
      expect(await ask()).toBe('incompatible');
      await market.opened.owner(elsewhere(makes));
      expect(await ask()).toBe('compatible');
    } finally {
      await market.close();
    }
  });
});

it('reads a large function in no time', async () => {
  const [engine] = engines;
  if (engine === undefined) throw new Error('there is no engine');
  const market = await openMarket(engine, place);
  try {
    const { findings } = await market.change(`
      create function pick() returns void language plpgsql as $$ begin /* ${'create '.repeat(8_000)} */ perform elsewhere.make(); end $$;
      create or replace function tally() returns bigint language plpgsql as $$ begin
        perform pick(); return (select count(*) from picked); end $$;`);
    expect(findings).toMatchObject([{ code: 'FUN005', severity: 'warn' }]);
  } finally {
    await market.close();
  }
});
