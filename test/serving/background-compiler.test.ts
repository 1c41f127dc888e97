// The compiler for documents that are only checked: a process of its own with a low priority.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  createReleaseCompiler,
  type ReleaseCompiler,
  type ReleaseCompilerOptions,
} from '../../src/serving/compile/compile-release.ts';
import { aQuery, aRelease } from '../support/documents/release.ts';

const isLinux = process.platform === 'linux';

interface Task {
  readonly id: string;
  readonly niceness: number;
}

/** Fields of a stat file behind the name in brackets, which may hold anything; the first is field 3, the state. */
const readFields = (file: string): string[] => {
  const stat = readFileSync(file, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
};
const readTasks = (pid: number): Task[] =>
  readdirSync(`/proc/${pid}/task`).map((task) => {
    const fields = readFields(`/proc/${pid}/task/${task}/stat`);
    return { id: task, niceness: Number(fields[16]) };
  });
/** Of a file of a process that ends meanwhile. No `instanceof`: jest's modules have an Error of their own. */
const hasEnded = (error: unknown): boolean =>
  typeof error === 'object' &&
  error !== null &&
  'code' in error &&
  (error.code === 'ENOENT' || error.code === 'ESRCH');
/** Processes that this one started to compile. Those that end while they are read do not count. */
function findCompilers(): number[] {
  if (!isLinux) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const isChild = Number(readFields(`/proc/${pid}/stat`)[1]) === process.pid;
        return isChild && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('check-process');
      } catch (error) {
        if (hasEnded(error)) return false;
        throw error;
      }
    });
}
const findCompiler = (): number => {
  const [pid, ...others] = findCompilers();
  if (pid === undefined || others.length > 0) throw new Error(`there are ${others.length} compilers more`);
  return pid;
};

/** On a busy machine it waits for its time, however long that takes. */
const background = { isBackground: true, maxTime: 250_000 } as const;

let compiler: ReleaseCompiler;
const start = (options: ReleaseCompilerOptions): void => {
  compiler = createReleaseCompiler(options);
};
afterEach(() => compiler.close());

const request = (operations: number) => ({
  text: aRelease({
    permissions: {},
    operations: Object.fromEntries(Array.from({ length: operations }, (_, i) => [`op${i}`, aQuery()])),
  }),
  file: 'releases/v1.0.0.yaml',
  id: 'v1.0.0',
  blob: 'b',
});
const judge = async (operations = 1): Promise<unknown> => {
  const outcome = await compiler.judge(request(operations));
  return outcome.ok || outcome.problems;
};

