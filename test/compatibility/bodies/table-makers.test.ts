// Functions that may make the tables of the bodies that call them, and that no release knew when it was cut.
import { expect, it } from '@jest/globals';
import { createCheckCache } from '../../../src/compatibility/check/check-cache.ts';
import { check } from '../../support/check/checked-release.ts';
import { describeOnChosenEngines, engines } from '../../support/databases/database.ts';
import { openFixture } from '../../support/check/fixture-rig.ts';
import { write, type Fixture } from '../../support/check/fixture.ts';

const makes = 'begin create temp table if not exists picked (id integer) on commit drop; end';
const elsewhere = (body: string): string =>
  `create or replace function elsewhere.make() returns void language plpgsql as $$ ${body} $$;`;

const madeTables: Fixture = {
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

describeOnChosenEngines('a function that is new since the cut', (engine) => {
  it('is asked again each time whether it makes the table', async () => {
    const fixture = await openFixture(engine, madeTables);
    try {
      const { findings } = await fixture.change(`
        create function pick() returns void language plpgsql as $$ begin perform elsewhere.make(); end $$;
        create or replace function tally() returns bigint language plpgsql as $$ begin
          perform pick(); return (select count(*) from picked); end $$;`);
      expect(findings).toMatchObject([{ code: 'FUN005', severity: 'warn' }]);
      const cache = createCheckCache();
      const ask = async (): Promise<unknown> => {
        const verdict = await check(fixture.opened, fixture.checked, { cache });
        return verdict.kind;
      };
      expect(await ask()).toBe('compatible');
      await fixture.opened.owner(elsewhere('begin perform 1; end'));
      expect(await ask()).toBe('incompatible');
      await fixture.opened.owner(elsewhere(makes));
      expect(await ask()).toBe('compatible');
    } finally {
      await fixture.close();
    }
  });
});

it('reads a large function in no time', async () => {
  const [engine] = engines;
  if (engine === undefined) throw new Error('there is no engine');
  const fixture = await openFixture(engine, madeTables);
  try {
    const { findings } = await fixture.change(`
      create function pick() returns void language plpgsql as $$ begin /* ${'create '.repeat(2_000)} */ perform elsewhere.make(); end $$;
      create or replace function tally() returns bigint language plpgsql as $$ begin
        perform pick(); return (select count(*) from picked); end $$;`);
    expect(findings).toMatchObject([{ code: 'FUN005', severity: 'warn' }]);
  } finally {
    await fixture.close();
  }
});
