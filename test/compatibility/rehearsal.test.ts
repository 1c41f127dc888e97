// Up, down, up: what a way down forgets is named, object by object.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sayDifference } from '../../src/compatibility/preview/describe-schema.ts';
import { rehearseMigration } from '../../src/compatibility/preview/rehearse-migration.ts';
import { openScratch, resetScratch, type OwnerSession } from '../../src/database/session/owner-session.ts';
import { realClock } from '../support/clock.ts';

const base = `
  create type mood as enum ('good', 'bad');
  create table a (id integer primary key, note text default 'x', at timestamptz);
  create index a_note on a (note);
  create function twice(i int) returns int language sql as 'select i * 2';
  create view shown as select id from a;
  comment on table a is 'people';
  grant select on a to reader;`;

describe('a rehearsal', () => {
  let session: OwnerSession;
  beforeAll(async () => {
    session = await openScratch({ clock: realClock, signal: new AbortController().signal });
    await session.run('create role reader nologin');
  });
  afterAll(() => session.close());

  async function rehearse(up: string, down: string) {
    await resetScratch(session);
    await session.run(`drop schema public cascade; create schema public; ${base}`);
    return rehearseMigration(session, { up, down });
  }

  it.each([
    ['a column', 'alter table a add b int', 'alter table a drop b'],
    ['an index', 'drop index a_note', 'create index a_note on a (note)'],
    ['a table', 'create table b (id serial primary key, a int references a)', 'drop table b'],
    [
      'a function',
      "create or replace function twice(i int) returns int language sql as 'select i + i'",
      "create or replace function twice(i int) returns int language sql as 'select i * 2'",
    ],
  ])('is content with the inverse of %s', async (_, up, down) => {
    expect(await rehearse(up, down)).toEqual({ afterDown: [], afterUpAgain: [], failure: undefined });
  });

  it.each([
    ['an index', 'drop index a_note', 'select 1', 'index a_note is missing'],
    ['a default', 'alter table a alter note drop default', 'select 1', 'default a.note is missing'],
    [
      'another default',
      "alter table a alter note set default 'y'",
      "alter table a alter note set default 'z'",
      "default a.note differs: 'x'::text became 'z'::text",
    ],
    ['a grant', 'revoke select on a from reader', 'select 1', 'grant a differs'],
    ['a comment', 'comment on table a is null', 'select 1', 'comment a is missing: people'],
    [
      'the order of enum labels',
      "alter type mood add value 'fair' before 'bad'",
      'select 1',
      "enum mood differs: 'good', 'bad' became 'good', 'fair', 'bad'",
    ],
    [
      'the order of columns',
      'alter table a drop note',
      "alter table a add note text default 'x'; create index a_note on a (note)",
      'order of columns a differs: id, note, at became id, at, note',
    ],
    [
      'a constraint',
      'alter table a add constraint positive check (id > 0)',
      'select 1',
      'constraint a.positive is new: CHECK ((id > 0))',
    ],
    [
      'row security',
      'alter table a enable row level security; create policy p on a using (true)',
      'drop policy p on a',
      'table a differs',
    ],
    ['a view', 'drop view shown', 'create view shown as select id, at from a', 'view shown differs'],
  ])('names %s that the way down forgets', async (_, up, down, expected) => {
    const { afterDown } = await rehearse(up, down);
    expect(afterDown.map(sayDifference).join('\n')).toContain(expected);
  });

  it('says which step PostgreSQL refuses', async () => {
    expect((await rehearse('alter table nothing add b int', 'select 1')).failure).toMatchObject({
      step: 'up',
    });
    expect((await rehearse('alter table a add b int', 'drop tabel a')).failure).toMatchObject({
      step: 'down',
    });
    const again = await rehearse('alter table a add b int', 'select 1');
    expect(again.failure).toMatchObject({ step: 'up again' });
    expect(again.afterDown.map(({ name }) => name)).toContain('a.b');
  });
});
