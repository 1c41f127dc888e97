// A config repo of a small shop for tests from outside: dev, staging and prod on PGlite or on a PostgreSQL server, prod
// one migration behind. dev names v1.1.0, staging v1.0.1, prod v1.0.0.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { outsideAddress, socketPathOf } from '../../../src/database/socket/socket-address.ts';
import { createTestDatabase, runSql, type EngineName, type TextRow } from '../databases/database.ts';
import { createTestRepo, type TestRepo } from '../git/git-repo.ts';
import {
  startHubProcess,
  stk,
  type HubProcess,
  type HubProcessOptions,
  type StkResult,
} from './hub-process.ts';
import type { ServerVersion } from '../databases/postgres-native.ts';
import { aPointer, aProject, aQuery, aRelease, type ReleaseParts } from '../documents/release.ts';

/** Two customers, ids 1 and 2. */
export const baseMigration = `create table customers (
  id integer generated always as identity primary key,
  email text not null unique
);
insert into customers (email) values ('ada@example.com'), ('grace@example.com');
`;

/** What v1.1.0 needs and prod lacks. */
export const tierMigration = `alter table customers add column tier text not null default 'standard';
`;

const migrations = { 'migrations/0001_base.sql': baseMigration, 'migrations/0002_tier.sql': tierMigration };
const environments = ['dev', 'staging', 'prod'] as const;

/** On a machine that stands still for a moment no call is refused for having waited; tests of limits name their own. */
const patience = { statement: '60s', lock: '60s' };

export interface Shop {
  readonly engine: EngineName;
  /** The work tree that the operator commits in. */
  readonly repo: TestRepo;
  /** The Hub's `--state`; an embedded database is made in it already. */
  readonly state: string;
  /** For the Hub: `urlFrom` of each environment, on a server. */
  readonly variables: Readonly<Record<string, string>>;
  /** A Hub over `repo` and `state`; what is still running ends with `close`. */
  startHub(options?: Partial<HubProcessOptions>): Promise<HubProcess>;
  /** `stk …` in the work tree, asking `hub`; undefined: no Hub is named. */
  stk(hub: HubProcess | undefined, ...args: readonly string[]): Promise<StkResult>;
  /** Runs SQL as the owner of an environment's schema, as psql would (embedded: over the Hub's Unix socket). */
  sql(environment: string, text: string): Promise<readonly TextRow[]>;
  close(): Promise<void>;
}

export interface ShopOptions {
  /** `behind` (default): prod has the first migration only. */
  readonly prod?: 'behind' | 'migrated';
  /** Members of stk.yaml, e.g. `limits`, `auth`. */
  readonly project?: Readonly<Record<string, unknown>>;
  /** More files of the first commit. */
  readonly files?: Readonly<Record<string, string>>;
}

export async function createShop(engine: EngineName, options: ShopOptions = {}): Promise<Shop> {
  const isBehind = (environment: string): boolean =>
    environment === 'prod' && (options.prod ?? 'behind') === 'behind';
  const state = await mkdtemp(join(tmpdir(), 'stk-test-state-'));
  const databases = engine === 'pglite' ? embedded(isBehind) : await onServer(engine, isBehind);
  const repo = await createTestRepo({
    files: {
      'stk.yaml': aProject({ environments: databases.settings, limits: patience, ...options.project }),
      ...migrations,
      'releases/v1.0.0.yaml': shopRelease('v1.0.0'),
      ...Object.fromEntries(environments.map((name) => [`environments/${name}.yaml`, aPointer('v1.0.0')])),
      ...options.files,
    },
  });
  await repo.commit('feat: release v1.0.1', { 'releases/v1.0.1.yaml': shopRelease('v1.0.1') });
  await repo.commit('promote(staging): v1.0.0 -> v1.0.1', {
    'environments/staging.yaml': aPointer('v1.0.1'),
  });
  await repo.commit('feat: release v1.1.0', { 'releases/v1.1.0.yaml': shopRelease('v1.1.0') });
  await repo.commit('promote(dev): v1.0.0 -> v1.1.0', { 'environments/dev.yaml': aPointer('v1.1.0') });
  const hubs: HubProcess[] = [];
  return {
    engine,
    repo,
    state,
    variables: databases.variables,
    async startHub(given = {}) {
      const env = { ...databases.variables, ...given.env };
      const hub = await startHubProcess({ repo: repo.directory, state, ...given, env });
      hubs.push(hub);
      return hub;
    },
    stk: (hub, ...args) =>
      stk(args, { cwd: repo.directory, env: hub === undefined ? {} : { STK_HUB: hub.url } }),
    sql: (environment, text) =>
      runSql(
        databases.ownerUrls.get(environment) ??
          outsideAddress(socketPathOf(join(state, 'embedded')), environment).url,
        text,
      ),
    async close() {
      await Promise.all(hubs.map((hub) => hub.stop()));
      await databases.drop();
      await repo.remove();
      await rm(state, { recursive: true, force: true });
    },
  };
}

