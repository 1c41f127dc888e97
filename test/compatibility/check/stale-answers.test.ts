// What was remembered of a database and what sessions hold prepared must not outlast a change: neither a verdict, in either
// direction, nor the plan of a call, nor the name of a type. From public reports of incidents.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createCheckCache, type CheckCache } from '../../../src/compatibility/check/check-cache.ts';
import { checkMatrix } from '../../../src/compatibility/check/rollback-matrix.ts';
import type { Json } from '../../../src/kernel/json.ts';
import { prepareStatement } from '../../../src/sql/prepare-statement.ts';
import { aMeasuredRelease, anOperation, check, type Checked } from '../../support/check/checked-release.ts';
import { describeOnEachEngine, type OpenedDatabase } from '../../support/databases/database.ts';

const role = 'stk_test_stale';
const onServers = { role } as const;

const sql = `
create schema if not exists lib; create schema if not exists far;
create table docs (id integer primary key, team integer); create table memb (team integer);
insert into docs values (1, 1); insert into memb values (1);
alter table docs enable row level security;
create policy p on docs using (exists (select from memb m where m.team = docs.team));
create table plain (id integer, n text);
create type st as enum ('new', 'open'); create domain lib.code as text; create domain dm as text;
create table t (id integer primary key, n text, s st, d dm); insert into t values (1, 'a', 'new', 'x');
create function of_status(a text) returns text language plpgsql stable as $$ declare v st; begin v := a; return v; end $$;
create table emp (id integer, name text); insert into emp values (1, 'ann');
create function hide() returns integer language plpgsql as $$ begin create temporary table emp as select 999 as id; return 1; end $$;
`;
const grants = (who: string): string =>
  `grant usage on schema lib, far to ${who}; grant select, insert, update, delete on all tables in schema CURRENT to ${who};`;

const operations = {
  docs: anOperation('select id from docs'),
  plain: anOperation('update plain set n = :n', 'write'),
  code: anOperation('select cast(:x as lib.code) as x'),
  rename: anOperation('update t set d = :d where id = 1', 'write'),
};

describeOnEachEngine('what is remembered', (engine) => {
  let opened: OpenedDatabase;
  let release: Checked;
  let cache: CheckCache;
  let caller: string;
  const kinds = async (): Promise<readonly string[]> => {
    const one = await check(opened, release, { cache });
    const many = await checkMatrix(opened.database, {
      releases: [{ ...release, digest: 'd' }],
      cache: matrixCache,
      strict: false,
      accept: [],
      now: 0,
    });
    if (many.kind !== 'answered') throw new Error(many.kind);
    return [one.kind, many.rows[0]?.fits === true ? 'compatible' : 'incompatible'];
  };
  let matrixCache: CheckCache;
  const call = async (
    text: string,
    values: readonly Json[] = [],
    mode: 'read' | 'write' = 'read',
  ): Promise<string> => {
    const statement = prepareStatement(text);
    const outcome = await opened.database.execute({
      statement: { name: `stk_test_${text}`.slice(0, 63), text: statement.text, mode },
      values,
      claims: undefined,
      wants: 'rows',
      maxRows: 10,
    });
    return outcome.kind === 'done'
      ? outcome.rows.join()
      : outcome.kind === 'sql-error'
        ? outcome.error.sqlstate
        : outcome.kind;
  };
  beforeAll(async () => {
    opened = await engine.open({ sql, ...onServers });
    const [row] = await opened.database.inspect((session) =>
      session.query('select current_user as me, current_schema as home'),
    );
    caller = row?.['me'] ?? '';
    await opened.owner(grants(caller).replace('CURRENT', row?.['home'] ?? ''));
    release = await aMeasuredRelease(opened, { schema: {}, operations });
    cache = createCheckCache();
    matrixCache = createCheckCache();
  });
  afterAll(() => opened.close());

  const fits = ['compatible', 'compatible'];
  const not = ['incompatible', 'incompatible'];

  it.each([
    [
      'a grant on a table that only a policy names',
      () => `revoke select on memb from ${caller}`,
      () => `grant select on memb to ${caller}`,
    ],
    [
      'a publication over a table without a key',
      () => 'create publication p for all tables',
      () => 'drop publication p',
    ],
    [
      'the usage of a schema that only a type names',
      () => `revoke usage on schema lib from ${caller}`,
      () => `grant usage on schema lib to ${caller}`,
    ],
  ])('follows %s both ways', async (_title, change, mend) => {
    expect(await kinds()).toEqual(fits);
    await opened.owner(change());
    try {
      expect(await kinds()).toEqual(not);
    } finally {
      await opened.owner(mend());
    }
    expect(await kinds()).toEqual(fits);
  });

  it('never refuses on the word of a cache, whatever a fingerprint leaves out', async () => {
    const kept = createCheckCache();
    const verdict = await check(opened, release, { cache: kept });
    if (verdict.kind !== 'compatible') throw new Error(verdict.kind);
    const finding = {
      code: 'REL001',
      slug: 'relation-missing',
      severity: 'block',
      object: 'gone',
      expected: '',
      actual: '',
      operations: [],
      hint: '',
    } as const;
    kept.set(verdict.fingerprint, 'd', [finding]);
    expect((await check(opened, release, { cache: kept })).kind).toBe('compatible');
  });

  it.each([
    [
      'an enum that is made again',
      'update t set n = :n, s = :s where id = 1 returning s',
      ['z', 'open'],
      '{"s":"open"}',
      'write',
      "alter type st rename to st_old; create type st as enum ('new', 'open'); alter table t alter s type st using s::text::st; drop type st_old",
    ],
    [
      'a domain of another schema that is made again',
      'select cast(cast(:x as lib.code) as text) as x',
      ['a'],
      '{"x":"a"}',
      'read',
      'begin; drop domain lib.code; create domain lib.code as text; commit',
    ],
    [
      'a column that is added',
      'select * from emp',
      [],
      '{"id":1,"name":"ann","extra":null}',
      'read',
      'alter table emp add column extra text',
    ],
  ] as const)('calls go on after %s', async (_title, text, values, expected, mode, change) => {
    await call(text, values, mode);
    await opened.owner(change);
    expect(await call(text, values, mode)).toBe(expected);
    expect(await kinds()).toEqual(fits);
  });

  it('a session whose functions hold a type that is gone is replaced', async () => {
    if (engine.name === 'pglite') return;
    const text = "select of_status('new') as s";
    expect(await call(text)).toBe('{"s":"new"}');
    await opened.owner(
      "alter table t alter s type text; drop type st; create type st as enum ('new', 'open'); alter table t alter s type st using s::st",
    );
    await call(text);
    expect(await call(text)).toBe('{"s":"new"}');
  });

  it('a type that has another name or schema is spelled as it is now', async () => {
    await opened.owner('alter domain dm rename to dm2; alter domain dm2 set schema far');
    expect(await kinds()).toEqual(fits);
  });

  it('a temporary table of one call hides nothing from the next', async () => {
    await opened.owner('grant execute on function hide() to public');
    expect(await call('select hide() as h', [], 'write')).toBe('{"h":1}');
    expect(await call("update emp set name = 'real' where id = 1 returning id", [], 'write')).toBe(
      '{"id":1}',
    );
    expect(await call('select hide() as h', [], 'write')).toBe('{"h":1}');
  });
});
