// What migration tools and psql meet at the embedded database's socket: the protocol's corners, settings, files of SQL.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, type ClientConfig, type Connection } from 'pg';
import { applyThroughSocket } from '../../src/database/socket/apply-through-socket.ts';
import { asksForRows } from '../../src/database/socket/copy-in.ts';
import type { Database } from '../../src/database/database.ts';
import { FrontendMessages } from '../../src/database/wire/frontend-messages.ts';
import { outsideAddress } from '../../src/database/socket/socket-address.ts';
import { aRequest, aWrite, rowsOf } from '../contract/database.ts';
import { openTestCluster } from '../support/databases/pglite.ts';

const limits = { statement: 60_000, lock: 1_000 };
const init = [{ path: 'base.sql', sql: 'create table notes (id serial primary key, body text not null);' }];

let opened: Awaited<ReturnType<typeof openTestCluster>>;
let database: Database;
beforeAll(async () => {
  opened = await openTestCluster();
  database = await opened.cluster.database({ environment: 'dev', init, limits });
});
afterAll(() => opened.close());

async function withSession<T>(use: (client: Client) => Promise<T>, config: ClientConfig = {}): Promise<T> {
  const { url } = outsideAddress(opened.cluster.socketPath, 'dev');
  const client = new Client({ connectionString: url, ...config });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

async function bodies(): Promise<unknown[]> {
  return rowsOf(await database.execute(aRequest('select body from notes order by id')));
}

describe('the protocol', () => {
  /** Sends bytes and gives what comes back until `isEnough` or the end. */
  const exchangeBytes = (bytes: Buffer, isEnough: (received: Buffer) => boolean): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      let received = Buffer.alloc(0);
      const socket = connectSocket(opened.cluster.socketPath, () => socket.write(bytes));
      socket.on('data', (chunk) => {
        received = Buffer.concat([received, chunk]);
        if (isEnough(received)) socket.destroy();
      });
      socket.on('error', reject);
      socket.on('close', () => resolve(received));
    });
  const request = (code: number, more: Buffer = Buffer.alloc(0)): Buffer => {
    const head = Buffer.alloc(8);
    head.writeInt32BE(8 + more.length, 0);
    head.writeInt32BE(code, 4);
    return Buffer.concat([head, more]);
  };
  const startUp = request(196608, Buffer.from('user\0postgres\0database\0dev\0\0'));

  it.each([
    ['SSL', 80877103],
    ['GSS', 80877104],
  ])('declines %s and goes on in the clear', async (_, code) => {
    const answer = await exchangeBytes(Buffer.concat([request(code), startUp]), (received) =>
      received.includes('server_version'),
    );
    expect(answer.subarray(0, 2).toString()).toBe('NR');
  });

  it('ends a cancel request without an answer, and the session in the middle goes on', async () => {
    await withSession(async (client) => {
      expect(await exchangeBytes(request(80877102, Buffer.alloc(8)), () => false)).toHaveLength(0);
      expect((await client.query('select 1 as n')).rows).toEqual([{ n: 1 }]);
    });
  });

  it.each([
    ['a length of nothing', Buffer.from([0, 0, 0, 0])],
    ['a length beyond the limit', Buffer.from([0x7f, 0xff, 0xff, 0xff])],
    ['a client that hangs up in its first message', startUp.subarray(0, 12)],
  ])('survives %s', async (_, bytes) => {
    const ended = exchangeBytes(bytes, () => true);
    if (bytes.length === 4) expect(await ended).toHaveLength(0);
    await withSession(async (client) => expect((await client.query('select 1')).rowCount).toBe(1));
  });

  it('takes COPY … FROM STDIN, and takes it back with its transaction', async () => {
    await withSession(async (client) => {
      expect(await copyIn(client, 'copy notes (body) from stdin', ['one\n', 'two\n'])).toBeUndefined();
      await client.query('begin');
      await copyIn(client, 'copy notes (body) from stdin', ['three\n']);
      await client.query('rollback');
      expect(await copyIn(client, 'copy notes (body) from stdin', ['a\tb\n'])).toMatchObject({
        code: '22P04',
      });
    });
    expect(await bodies()).toEqual([{ body: 'one' }, { body: 'two' }]);
    await database.execute(aWrite('delete from notes'));
  });

  it('tells what it cannot do of COPY, and goes on', async () => {
    await withSession(async (client) => {
      // Values make `pg` parse and bind.
      const parsed = client.query('copy notes (body) from stdin where id <> $1', [1]);
      await expect(parsed).rejects.toMatchObject({ code: '0A000' });
    });
    expect(await bodies()).toEqual([]);
  });

  const typed = (type: string, body: string): Buffer => {
    const message = Buffer.from(`${type}0000${body}\0`);
    message.writeInt32BE(message.length - 1, 1);
    return message;
  };

  it('runs nothing of a client that it does not let in', async () => {
    const eager = Buffer.concat([startUp, typed('Q', 'create table public.eager ()')]);
    await withSession(async () => {
      expect((await exchangeBytes(eager, () => false)).toString()).toContain('53300');
    });
    const look = await database.inspect((one) => one.query("select to_regclass('public.eager') as eager"));
    expect(look).toEqual([{ eager: null }]);
  });

  it('runs what is sent along with the first message in its environment', async () => {
    const eager = Buffer.concat([startUp, typed('Q', 'select count(*) as notes from notes')]);
    const answer = await exchangeBytes(eager, (received) => received.includes('SELECT 1'));
    expect(answer.indexOf('server_version')).toBeLessThan(answer.indexOf('notes'));
    expect(answer.includes('SELECT 1')).toBe(true);
  });

  it('takes messages however they are cut, and one of many chunks', async () => {
    await withSession(async (client) => {
      const body = 'x'.repeat(3_000_000);
      expect((await client.query(`select length('${body}') as n`)).rows).toEqual([{ n: body.length }]);
    });
    const messages = new FrontendMessages();
    const read: string[] = [];
    const both = Buffer.concat([startUp, typed('Q', 'select 1'), typed('S', '')]);
    for (const byte of both) {
      messages.add(Buffer.from([byte]));
      for (let one = messages.next(); Buffer.isBuffer(one); one = messages.next()) {
        if (read.length === 0) messages.expectTypes();
        read.push(one.toString('latin1'));
      }
    }
    expect(read.join('')).toBe(both.toString('latin1'));
    expect(read).toHaveLength(3);
  });

  it('sees at once that comments in a row are not a COPY', () => {
    const text = '/* a */\n'.repeat(10_000);
    expect(asksForRows(typed('Q', `${text}select 1`))).toBeUndefined();
    expect(asksForRows(typed('Q', `${text}/* **/ copy t from stdin`))).toBe('query');
    expect(asksForRows(typed('Q', '/* copy t from stdin */ select 1'))).toBeUndefined();
    expect(asksForRows(typed('Q', `/*${'x'.repeat(20_000_000)}*/ select 1; -- a\n copy t from stdin`))).toBe(
      'query',
    );
  });

  it('takes a string that looks like COPY for a string', async () => {
    await withSession(async (client) => {
      const { rows } = await client.query("select '; copy x from stdin' as text");
      expect(rows).toEqual([{ text: '; copy x from stdin' }]);
    });
  });

  it('tells the version that the engine says', async () => {
    const told = await withSession(
      (client) =>
        new Promise<string>((resolve, reject) => {
          client
            .query('show server_version')
            .then(({ rows }) => resolve(String(rows[0]?.server_version)), reject);
        }),
    );
    const answer = await exchangeBytes(startUp, (received) =>
      received.includes('standard_conforming_strings'),
    );
    expect(told).toMatch(/^\d+\.\d+/);
    expect(answer.includes(`server_version\0${told}\0`)).toBe(true);
  });
});

