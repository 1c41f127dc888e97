// Documents that are compiled and checked in the background compiler's process: what it answers, and what becomes of a check
// whose process or database fails. Against a real server, and one that takes connections and never answers.
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { CheckOrder } from '../../src/model/check-order.ts';
import {
  createReleaseCompiler,
  type CompiledCheck,
  type ReleaseCompiler,
  type ReleaseCompilerOptions,
} from '../../src/serving/compile/compile-release.ts';
import { createTestDatabase, defaultLimits, type TestDatabase } from '../support/databases/database.ts';
import { aQuery, aRelease } from '../support/documents/release.ts';

const isLinux = process.platform === 'linux';
const password = 'never-to-be-seen';
/** Of processes that this one started; one that ends meanwhile is none. */
const findCompilers = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const stat = readProc(pid, 'stat');
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      return parent === process.pid && readProc(pid, 'cmdline').includes('check-process');
    });
function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
const findCompiler = (): number => {
  const [pid, ...others] = findCompilers();
  if (pid === undefined || others.length > 0) throw new Error(`there are ${others.length} compilers more`);
  return pid;
};

let database: TestDatabase;
let silent: Server;
/** Connections that the silent server has taken. */
const sockets: Socket[] = [];
beforeAll(async () => {
  database = await createTestDatabase(18, {
    sql: 'create table customers (id integer primary key, email text not null)',
  });
  silent = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  await database.drop();
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => silent.close(resolve));
});

/** On a busy machine it waits for its time, however long that takes. */
const patient = { isBackground: true, maxTime: 250_000 } as const;
let compiler: ReleaseCompiler;
const start = (options: ReleaseCompilerOptions = patient): void => {
  compiler = createReleaseCompiler(options);
};
afterEach(() => compiler.close());

const order = (url: string): CheckOrder => ({
  address: { url, schema: 'public', role: undefined, limits: defaultLimits },
  strict: false,
  accept: [],
  migrationLock: undefined,
  now: 0,
});
const silentUrl = (): string => {
  const address = silent.address();
  if (address === null || typeof address === 'string') throw new Error('it listens nowhere');
  return `postgres://stk:${password}@127.0.0.1:${address.port}/none`;
};
const check = (text: string, url = database.url): Promise<CompiledCheck> =>
  compiler.check({ text, file: 'releases/v1.0.0.yaml', id: 'v1.0.0', blob: 'b' }, order(url));
/** It logs in as a superuser. */
const fits = { ok: true, verdict: { kind: 'compatible', findings: [{ code: 'ENV003' }] } };
/** Until a check waits for the silent server. */
const untilAsked = async (before: number): Promise<void> => {
  while (sockets.length === before) await delay(5);
};

describe('a document checked in the background', () => {
  it('fits, does not fit, or is not valid', async () => {
    start();
    expect(await check(aRelease())).toMatchObject(fits);
    const other = { get: aQuery({ sql: 'select id, gone from customers where id = :id' }) };
    expect(await check(aRelease({ operations: other }))).toMatchObject({
      ok: true,
      verdict: {
        kind: 'incompatible',
        findings: [{ severity: 'block', operations: ['get'] }, { code: 'ENV003' }],
      },
    });
    const broken = { get: aQuery({ sql: 'select from from' }) };
    expect(await check(aRelease({ operations: broken }))).toMatchObject({
      ok: false,
      problems: [{ pointer: '/operations/get/sql' }],
    });
    expect(await check(aRelease())).toMatchObject(fits);
  });

  it('leaves no password where others can read it', async () => {
    start();
    const url = new URL(database.url);
    url.searchParams.set('application_name', password);
    expect(await check(aRelease(), url.href)).toMatchObject(fits);
    if (!isLinux) return;
    const pid = findCompiler();
    expect(readProc(pid, 'cmdline')).toContain('check-process');
    expect(readProc(pid, 'cmdline') + readProc(pid, 'environ')).not.toContain(password);
  });

  it('is checked by the one process, however many come at once', async () => {
    start();
    const texts = Array.from({ length: 5 }, (_, index) => aRelease({ ref: `ref-${index}` }));
    const outcomes = await Promise.all(texts.map((text) => check(text)));
    expect(outcomes).toMatchObject(texts.map(() => fits));
    if (isLinux) expect(findCompilers()).toHaveLength(1);
  });

  it('does not wait for a database that does not answer: others go on beside it', async () => {
    start({ ...patient, maxCheckTime: 4_500 });
    const before = sockets.length;
    let isRefused = false;
    const refused = check(aRelease(), silentUrl()).catch((error: unknown) => {
      isRefused = true;
      return error;
    });
    await untilAsked(before);
    expect(await check(aRelease())).toMatchObject(fits);
    expect(isRefused).toBe(false);
    expect(await refused).toMatchObject({
      code: 'timeout',
      message:
        'the release could not be checked: the database did not answer every question of the check within 4500 ms',
    });
    expect(await check(aRelease())).toMatchObject(fits);
  });

  it('ends with the compiler', async () => {
    start();
    const before = sockets.length;
    const ended = check(aRelease(), silentUrl()).catch((error: unknown) => error);
    await untilAsked(before);
    await compiler.close();
    expect(String(await ended)).toContain('the release compiler is closed');
    if (!isLinux) return;
    while (findCompilers().length > 0) await delay(20);
  });
});

describe('the process of a check', () => {
  const interrupt = async (signal: NodeJS.Signals, options?: ReleaseCompilerOptions) => {
    start(options);
    expect(await check(aRelease())).toMatchObject(fits);
    const first = findCompiler();
    const before = sockets.length;
    const outcome = check(aRelease(), silentUrl());
    await untilAsked(before);
    process.kill(first, signal);
    return { first, outcome };
  };
  /** The silent server is asked again, by another process; then that server gives up. */
  const goesOn = async (before: number, outcome: Promise<CompiledCheck>): Promise<void> => {
    expect(await outcome).toMatchObject({ ok: true, verdict: { kind: 'unavailable' } });
    expect(sockets.length).toBe(before + 1);
  };

  it.each(['SIGKILL', 'SIGABRT'] as const)('is replaced in the midst of it after %s', async (signal) => {
    if (!isLinux) return start();
    const { first, outcome } = await interrupt(signal);
    await goesOn(sockets.length, outcome);
    expect(findCompilers()).not.toContain(first);
  });
});

it('a compiler for releases that are to be served checks none', async () => {
  start({});
  await expect(check(aRelease())).rejects.toThrow('this release compiler does not check');
});