describe('a background compiler', () => {
  it('has a process of its own, at the lowest priority where it works', async () => {
    start(background);
    expect(await judge()).toBe(true);
    if (!isLinux) return;
    const pid = findCompiler();
    // The threads that only wait may have been there before it lowered its priority.
    expect(readTasks(pid).find(({ id }) => id === String(pid))).toMatchObject({ niceness: 19 });
  });

  it('leaves the threads of this process as they are', async () => {
    const own = isLinux ? readTasks(process.pid) : [];
    start(background);
    expect(await judge()).toBe(true);
    const seen = new Set(own.map((task) => JSON.stringify(task)));
    const now = isLinux ? readTasks(process.pid) : [];
    expect(now.filter((task) => !seen.has(JSON.stringify(task)))).toEqual([]);
  });

  it('knows of the variables of this process what it takes to connect, and no other', async () => {
    const variables = { ...process.env, PGBACKREST_SECRET: 'secret', PGCONNECT_TIMEOUT: '7' };
    start({ ...background, variables });
    expect(await judge()).toBe(true);
    if (!isLinux) return;
    const lines = readFileSync(`/proc/${findCompiler()}/environ`, 'utf8').split('\0');
    const names = lines.map((line) => line.split('=')[0] ?? '');
    const others = names.filter(
      (name) => name !== '' && !/^(PG(HOST|PORT|USER|PASSWORD)$|NODE_CHANNEL_)/.test(name),
    );
    expect(lines).toContain('PGCONNECT_TIMEOUT=7');
    const allowed = [
      'HOME',
      'USER',
      'USERNAME',
      'APPDATA',
      'OPENSSL_CONF',
      'PGCONNECT_TIMEOUT',
      'NODE_EXTRA_CA_CERTS',
      'NODE_TLS_REJECT_UNAUTHORIZED',
      'NODE_USE_SYSTEM_CA',
    ];
    expect(others.filter((name) => !allowed.includes(name) && !name.startsWith('SSL_CERT_'))).toEqual([]);
  });

  it('makes what a thread makes', async () => {
    start(background);
    const here = await compiler.compile(request(3));
    await compiler.close();
    start({});
    const there = await compiler.compile(request(3));
    if (!here.ok || !there.ok) throw new Error('refused');
    expect(JSON.stringify([...here.compiled.statements])).toBe(
      JSON.stringify([...there.compiled.statements]),
    );
    expect(here.compiled.release).toEqual(there.compiled.release);
    expect(here.compiled.operations.get('op1')?.validate({ id: '1' })).toEqual([
      { pointer: '/id', detail: 'must be integer' },
    ]);
  });

  it('is replaced when it is killed', async () => {
    start(background);
    expect(await judge()).toBe(true);
    if (!isLinux) return;
    const pid = findCompiler();
    process.kill(pid, 'SIGKILL');
    // Until it is reaped: then this process knows.
    while (existsSync(`/proc/${pid}`)) await delay(10);
    expect(await judge()).toBe(true);
    expect(findCompiler()).not.toBe(pid);
  });

  it('begins a release again when it is killed over it', async () => {
    start(background);
    expect(await judge()).toBe(true);
    if (!isLinux) return;
    const first = findCompiler();
    const judged = judge(500);
    await delay(20);
    process.kill(first, 'SIGKILL');
    expect(await judged).toBe(true);
    expect(findCompiler()).not.toBe(first);
  });

  it('cannot tell of a release that it was killed over twice, and takes the next', async () => {
    start(background);
    expect(await judge()).toBe(true);
    if (!isLinux) return;
    const first = findCompiler();
    const judged = compiler.judge(request(500)).catch((error: unknown) => error);
    await delay(20);
    process.kill(first, 'SIGKILL');
    const isSecond = (pid: number): boolean => pid !== first;
    while (!findCompilers().some(isSecond)) await delay(1);
    process.kill(findCompilers().find(isSecond) ?? 0, 'SIGKILL');
    expect(await judged).toMatchObject({
      code: 'overloaded',
      message: 'the release could not be compiled: its process ended with SIGKILL',
    });
    expect(await judge()).toBe(true);
  });

  it('does not end at a signal that a terminal sends to all', async () => {
    start(background);
    expect(await judge()).toBe(true);
    if (!isLinux) return;
    const pid = findCompiler();
    process.kill(pid, 'SIGINT');
    process.kill(pid, 'SIGTERM');
    expect(await judge()).toBe(true);
    expect(findCompiler()).toBe(pid);
  });

  it('is gone when it is closed', async () => {
    start(background);
    expect(await judge()).toBe(true);
    await compiler.close();
    expect(findCompilers()).toEqual([]);
  });

  it('ends after a time without work, and comes again with the next', async () => {
    start({ ...background, idleTime: 300 });
    expect(await judge()).toBe(true);
    if (!isLinux) return;
    const pid = findCompiler();
    while (findCompilers().length > 0) await delay(20);
    expect(await judge()).toBe(true);
    expect(findCompiler()).not.toBe(pid);
  });

  it('does not start before there is work', async () => {
    start(background);
    await delay(50);
    expect(findCompilers()).toEqual([]);
  });

  it('says of a release that takes too long that time was short, and takes the next', async () => {
    start({ ...background, maxTime: 1 });
    await expect(judge(300)).rejects.toMatchObject({ code: 'timeout' });
    await compiler.close();
    start(background);
    expect(await judge()).toBe(true);
  });
});

it('a compiler for releases that are to be served is a thread of this process', async () => {
  start({});
  expect(await judge()).toBe(true);
  expect(findCompilers()).toEqual([]);
});
