// What PRV002 and PRV003 suggest for rights that are lacking behind what a statement names: each suggestion, applied, mends the
// refusal, and grants no more than the statement needs.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isBlocking, type Finding } from '../../src/model/finding.ts';
import { aMeasuredRelease, anOperation, check, type Checked } from '../support/check/checked-release.ts';
import { suggestionsOf } from '../support/check/suggested-migrations.ts';
import { chosenServers, type OpenedDatabase } from '../support/databases/database.ts';

const role = 'stk_test_behind';
const sql = `
do $$ begin create role stk_test_view_owner; exception when duplicate_object or unique_violation then null; end $$;
create schema base;
create table base.t (id integer primary key, n text);
create view by_owner as select id, n from base.t;
create view by_caller with (security_invoker) as select id, n from base.t;
alter view by_owner owner to stk_test_view_owner;
grant usage on schema base to stk_test_view_owner, ${role};
grant select, update on base.t to stk_test_view_owner, ${role};
create table secrets (id integer primary key, a integer, hidden text);
grant select (id, a), update (a, id) on secrets to ${role};
create table audit (id integer);
create table noted (id integer);
create rule note as on insert to noted do also insert into audit values (new.id);
create table docs (id integer primary key, team integer);
create table memb (team integer);
alter table docs enable row level security;
create policy by_team on docs using (exists (select from memb m where m.team = docs.team));
alter table noted owner to stk_test_view_owner;
grant insert on audit to stk_test_view_owner;
grant usage on schema behind to stk_test_view_owner;
grant select, insert, update, delete on by_owner, by_caller, noted, docs, memb to ${role};
`;
const operations = {
  byOwner: anOperation('select id, n from by_owner'),
  byCaller: anOperation('select id, n from by_caller'),
  change: anOperation('update by_owner set n = :n where id = :id', 'write'),
  set: anOperation('update secrets set a = :a where id = :id', 'write'),
  lock: anOperation('select team from memb for update', 'write'),
  note: anOperation('insert into noted (id) values (:id)', 'write'),
  docs: anOperation('select id from docs'),
};

/** `lost`: what is taken; `told`: CODE object → migration. */
const cases: readonly { readonly title: string; readonly lost: string; readonly told: readonly string[] }[] =
  [
    {
      title: 'a view whose owner may not read',
      lost: 'revoke select on base.t from stk_test_view_owner',
      told: ['PRV002 base.t: grant select on base.t to stk_test_view_owner;'],
    },
    {
      title: 'a view whose owner may not write',
      lost: 'revoke update on base.t from stk_test_view_owner',
      told: ['PRV002 base.t: grant update on base.t to stk_test_view_owner;'],
    },
    {
      title: "a view with its caller's rights",
      lost: `revoke select on base.t from ${role}`,
      told: [`PRV002 base.t: grant select on base.t to ${role};`],
    },
    {
      title: 'one table by two roles',
      lost: `revoke select on base.t from ${role}, stk_test_view_owner`,
      told: [
        `PRV002 base.t: grant select on base.t to stk_test_view_owner;\ngrant select on base.t to ${role};`,
      ],
    },
    {
      title: 'a column of several',
      lost: `revoke update (a) on secrets from ${role}`,
      told: [`PRV003 behind.secrets.a: grant update (a) on behind.secrets to ${role};`],
    },
    {
      title: 'the last column that could be written',
      lost: `revoke update (a, id) on secrets from ${role}`,
      told: [`PRV003 behind.secrets.a: grant update (a) on behind.secrets to ${role};`],
    },
    {
      title: 'a row that is locked',
      lost: `revoke update on memb from ${role}`,
      told: [`PRV002 behind.memb: grant update on behind.memb to ${role};`],
    },
    {
      title: "a rule's table",
      lost: 'revoke insert on audit from stk_test_view_owner',
      told: ['PRV002 behind.audit: grant insert on behind.audit to stk_test_view_owner;'],
    },
    {
      title: "a policy's table",
      lost: `revoke select on memb from ${role}; grant select (team) on docs to ${role}`,
      told: [`PRV002 behind.memb: grant select on behind.memb to ${role};`],
    },
  ];

describe.each(chosenServers)('rights behind a statement on $name', (engine) => {
  let opened: OpenedDatabase;
  let release: Checked;
  const blocking = async (): Promise<readonly Finding[]> => {
    const verdict = await check(opened, release);
    if (!('findings' in verdict)) throw new Error(verdict.kind);
    return verdict.findings.filter(isBlocking);
  };
  beforeAll(async () => {
    opened = await engine.open({ sql, role, schema: 'behind' });
    release = await aMeasuredRelease(opened, { schema: {}, operations });
  });
  afterAll(() => opened.close());

  it.each(cases)('mends $title', async ({ lost, told }) => {
    expect(await blocking()).toEqual([]);
    await opened.owner(lost);
    const found = await blocking();
    expect(found.map(({ code, object, migration }) => `${code} ${object}: ${migration}`)).toEqual(told);
    await opened.owner(...suggestionsOf(found));
    expect(await blocking()).toEqual([]);
    await opened.owner(`grant update (a, id) on secrets to ${role}`);
  });
});
