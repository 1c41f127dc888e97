// The databases of a reconciler under test: one on PostgreSQL 18 for each of two environments, emptied for every rig. Cut off
// and blocked for real.
import { Client } from 'pg';
import {
  createTestDatabase,
  runSql,
  serverUrl,
  type TestDatabase,
  type TextRow,
} from '../databases/database.ts';

export const rigEnvironments = ['dev', 'prod'] as const;
export type RigEnvironment = (typeof rigEnvironments)[number];

/** What the releases of the tests use; `tier` is what the next migration adds. */
const baseSql = `create table customers (id integer primary key, email text not null);
  insert into customers values (1, 'ada@example.com');`;
export const tierMigration = 'alter table customers add column tier text';

export interface RigDatabases {
  /** What the Hub's process would have in its environment. */
  readonly variables: Readonly<Record<string, string>>;
  /** As the owner. */
  sql(environment: RigEnvironment, text: string): Promise<readonly TextRow[]>;
  /** Takes `customers` for itself, so that a check of it waits; gives the way to let it go. */
  lock(environment: RigEnvironment): Promise<() => Promise<void>>;
  /** Takes an advisory lock as a migration runner does. */
  lockAdvisory(environment: RigEnvironment, key: string): Promise<() => Promise<void>>;
  /** Ends every session and lets no new one in. */
  cut(environment: RigEnvironment): Promise<void>;
  restore(environment: RigEnvironment): Promise<void>;
}

const made = new Map<RigEnvironment, TestDatabase>();
const locks = new Set<() => Promise<void>>();

/** The same databases for every rig of a file, with the base tables and nothing else. */
export async function freshRigDatabases(): Promise<RigDatabases> {
  for (const environment of rigEnvironments) {
    if (!made.has(environment)) made.set(environment, await createTestDatabase(18));
    await restore(environment);
    await runSql(urlOf(environment), `drop schema public cascade; create schema public; ${baseSql}`);
  }
  return {
    variables: Object.fromEntries(rigEnvironments.map((name) => [variableOf(name), urlOf(name)])),
    sql: (environment, text) => runSql(urlOf(environment), text),
    lock: (environment) => hold(environment, 'begin; lock table customers in access exclusive mode'),
    lockAdvisory: (environment, key) => hold(environment, `select pg_advisory_lock(${key})`),
    async cut(environment) {
      const name = nameOf(environment);
      await runSql(serverUrl(18), `alter database ${name} allow_connections false`);
      await runSql(
        serverUrl(18),
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`,
      );
    },
    restore,
  };
}

/** `database:` of an environment, in stk.yaml. */
export function rigDatabase(environment: RigEnvironment): { readonly urlFrom: string } {
  return { urlFrom: variableOf(environment) };
}

/** Lets go of what is still locked. */
export async function releaseLocks(): Promise<void> {
  await Promise.all([...locks].map((release) => release()));
}

export async function dropRigDatabases(): Promise<void> {
  await Promise.all([...made.values()].map((database) => database.drop()));
  made.clear();
}

async function hold(environment: RigEnvironment, sql: string): Promise<() => Promise<void>> {
  const client = new Client({ connectionString: urlOf(environment) });
  await client.connect();
  await client.query(sql);
  const release = async (): Promise<void> => {
    if (locks.delete(release)) await client.end();
  };
  locks.add(release);
  return release;
}

async function restore(environment: RigEnvironment): Promise<void> {
  await runSql(serverUrl(18), `alter database ${nameOf(environment)} allow_connections true`);
}

function variableOf(environment: RigEnvironment): string {
  return `${environment.toUpperCase()}_DATABASE_URL`;
}

function urlOf(environment: RigEnvironment): string {
  const database = made.get(environment);
  if (database === undefined) throw new Error(`${environment} has no database yet`);
  return database.url;
}

function nameOf(environment: RigEnvironment): string {
  return new URL(urlOf(environment)).pathname.slice(1);
}
