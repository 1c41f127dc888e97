// What is left after a process or a server dies in the middle: nothing half made, no lock that stays, no Hub that must be
// started again.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openEmbedded } from '../../src/database/embedded/embedded-cluster.ts';
import { aRequest, aWrite, rowsOf } from '../contract/database.ts';
import { realClock } from '../support/clock.ts';
import { openPostgresAt, runSql } from '../support/databases/database.ts';
import { createEmbeddedFolder } from '../support/databases/pglite.ts';
import { buildModule, type BuiltModule } from '../support/hub/built-module.ts';
import { startPostgresServer, type TestServer } from '../support/databases/postgres-server.ts';

const limits = { statement: 60_000, lock: 200 };

let built: BuiltModule;
beforeAll(async () => {
  built = await buildModule('database/embedded/embedded-cluster.ts');
});
afterAll(() => built.remove());

/** A process that opens the built embedded database and makes the schema of `dev` by `sql`. It says `making` as it begins. */
function makeElsewhere(directory: string, sql: string): ChildProcess {
  // As CommonJS: the flag that makes it a module would be handed on to worker threads, which refuse it.
  const script = `(async () => {
    const { openEmbedded } = await import('${built.url}');
    const clock = {
      now: () => Date.now(), random: () => 0.5,
      sleep: (ms, signal) =>
        require('node:timers/promises').setTimeout(ms, undefined, { signal }).catch(() => undefined),
    };
    const onProgress = (message) => console.log(message);
    const cluster = await openEmbedded({ directory: process.argv[1], clock, onProgress });
    const init = [{ path: 'a.sql', sql: process.argv[2] }];
    await cluster.database({ environment: 'dev', init, limits: { statement: 60000, lock: 200 } });
    console.log('made');
    setInterval(() => undefined, 1000);
  })()`;
  return spawn(process.execPath, ['-e', script, directory, sql], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

function untilSaid(child: ChildProcess, word: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes(word)) resolve();
    });
    child.once('exit', () => reject(new Error(`it ended before it said ${word}: ${said}`)));
  });
}

async function kill(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

describe('the embedded database of a process that is killed', () => {
  const init = [{ path: 'a.sql', sql: 'create table notes (id int primary key)' }];

  it('has nothing half made when it happens in the middle of init', async () => {
    const directory = await createEmbeddedFolder();
    const slow = `create table notes (id int); create table half (id int);
      select count(*) from generate_series(1, 100000) a, generate_series(1, 100000) b;`;
    const child = makeElsewhere(directory, slow);
    await untilSaid(child, 'Making the embedded schema of dev');
    await kill(child);
    const cluster = await openEmbedded({ directory, clock: realClock });
    const database = await cluster.database({ environment: 'dev', init, limits });
    const half = await database.inspect((session) => session.query("select to_regclass('dev.half') as half"));
    expect(half).toEqual([{ half: null }]);
    expect(rowsOf(await database.execute(aWrite('insert into notes values (1) returning id')))).toEqual([
      { id: 1 },
    ]);
    await cluster.close();
    await rm(directory, { recursive: true });
  });

  it('has nothing half made when it happens before the first init', async () => {
    const directory = await createEmbeddedFolder();
    await mkdir(join(directory, 'data.making', 'base'), { recursive: true });
    await writeFile(join(directory, 'data.making', 'PG_VERSION'), '1');
    const cluster = await openEmbedded({ directory, clock: realClock });
    await cluster.close();
    expect((await readdir(directory)).filter((name) => name.startsWith('data'))).toEqual(['data']);
    await rm(directory, { recursive: true });
  });

  it('keeps what was committed, and its lock is taken over', async () => {
    const directory = await createEmbeddedFolder();
    const child = makeElsewhere(directory, 'create table notes (id int); insert into notes values (7)');
    await untilSaid(child, 'made');
    await expect(openEmbedded({ directory, clock: realClock })).rejects.toMatchObject({
      code: 'state-locked',
      details: { pid: child.pid },
    });
    await kill(child);
    expect((await readFile(join(directory, 'lock'), 'utf8')).split(/\s/)[0]).toBe(String(child.pid));
    const cluster = await openEmbedded({ directory, clock: realClock });
    const database = await cluster.database({ environment: 'dev', init, limits });
    expect(rowsOf(await database.execute(aRequest('select id from notes')))).toEqual([{ id: 7 }]);
    await cluster.close();
    await rm(directory, { recursive: true });
  });

  it.each([
    ['says nothing', ''],
    ['names no process', 'nonsense\n'],
  ])('is opened when a lock file was left that %s', async (_, text) => {
    const directory = await createEmbeddedFolder();
    await writeFile(join(directory, 'lock'), text);
    const cluster = await openEmbedded({ directory, clock: realClock });
    await cluster.close();
    await rm(directory, { recursive: true });
  });
});

describe('a PostgreSQL server that crashes', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startPostgresServer(18);
    await runSql(server.url, 'create table notes (id int)');
    // The test servers commit asynchronously: what was not flushed a crash may take.
    await runSql(server.url, 'checkpoint');
  });
  afterAll(() => server.stop());

  it('is answered for by "unavailable", and used again as soon as it is back', async () => {
    const { url } = server;
    const database = openPostgresAt(url);
    const insert = aWrite('insert into notes values (1) returning id');
    const one = aRequest('select 1 as n');
    expect(rowsOf(await database.execute(one))).toEqual([{ n: 1 }]);
    expect(rowsOf(await database.execute(insert))).toEqual([{ id: 1 }]);
    const running = database.execute(aRequest('select pg_sleep(60)'));
    const looking = database.inspect((session) => session.query('select pg_sleep(60)'));
    await untilSleeping(url, 2);
    await server.crash();
    expect(await running).toMatchObject({ kind: 'unavailable', busy: false });
    await expect(looking).rejects.toMatchObject({ code: 'database-unavailable' });
    expect(await database.execute(one)).toMatchObject({ kind: 'unavailable', busy: false });
    await expect(database.ping()).rejects.toMatchObject({ code: 'database-unavailable' });
    await server.start();
    expect(rowsOf(await database.execute(one))).toEqual([{ n: 1 }]);
    expect(rowsOf(await database.execute(insert))).toEqual([{ id: 1 }]);
    await database.ping();
    await database.close();
  });
});

async function untilSleeping(url: string, sessions: number): Promise<void> {
  const sleeping =
    "select pid from pg_stat_activity where query like '%pg_sleep(60)%' and pid <> pg_backend_pid()";
  while ((await runSql(url, sleeping)).length < sessions);
}
