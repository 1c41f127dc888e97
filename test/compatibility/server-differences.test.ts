// What a release meets on a database that is not made as that of its cut: another schema, another PostgreSQL, an extension or a
// function in another place, a foreign server that cannot be reached.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Finding } from '../../src/model/finding.ts';
import { aMeasuredRelease, anOperation, check, type Checked } from '../support/check/checked-release.ts';
import { cutRelease } from '../support/check/cut-release.ts';
import {
  openPostgresAt,
  servers,
  createTestDatabase,
  type OpenedDatabase,
} from '../support/databases/database.ts';

async function findingsOf(
  opened: Pick<OpenedDatabase, 'database'>,
  release: Checked,
): Promise<readonly Finding[]> {
  const verdict = await check(
    { ...opened, owner: () => Promise.resolve([]), close: () => Promise.resolve() },
    release,
  );
  if (!('findings' in verdict)) throw new Error(verdict.kind);
  return verdict.findings.filter(({ code }) => code !== 'ENV003');
}

const sayAll = (findings: readonly Finding[]): string[] =>
  findings.map(
    ({ severity, code, object, operations }) => `${severity} ${code} ${object}: ${operations.join(' ')}`,
  );

const role = 'stk_test_places';
const sql = `
create extension citext;
create schema ext;
grant usage on schema ext to ${role};
create table users (id integer, email citext, tags integer[]);
create function holds(integer[], integer[]) returns boolean language sql as 'select true';
create function tax(n numeric) returns numeric language sql as 'select n';
create extension postgres_fdw;
create server other foreign data wrapper postgres_fdw options (host '127.0.0.1', port '1', dbname 'x');
create user mapping for public server other options (user 'x', password 'x');
create foreign table far (id integer) server other;
grant select, insert on users, far to ${role};
`;
const operations = {
  'users.find': anOperation('select id from users where email = :m'),
  'users.tagged': anOperation('select id from users where tags @> cast(:t as integer[])'),
  'users.tax': anOperation('select tax(id) as tax from users'),
  far: anOperation('select id from far'),
  'far.add': anOperation('insert into far (id) values (:id)', 'write'),
};

describe.each(servers)('the places of things on $name', (engine) => {
  let opened: OpenedDatabase;
  let release: Checked;
  beforeAll(async () => {
    opened = await engine.open({ sql, role });
    const citext = ['.citext_eq(.citext, .citext)'];
    const calls = new Map([['users.find', citext]]);
    release = await aMeasuredRelease(opened, { schema: {}, operations }, { calls });
  });
  afterAll(() => opened.close());

  it.each([
    [
      'the type of an operator',
      'alter extension citext set schema ext',
      'alter extension citext set schema public',
      ['warn OPS008 users.find.citext: users.find'],
      'operator(ext.=)',
    ],
    [
      'an operator for one type of array',
      'create operator @> (leftarg = integer[], rightarg = integer[], function = holds)',
      'drop operator @> (integer[], integer[])',
      ['warn OPS008 users.tagged.@>: users.tagged'],
      'operator(pg_catalog.@>)',
    ],
    [
      'a function',
      'alter function tax set schema ext',
      'alter function ext.tax set schema public',
      ['block FUN001 public.tax: users.tax'],
      'It is in schema ext',
    ],
    [
      'a user mapping',
      'drop user mapping for public server other',
      "create user mapping for public server other options (user 'x', password 'x')",
      ['block REL007 public.far: far far.add'],
      'create user mapping',
    ],
    [
      'a foreign server that takes no writes',
      "alter server other options (add updatable 'false')",
      'alter server other options (drop updatable)',
      ['block REL002 public.far: far.add'],
      'serve a release that does not write',
    ],
  ])('names %s', async (_, change, undo, said, hint) => {
    expect(sayAll(await findingsOf(opened, release))).toEqual([]);
    await opened.owner(change);
    const found = await findingsOf(opened, release);
    expect(sayAll(found)).toEqual(said);
    expect(found[0]?.hint).toContain(hint);
    await opened.owner(undo);
  });

  it('says of the server behind a foreign table that it does not answer', async () => {
    const statement = { name: 'far', text: 'select id from far', mode: 'read' } as const;
    const outcome = await opened.database.execute({
      statement,
      values: [],
      claims: undefined,
      wants: 'rows',
      maxRows: 10,
    });
    expect(outcome).toMatchObject({ kind: 'sql-error', error: { sqlstate: '08001' } });
  });

  it('names the schema of the environment when it does not exist, and nothing else', async () => {
    const version = engine.name === 'postgres-15' ? 15 : 18;
    const { url, drop } = await createTestDatabase(version);
    const database = openPostgresAt(url, { schema: 'nowhere' });
    try {
      const found = await findingsOf({ database }, release);
      expect(found).toMatchObject([{ code: 'ENV007', object: 'nowhere', severity: 'block' }]);
    } finally {
      await database.close();
      await drop();
    }
  });
});

it('says which PostgreSQL a release needs that was cut on a newer one', async () => {
  const [older] = servers;
  const made = 'create table t (id integer, n text)';
  const newer = await cutRelease('postgres-18', {
    sql: made,
    operations: {
      'one.any': anOperation('select any_value(n) as n from t'),
      'one.id': anOperation('select uuidv7() as id'),
      'one.old': anOperation('update t set n = :n returning old.n', 'write'),
      'one.plain': anOperation('select id from t'),
    },
  });
  const opened = await older?.open({ sql: made });
  if (opened === undefined) throw new Error('there is no server');
  try {
    const found = await findingsOf(opened, newer);
    expect(sayAll(found)).toEqual([
      'block OPS009 one.any: one.any',
      'block OPS009 one.id: one.id',
      'block OPS009 one.old: one.old',
    ]);
    expect(found[0]).toMatchObject({
      expected: expect.stringContaining('18'),
      actual: expect.stringContaining('15'),
    });
  } finally {
    await opened.close();
  }
});
