// A server that takes no writes: what the check says of the operations, beside what the calls then really do.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFingerprint } from '../../../src/database/catalogue/catalogue-fingerprint.ts';
import type { ExecuteOutcome } from '../../../src/database/database.ts';
import { aCheckedRelease, anOperation, check, type Checked } from '../../support/check/checked-release.ts';
import { openPostgresAt, runSql, type OpenedDatabase } from '../../support/databases/database.ts';
import { startPostgresServer, type TestServer } from '../../support/databases/postgres-server.ts';

const operations = {
  'notes.list': anOperation('select id, note from notes'),
  'notes.listAs': anOperation('select id, upper(note) as note from notes', 'write'),
  'notes.add': anOperation('insert into notes (note) values (:note) returning note', 'write'),
  'notes.next': anOperation("select nextval('notes_id_seq') > 0 as is_new", 'write'),
  'notes.take': anOperation('select id from notes for update', 'write'),
  'notes.keep': anOperation('select keep(:note) as kept', 'write'),
  'notes.loud': anOperation('select loud(:note) as loud', 'write'),
};
const writers = ['notes.add', 'notes.next', 'notes.take'];

describe.each([15, 18] as const)('a standby of PostgreSQL %s', (version) => {
  let server: TestServer;
  let opened: OpenedDatabase;
  let checked: Checked;
  beforeAll(async () => {
    server = await startPostgresServer(version);
    await runSql(
      server.url,
      `create table notes (id serial primary key, note text not null); insert into notes (note) values ('x');
       create function keep(kept text) returns integer language sql as $$ insert into notes (note) values (kept) returning id $$;
       create function loud(said text) returns text language sql immutable as $$ select upper(said) $$`,
    );
    opened = open(server);
    checked = await aCheckedRelease({ schema: {}, operations });
  });
  afterAll(async () => {
    await opened.close();
    await server.stop();
  });

  const findings = async (): Promise<readonly { readonly code: string }[]> => {
    const verdict = await check(opened, checked);
    if (!('findings' in verdict)) throw new Error(verdict.kind);
    return verdict.findings.filter(({ code }) => code !== 'ENV003');
  };
  const refused = async (): Promise<string[]> => {
    const outcomes = await Promise.all(
      [...checked.statements].map(async ([name, { text }], index): Promise<[string, ExecuteOutcome]> => {
        const { mode } = operationOf(checked, name);
        const statement = { name: `s${index}`, text, mode };
        const request = { statement, values: ['n'], claims: undefined, wants: 'rows', maxRows: 100 } as const;
        return [name, await opened.database.execute(request)];
      }),
    );
    return outcomes
      .flatMap(([name, outcome]) =>
        outcome.kind === 'sql-error' && outcome.error.sqlstate === '25006' ? [name] : [],
      )
      .sort();
  };
  const fingerprint = (): Promise<string> =>
    opened.database.inspect((session) =>
      readFingerprint(session, { relations: [], enums: [], functions: [], bodies: [] }),
    );

  it('says nothing of a database whose transactions are read-only by default: calls say otherwise', async () => {
    await runSql(server.url, 'alter database postgres set default_transaction_read_only = on');
    await opened.close();
    opened = open(server);
    expect(await findings()).toEqual([]);
    expect(await refused()).toEqual([]);
  });

  it('blocks what writes, and warns of functions that may, under another fingerprint, until the server is promoted', async () => {
    const before = await fingerprint();
    await opened.close();
    await server.restartAsStandby();
    opened = open(server);
    expect(await findings()).toMatchObject([
      { code: 'ENV006', severity: 'block', object: 'server', operations: writers, sqlstate: '25006' },
      { code: 'ENV006', severity: 'warn', object: 'public.keep', operations: ['notes.keep'] },
      { code: 'ENV006', severity: 'warn', object: 'public.loud', operations: ['notes.loud'] },
    ]);
    expect(await refused()).toEqual([...writers, 'notes.keep'].sort());
    expect(await fingerprint()).not.toBe(before);
    await runSql(server.url, 'select pg_promote()');
    expect(await fingerprint()).toBe(before);
    expect(await findings()).toEqual([]);
    expect(await refused()).toEqual([]);
  });
});

function open({ url }: TestServer): OpenedDatabase {
  const database = openPostgresAt(url);
  return { database, owner: (sql) => runSql(url, sql), close: () => database.close() };
}

function operationOf({ release }: Checked, name: string): { readonly mode: 'read' | 'write' } {
  const operation = release.operations.get(name);
  if (operation?.kind !== 'sql') throw new Error(`no operation ${name}`);
  return operation;
}
