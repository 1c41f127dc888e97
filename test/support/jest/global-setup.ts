// What a whole jest run shares: one PostgreSQL server a version, told to the workers by environment variables.
// A server also ends when this process dies without a teardown (see the watcher).
import { spawn, type ChildProcess } from 'node:child_process';
import { startPostgresServer, type TestServer } from '../databases/postgres-server.ts';

const state: { servers: TestServer[]; watchers: ChildProcess[] } = { servers: [], watchers: [] };

// jest asks for a default export.
// oxlint-disable-next-line import/no-default-export
export default async function setUp(): Promise<void> {
  if (process.env['STK_TEST_PG15_URL'] !== undefined) return;
  const [server15, server18] = await Promise.all([startPostgresServer(15), startPostgresServer(18)]);
  state.servers = [server15, server18];
  process.env['STK_TEST_PG15_URL'] = server15.url;
  process.env['STK_TEST_PG18_URL'] = server18.url;
  state.watchers = state.servers.map(watch);
}

/** Ends the server when this process is gone: killed, it can run no teardown. */
function watch(server: TestServer): ChildProcess {
  const script = `while kill -0 ${process.pid} 2>/dev/null; do sleep 1; done; kill -QUIT ${server.pid}`;
  const child = spawn('/bin/sh', ['-c', script], { stdio: 'ignore', detached: true });
  child.unref();
  return child;
}

export async function tearDown(): Promise<void> {
  for (const watcher of state.watchers) watcher.kill('SIGKILL');
  await Promise.all(state.servers.map((server) => server.stop()));
}