/**
 * v1.0.0 and v1.0.1 differ in `config`; v1.1.0 needs customers.tier, has the operation customers.byTier, and lets the
 * role `analyst` in. Any other id is a copy of v1.0.0.
 */
export function shopRelease(id: string, parts: ReleaseParts = {}): string {
  const hasTier = id.startsWith('v1.1');
  const maxItems = { 'v1.0.0': 20, 'v1.0.1': 30 }[id] ?? 50;
  const columns = hasTier ? 'id, email, tier' : 'id, email';
  const base = {
    about: { value: { release: id } },
    'customers.get': aQuery({ sql: `select ${columns} from customers where id = :id` }),
    'customers.count': { sql: 'select cast(count(*) as integer) as n from customers', returns: 'one' },
    'customers.add': {
      mode: 'write',
      input: {
        type: 'object',
        properties: { email: { type: 'string' } },
        required: ['email'],
        additionalProperties: false,
      },
      sql: 'insert into customers (email) values (:email) returning id, email',
      returns: 'one',
    },
  };
  const byTier = {
    'customers.byTier': {
      input: {
        type: 'object',
        properties: { tier: { type: 'string' } },
        required: ['tier'],
        additionalProperties: false,
      },
      sql: 'select id, email from customers where tier = :tier order by id',
      returns: 'many',
    },
  };
  const tables = {
    customers: {
      columns: {
        id: { type: 'integer' },
        email: { type: 'text' },
        ...(hasTier ? { tier: { type: 'text' } } : {}),
      },
    },
  };
  return aRelease({
    release: id,
    ref: `app-${id}`,
    schema: { tables },
    permissions: {
      support: ['about', 'customers.*', 'config.read'],
      ...(hasTier ? { analyst: ['customers.byTier'] } : {}),
    },
    config: { checkout: { maxItems } },
    operations: hasTier ? { ...base, ...byTier } : base,
    ...parts,
  });
}

interface ShopDatabases {
  /** `environments:` of stk.yaml. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly variables: Readonly<Record<string, string>>;
  readonly ownerUrls: ReadonlyMap<string, string>;
  drop(): Promise<void>;
}

function embedded(isBehind: (environment: string) => boolean): ShopDatabases {
  const all = Object.keys(migrations);
  const settings = Object.fromEntries(
    environments.map((name) => [
      name,
      { database: { embedded: true, init: isBehind(name) ? all.slice(0, 1) : all } },
    ]),
  );
  return { settings, variables: {}, ownerUrls: new Map(), drop: () => Promise.resolve() };
}

/** A database an environment; the Hub logs in as a role without power and acts as another that may read and write rows. */
async function onServer(
  engine: Exclude<EngineName, 'pglite'>,
  isBehind: (environment: string) => boolean,
): Promise<ShopDatabases> {
  const version: ServerVersion = engine === 'postgres-15' ? 15 : 18;
  const suffix = randomBytes(4).toString('hex');
  const login = `hub_${suffix}`;
  const role = `app_${suffix}`;
  const made = await Promise.all(
    environments.map(async (name) => {
      const sql = isBehind(name) ? baseMigration : baseMigration + tierMigration;
      return { name, ...(await createTestDatabase(version, { sql })) };
    }),
  );
  const [first] = made;
  if (first === undefined) throw new Error('no environment');
  await runSql(
    first.url,
    `create role ${role} nologin; create role ${login} login noinherit in role ${role}`,
  );
  const settings: Record<string, unknown> = {};
  const variables: Record<string, string> = {};
  for (const { name, url } of made) {
    await runSql(
      url,
      `grant select, insert, update, delete on all tables in schema public to ${role};
       alter default privileges in schema public grant select, insert, update, delete on tables to ${role};`,
    );
    const urlFrom = `${name.toUpperCase()}_DATABASE_URL`;
    const loginUrl = new URL(url);
    loginUrl.username = login;
    variables[urlFrom] = loginUrl.href;
    settings[name] = { database: { urlFrom, role } };
  }
  return {
    settings,
    variables,
    ownerUrls: new Map(made.map(({ name, url }) => [name, url])),
    async drop() {
      await Promise.all(made.map((database) => database.drop()));
      const admin = new URL(first.url);
      admin.pathname = '/postgres';
      await runSql(admin.href, `drop role ${login}; drop role ${role}`);
    },
  };
}
