// A lock that a killed process left behind, and several who want it at once.
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { takeProcessLock } from '../../src/database/process-lock.ts';
import { buildModule, type BuiltModule } from '../support/hub/built-module.ts';

let folder: string;
let built: BuiltModule;
beforeAll(async () => {
  built = await buildModule('database/process-lock.ts');
  folder = await mkdtemp(join(tmpdir(), 'stk-test-lock-'));
});
afterAll(async () => {
  await built.remove();
  await rm(folder, { recursive: true });
});

/** A process that takes each lock it is told and says what became of it. */
async function startTaker(): Promise<ChildProcess> {
  const script = join(folder, 'taker.mjs');
  await writeFile(
    script,
    `import { takeProcessLock } from '${built.url}';
     process.on('message', async (path) => process.send((await takeProcessLock(path)).kind));
     process.send('ready');`,
  );
  const child = fork(script, { execArgv: [] });
  await once(child, 'message');
  return child;
}

it('goes to one of several processes that find it left behind', async () => {
  const takers = await Promise.all([startTaker(), startTaker(), startTaker()]);
  const taken: number[] = [];
  for (let round = 0; round < 60; round += 1) {
    const path = join(folder, `lock-${round}`);
    await writeFile(path, '999999999 1\n');
    const kinds = await Promise.all(
      takers.map(async (taker) => {
        const answer = once(taker, 'message');
        taker.send(path);
        return (await answer)[0] as unknown;
      }),
    );
    taken.push(kinds.filter((kind) => kind === 'taken').length);
  }
  for (const taker of takers) taker.kill();
  expect(taken).toEqual(taken.map(() => 1));
  expect((await readdir(folder)).filter((name) => /\.(\d+|takeover)$/.test(name))).toEqual([]);
});

it('of a killed process is free, though nobody has asked yet how that ended', async () => {
  if (process.platform !== 'linux') return;
  // The shell becomes a process that asks for no child.
  const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [chunk]: unknown[] = await once(parent.stdout, 'data');
  const pid = Number(String(chunk));
  const fieldsOf = async (): Promise<string[]> => {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  };
  const path = join(folder, 'killed');
  await writeFile(path, `${pid} ${(await fieldsOf())[19] ?? ''}\n`);
  expect(await takeProcessLock(path)).toEqual({ kind: 'held', pid });
  process.kill(pid, 'SIGKILL');
  while ((await fieldsOf())[0] !== 'Z') await delay(5);
  const lock = await takeProcessLock(path);
  parent.kill('SIGKILL');
  expect(lock.kind).toBe('taken');
  if (lock.kind === 'taken') await lock.release();
});

it('goes to one of several attempts of one process, and is free again when that lets go', async () => {
  const path = join(folder, 'here');
  const locks = await Promise.all([takeProcessLock(path), takeProcessLock(path), takeProcessLock(path)]);
  expect(locks.map(({ kind }) => kind)).toEqual(['taken', 'held', 'held']);
  for (const lock of locks) if (lock.kind === 'taken') await lock.release();
  expect(await takeProcessLock(path)).toMatchObject({ kind: 'taken' });
});
