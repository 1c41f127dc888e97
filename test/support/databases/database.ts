// Fresh databases for tests: on the servers that global-setup.ts started, and embedded ones. `describeOnEachEngine` runs
// the same suite on every engine, `describeOnChosenEngines` on PostgreSQL 18 unless the run asks for every engine.
import { randomBytes } from 'node:crypto';
import { describe } from '@jest/globals';
import { Client } from 'pg';
import type { Database } from '../../../src/database/database.ts';
import { openPostgres, type OpenPostgresOptions } from '../../../src/database/postgres/postgres.ts';
import type { DatabaseLimits } from '../../../src/model/check-order.ts';
import { realClock } from '../clock.ts';
import { openPgliteForTest } from './pglite.ts';
import type { ServerVersion } from './postgres-native.ts';

export type EngineName = 'pglite' | 'postgres-15' | 'postgres-18';

/** Rows as `pg` reads them when every value is text. */
export type TextRow = Readonly<Record<string, string | null>>;

export interface OpenOptions {
  /** Run once, as the owner, before anybody looks. */
  readonly sql?: string;
  /** Role of calls: created if missing, and granted to the login role. Default: the owner (PGlite: the schema's own role). */
  readonly role?: string;
  /** Default `public`; created if missing. PGlite has one schema of its own and does not know this. */
  readonly schema?: string;
  readonly limits?: Partial<DatabaseLimits>;
}

export interface OpenedDatabase {
  readonly database: Database;
  /** Runs SQL (one or more statements each) as the owner in the database's schema; gives the rows of the last. */
  owner(...sql: readonly string[]): Promise<readonly TextRow[]>;
  close(): Promise<void>;
}

export interface Engine {
  readonly name: EngineName;
  open(options?: OpenOptions): Promise<OpenedDatabase>;
}

/** A statement has the time that a busy machine takes. */
export const defaultLimits: DatabaseLimits = { statement: 120_000, lock: 2_000, pool: 10 };

export const engines: readonly Engine[] = [
  { name: 'pglite', open: openPgliteForTest },
  { name: 'postgres-15', open: (options) => openOnServer(15, options) },
  { name: 'postgres-18', open: (options) => openOnServer(18, options) },
];

export const servers: readonly Engine[] = engines.filter(({ name }) => name !== 'pglite');

/** PostgreSQL 18, or every engine with `STK_TEST_ENGINES=all` (`npm run test:engines`). */
export const chosenEngines: readonly Engine[] =
  process.env['STK_TEST_ENGINES'] === 'all' ? engines : engines.filter(({ name }) => name === 'postgres-18');

export const chosenServers: readonly Engine[] = chosenEngines.filter(({ name }) => name !== 'pglite');

/** One `describe` an engine, titled `title on <engine>`. For what engines answer differently: see CONTRIBUTING.md. */
export function describeOnEachEngine(title: string, suite: (engine: Engine) => void): void {
  for (const engine of engines) describe(`${title} on ${engine.name}`, () => suite(engine));
}

/** The same on PostgreSQL 18 only, unless the run asks for every engine. For what the check makes of the answers. */
export function describeOnChosenEngines(title: string, suite: (engine: Engine) => void): void {
  for (const engine of chosenEngines) describe(`${title} on ${engine.name}`, () => suite(engine));
}

/** URL of the run's server as superuser. */
export function serverUrl(version: ServerVersion): string {
  const url = process.env[`STK_TEST_PG${version}_URL`];
  if (url === undefined) throw new Error(`no PostgreSQL ${version}: jest's globalSetup starts it`);
  return url;
}

export interface TestDatabase {
  /** As superuser. */
  readonly url: string;
  drop(): Promise<void>;
}

/** A fresh, empty database on the run's server, with `sql` applied. */
export async function createTestDatabase(
  version: ServerVersion,
  options: { readonly sql?: string } = {},
): Promise<TestDatabase> {
  const admin = serverUrl(version);
  const name = `test_${randomBytes(6).toString('hex')}`;
  // template0 has no session that could get in the way; copying files is faster than WAL for so little.
  const strategy = 'strategy file_copy';
  await runSql(admin, `create database ${name} template template0 ${strategy}`);
  const url = new URL(admin);
  url.pathname = `/${name}`;
  if (options.sql !== undefined) await runSql(url.href, options.sql);
  return {
    url: url.href,
    drop: async () => void (await runSql(admin, `drop database ${name} with (force)`)),
  };
}

/** Runs SQL, one text after the other, over a connection of its own; gives the last statement's rows as text. */
export async function runSql(url: string, ...texts: readonly string[]): Promise<readonly TextRow[]> {
  const client = new Client({
    connectionString: url,
    types: { getTypeParser: () => (value: string) => value },
  });
  await client.connect();
  try {
    let rows: readonly TextRow[] = [];
    for (const text of texts) {
      const result: unknown = await client.query(text);
      const last: unknown = Array.isArray(result) ? result.at(-1) : result;
      rows = isResult(last) ? last.rows : [];
    }
    return rows;
  } finally {
    await client.end();
  }
}

function isResult(value: unknown): value is { readonly rows: readonly TextRow[] } {
  return typeof value === 'object' && value !== null && 'rows' in value && Array.isArray(value.rows);
}

/** The server's database itself: schema public, as whom the URL says, unless told otherwise. */
export function openPostgresAt(
  url: string,
  options: Partial<Omit<OpenPostgresOptions, 'url'>> = {},
): Database {
  return openPostgres({
    url,
    schema: 'public',
    role: undefined,
    limits: defaultLimits,
    clock: realClock,
    ...options,
  });
}

async function openOnServer(version: ServerVersion, options: OpenOptions = {}): Promise<OpenedDatabase> {
  const { role, schema = 'public', sql } = options;
  const { url, drop } = await createTestDatabase(version);
  const setPath = `create schema if not exists "${schema}"; set search_path = "${schema}";`;
  if (role !== undefined) await runSql(url, createRole(role, schema));
  if (sql !== undefined) await runSql(url, setPath + sql);
  const limits = { ...defaultLimits, ...options.limits };
  const database = openPostgresAt(url, { schema, role, limits });
  return {
    database,
    owner: (...texts) => runSql(url, `set search_path = "${schema}"`, ...texts),
    close: async () => {
      await database.close();
      await drop();
    },
  };
}

function createRole(role: string, schema: string): string {
  return `do $$ begin create role "${role}" nologin; exception when duplicate_object or unique_violation then null; end $$;
    create schema if not exists "${schema}"; grant usage on schema "${schema}" to "${role}";`;
}