describe('settings that a client asks for as it connects', () => {
  const show = (name: string, config: ClientConfig): Promise<unknown> =>
    withSession(async (client) => (await client.query(`show ${name}`)).rows[0]?.[name], config);

  it('are in force for its session and for no call', async () => {
    expect(await show('search_path', { options: '-csearch_path=pg_catalog' })).toBe('pg_catalog');
    expect(await show('work_mem', { options: '-c work_mem=8MB --statement-timeout=7s' })).toBe('8MB');
    expect(await show('application_name', { application_name: 'flyway' })).toBe('flyway');
    expect(await show('search_path', {})).toBe('dev');
  });

  it.each([
    ['-cno_such_setting=1', '42704'],
    ['-c work_mem=lots', '22023'],
    ['-N 5', '42601'],
  ])('are refused when they are none: %s', async (options, code) => {
    await expect(show('search_path', { options })).rejects.toMatchObject({ code });
  });

  it('cannot make calls read-only, silent or unreadable', async () => {
    const insert = aWrite("insert into notes (body) values ('é') returning body");
    await withSession(async (client) => {
      await client.query(
        "set client_encoding = 'LATIN1'; set session_replication_role = replica; set row_security = off",
      );
      expect(rowsOf(await database.execute(insert))).toEqual([{ body: 'é' }]);
      await client.query('set default_transaction_read_only = on');
      expect(await database.execute(insert)).toMatchObject({ kind: 'unavailable', busy: true });
      await client.query('set default_transaction_read_only = off');
      expect(rowsOf(await database.execute(insert))).toEqual([{ body: 'é' }]);
    });
    await database.execute(aWrite('delete from notes'));
  });
});

