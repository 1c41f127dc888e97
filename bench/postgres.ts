// Databases of the bench: one PostgreSQL 18 for the whole run, started when it is first needed; a fresh database a call.
import { Client } from 'pg';
import { startPostgresServer, type TestServer } from '../test/support/databases/postgres-server.ts';

let server: Promise<TestServer> | undefined;
let count = 0;

const login = 'bench_app';
const grantLogin = `
  do $$ begin create role ${login} login; exception when duplicate_object then null; end $$;
  grant usage on schema public to ${login};
  grant select, insert, update, delete on all tables in schema public to ${login};`;

/** URL of a new database with `sql` applied, as a role that may only read and write rows. It goes with the server. */
export async function createDatabase(sql: string): Promise<string> {
  server ??= startServer();
  const { url } = await server;
  const name = `bench_${(count += 1)}`;
  await runSql(url, `create database ${name}`);
  const made = new URL(url);
  made.pathname = `/${name}`;
  await runSql(made.href, sql + grantLogin);
  made.username = login;
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

async function runSql(url: string, sql: string): Promise<void> {
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
