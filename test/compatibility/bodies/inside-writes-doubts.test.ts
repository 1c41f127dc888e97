// Writes that PostgreSQL does without calling a function that stands in a check, a key, a trigger or the like: the check may
// warn that the function no longer works, and must not refuse the release.
import { expect, it } from '@jest/globals';
import { isBlocking, type Finding } from '../../../src/model/finding.ts';
import { aMeasuredRelease, anOperation, check } from '../../support/check/checked-release.ts';
import { describeOnChosenEngines, type Engine } from '../../support/databases/database.ts';

const functions = `
create table gone (x integer);
create function f(a text) returns boolean language plpgsql as $$ begin return exists (select from gone); end $$;
create function sf(a text) returns boolean language plpgsql strict as $$ begin return exists (select from gone); end $$;
create function key_of(a text) returns text language plpgsql immutable as $$ begin return (select max(x)::text from gone); end $$;
create function strict_key(a text) returns text language plpgsql immutable strict as $$ begin return (select max(x)::text from gone); end $$;
create function place_of(a integer) returns integer language plpgsql as $$ begin return (select max(x) from gone); end $$;
create function same(a text, b text) returns boolean language plpgsql strict as $$ begin return exists (select from gone); end $$;
create operator ==~ (leftarg = text, rightarg = text, function = same);
create function noop() returns trigger language plpgsql as $$ begin return null; end $$;
create function needing() returns trigger language plpgsql as $$ begin perform x from gone; return null; end $$;`;

const routed = `
create table kid (id integer, n text not null);
create function route() returns trigger language plpgsql as $$ begin insert into kid values (new.id, new.n); return null; end $$;
create trigger r before insert on p for each row execute function route();`;
const conditional = 'for each row when (f(new.n)) execute function noop()';
const insert = "insert into p (id, n) values (1, 'a')";

const doubts: readonly (readonly [title: string, setup: string, sql: string])[] = [
  [
    'a strict function is given a part of a column',
    "create table p (id integer, doc jsonb not null check (sf(doc->>'tag')))",
    "insert into p (id, doc) values (1, '{}')",
  ],
  [
    'a strict function is given NULL by an expression',
    "create table p (id integer, n text not null check (sf(nullif(n, ''))))",
    "insert into p (id, n) values (1, '')",
  ],
  [
    'a default gives a strict function NULL',
    "create table p (id integer, b boolean default sf(current_setting('app.x', true)))",
    'insert into p (id) values (1)',
  ],
  [
    'a partition key is of a strict function',
    `create table p (id integer, n text) partition by list (strict_key(n)); create table p1 partition of p default;
      create table p2 partition of p for values in ('x')`,
    'insert into p (id) values (1)',
  ],
  [
    'a subscript of NULL is not evaluated',
    'create table p (id integer, tags integer[] check (tags[place_of(id)] is null))',
    'insert into p (id) values (1)',
  ],
  [
    'an array has no element to compare',
    "create table p (id integer, tags text[] not null check (not ('x' ==~ any (tags))))",
    "insert into p (id, tags) values (1, '{}')",
  ],
  [
    'a trigger routes the row away from an index',
    `create table p (id integer, n text not null); create index on p (key_of(n)); ${routed}`,
    insert,
  ],
  [
    'a trigger routes the row away from a check',
    `create table p (id integer, n text not null check (f(n)) no inherit); ${routed}`,
    insert,
  ],
  [
    'a trigger routes the row away from the condition of another',
    `create table p (id integer, n text not null); ${routed} create trigger z after insert on p ${conditional}`,
    insert,
  ],
  [
    'a trigger routes the row away from the function of another',
    `create table p (id integer, n text not null); ${routed}
      create trigger z after insert on p for each row execute function needing()`,
    insert,
  ],
  [
    'a trigger of PostgreSQL suppresses the update',
    `create table p (id integer, n text not null check (f(n))); insert into gone values (1); insert into p values (1, 'a');
      create trigger s before update on p for each row execute function suppress_redundant_updates_trigger()`,
    "update p set n = 'a' where id = 1",
  ],
  [
    'the rows are those of a table that inherits',
    `create table p (id integer, n text not null check (f(n)) no inherit); create table kid () inherits (p);
      insert into kid values (1, 'a'); create trigger z after update on p ${conditional}`,
    "update p set n = 'b' where id = 1",
  ],
  [
    'there is a conflict before the condition of a trigger',
    `create table p (id integer primary key, n text not null); insert into p values (1, 'a');
      create trigger z after insert on p ${conditional}`,
    `${insert} on conflict do nothing`,
  ],
  [
    'there is a conflict before the function of a trigger',
    `create table p (id integer primary key, n text not null); insert into p values (1, 'a');
      create trigger z after insert on p for each row execute function needing()`,
    `${insert} on conflict do nothing`,
  ],
  [
    'the trigger is switched off on the partition',
    `create table p (id integer, n text not null) partition by list (id); create table p1 partition of p for values in (1);
      create trigger z after insert on p ${conditional}; alter table p1 disable trigger z`,
    insert,
  ],
];

const noPartitionHasIt = `
create table p (id integer, n text not null) partition by list (id); create table p1 partition of p for values in (1);
create index on only p (key_of(n))`;

describeOnChosenEngines('what the check may only warn of', (engine) => {
  it.each(doubts)('is a function that is not called where %s', async (_title, setup, sql) => {
    const { bodies, findings } = await judgeWithout(engine, setup, sql);
    expect(bodies).not.toEqual([]);
    expect(findings.filter(isBlocking)).toEqual([]);
  });

  it('is nothing of an index that no partition has', async () => {
    const { bodies, findings } = await judgeWithout(engine, noPartitionHasIt, insert);
    expect(bodies).toEqual([]);
    expect(findings.filter(({ code }) => code === 'FUN005')).toEqual([]);
  });
});

/** Judges it without the table that the functions read, where PostgreSQL does it all the same. */
async function judgeWithout(
  engine: Engine,
  setup: string,
  sql: string,
): Promise<{ readonly bodies: readonly string[]; readonly findings: readonly Finding[] }> {
  const opened = await engine.open({ sql: functions + setup });
  try {
    const operations = { write: { ...anOperation(sql), mode: 'write' } };
    const checked = await aMeasuredRelease(opened, { schema: {}, operations });
    await opened.owner('drop table gone');
    opened.database.recycle();
    const verdict = await check(opened, checked);
    if (!('fingerprint' in verdict)) throw new Error(verdict.message);
    await opened.owner(sql);
    return { bodies: checked.release.contract?.bodies ?? [], findings: verdict.findings };
  } finally {
    await opened.close();
  }
}
