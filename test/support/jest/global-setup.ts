// What a whole jest run shares, told to the workers by environment variables: one PostgreSQL server a version, and a folder
// for temporary files. Both also end when this process dies without a teardown (see the watchers).
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmod, mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgresServer, type TestServer } from '../databases/postgres-server.ts';

const state: { servers: TestServer[]; watchers: ChildProcess[]; folder: string | undefined } = {
  servers: [],
  watchers: [],
  folder: undefined,
};
/** A file system in memory, on Linux. */
const memory = '/dev/shm';
/** Free bytes that a run asks for there: many times what it has there at a time. */
const enough = 4 * 1024 ** 3;

// jest asks for a default export.
// oxlint-disable-next-line import/no-default-export
export default async function setUp(): Promise<void> {
  process.env['STK_TEST_LASTING'] = tmpdir();
  await useMemory();
  if (process.env['STK_TEST_PG15_URL'] !== undefined) return;
  const [server15, server18] = await Promise.all([startPostgresServer(15), startPostgresServer(18)]);
  state.servers = [server15, server18];
  process.env['STK_TEST_PG15_URL'] = server15.url;
  process.env['STK_TEST_PG18_URL'] = server18.url;
  state.watchers.push(...state.servers.map((server) => afterwards(`kill -QUIT ${server.pid}`)));
}

/**
 * Temporary files are in memory when there is room. The tests make and remove thousands of small repositories. For each new
 * file, ext4 searches the inodes that were freed within the last seconds: a tenth of the run's processor time.
 */
async function useMemory(): Promise<void> {
  const space = await statfs(memory).catch(() => undefined);
  if (space === undefined || space.bavail * space.bsize < enough) return;
  const folder = await mkdtemp(join(memory, 'stk-tests-'));
  state.folder = folder;
  state.watchers.push(afterwards(`sleep 2; rm -rf '${folder}'`));
  // PostgreSQL's servers run as another user.
  await chmod(folder, 0o755);
  if (await mayRunPrograms(folder)) process.env['TMPDIR'] = folder;
}

/** Some systems mount it without that, and the tests put git hooks there. */
async function mayRunPrograms(folder: string): Promise<boolean> {
  const program = join(folder, 'program');
  await writeFile(program, '#!/bin/sh\n', { mode: 0o755 });
  return spawnSync(program).status === 0;
}

/** Runs `command` when this process is gone: killed, it can run no teardown. */
function afterwards(command: string): ChildProcess {
  const script = `while kill -0 ${process.pid} 2>/dev/null; do sleep 1; done; ${command}`;
  const child = spawn('/bin/sh', ['-c', script], { stdio: 'ignore', detached: true });
  child.unref();
  return child;
}

export async function tearDown(): Promise<void> {
  for (const watcher of state.watchers) watcher.kill('SIGKILL');
  try {
    await Promise.all(state.servers.map((server) => server.stop()));
  } finally {
    if (state.folder !== undefined) await rm(state.folder, { recursive: true, force: true });
  }
}
