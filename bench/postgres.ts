// Databases of the bench: one PostgreSQL 18 for the whole run, started when it is first needed; a fresh database a call.
import { Client } from 'pg';
import { startPostgresServer, type TestServer } from '../test/support/postgres-server.ts';

let server: Promise<TestServer> | undefined;
let count = 0;

/** URL of a new database with `sql` applied. It goes with the server. */
export async function createDatabase(sql: string): Promise<string> {
  server ??= startServer();
  const { url } = await server;
  const name = `bench_${(count += 1)}`;
  await runSql(url, `create database ${name}`);
  const made = new URL(url);
  made.pathname = `/${name}`;
  await runSql(made.href, sql);
  return made.href;
}

/** It must not outlive this process, however that ends. */
async function startServer(): Promise<TestServer> {
  const started = await startPostgresServer(18);
  process.once('exit', () => {
    if (started.pid !== 0) process.kill(started.pid, 'SIGQUIT');
  });
  return started;
}

export async function runSql(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** Stops the server if one was started. */
export async function stopPostgres(): Promise<void> {
  const started = server;
  server = undefined;
  await (await started)?.stop();
}