describe('a file of SQL', () => {
  const apply = (sql: string): Promise<{ readonly messages: readonly string[] }> =>
    applyThroughSocket({
      directory: opened.directory,
      environment: 'dev',
      sql,
      file: 'next.sql',
      signal: new AbortController().signal,
    });

  it('is applied whole', async () => {
    const { messages } = await apply('create table kept (id int); insert into kept values (1)');
    expect(messages).toEqual(['CREATE', 'INSERT']);
    expect(rowsOf(await database.execute(aRequest('select id from kept')))).toEqual([{ id: 1 }]);
    expect(rowsOf(await database.execute(aWrite('delete from kept returning id')))).toEqual([{ id: 1 }]);
  });

  it.each([
    ['fails', 'create table gone (id int);\nselect nope', /^next\.sql:2: column "nope"/],
    ['commits', 'create table gone (id int); commit; create table gone2 (id int)', /ends the transaction/],
    ['brings its own BEGIN and COMMIT', 'begin; create table gone (id int); commit;', /ends the transaction/],
    ['commits and begins', 'create table gone (id int); commit; begin; select 1', /ends the transaction/],
    ['rolls back', 'create table gone (id int); rollback', /ends the transaction/],
    ['rolls back and goes on', 'rollback; create table gone (id int)', /ends the transaction/],
    ['commits in a chain', 'create table gone (id int); commit and chain', /ends the transaction/],
  ])('leaves nothing when it %s', async (_, sql, message) => {
    await expect(apply(sql)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(message),
    });
    const look = aRequest("select relname::text from pg_class where relname like 'gone%'");
    expect(rowsOf(await database.execute(look))).toEqual([]);
    expect(await database.execute(aWrite('delete from notes'))).toMatchObject({ kind: 'done' });
  });
});

it('serves psql by the command that it tells', async () => {
  const { command } = outsideAddress(opened.cluster.socketPath, 'dev');
  const shell = spawn('/bin/sh', ['-c', `${command} -X -A -t -v ON_ERROR_STOP=1 2>&1`], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let output = '';
  shell.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  shell.stdin.on('error', () => undefined);
  shell.stdin.end(
    "\\copy notes (body) from stdin\nby psql\n\\.\nselect body from notes where body = 'by psql';\n",
  );
  const [code] = await once(shell, 'close');
  // 127: a machine without psql has nothing to try it with; `pg` speaks the same protocol above.
  if (code !== 127) expect([code, output]).toEqual([0, 'COPY 1\nby psql\n']);
});

/** COPY as a driver sends it; gives the refusal, if any. */
function copyIn(client: Client, text: string, chunks: readonly string[]): Promise<Error | undefined> {
  return new Promise((resolve) => {
    client.query({
      submit: (connection: Connection) => connection.query(text),
      handleCopyInResponse: (connection: Connection & CopySender) => {
        for (const chunk of chunks) connection.sendCopyFromChunk(Buffer.from(chunk));
        connection.endCopyFrom();
      },
      handleCommandComplete: () => undefined,
      // `pg` tells a query of its error or of its end, not of both.
      handleError: (error: Error) => resolve(error),
      handleReadyForQuery: () => resolve(undefined),
    });
  });
}

interface CopySender {
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}
