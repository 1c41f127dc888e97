// The state behind a Hub in tests of its HTTP server: the real reconciler over a real config repo, with each environment in
// a schema of one database on the run's PostgreSQL 18.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkHeld } from '../../../src/compatibility/check/check-release.ts';
import { checkMatrix } from '../../../src/compatibility/check/rollback-matrix.ts';
import { DatabaseServers } from '../../../src/database/postgres/database-servers.ts';
import type { ConfigRepo } from '../../../src/git/config-repo.ts';
import { openConfigRepo } from '../../../src/git/open-config-repo.ts';
import { readPointerRelease } from '../../../src/documents/edit-pointer.ts';
import { DatabaseHandles } from '../../../src/reconciler/database-handles.ts';
import { LastKnownGoodStore } from '../../../src/reconciler/state/last-known-good.ts';
import { describeProposal } from '../../../src/app/describe-proposal.ts';
import { createWriterLocks } from '../../../src/app/writer-locks.ts';
import { Reconciler } from '../../../src/reconciler/reconciler.ts';
import type { ReconcilerMetrics } from '../../../src/reconciler/reconciler-metrics.ts';
import { ReleaseLibrary } from '../../../src/reconciler/environment/release-library.ts';
import { WritableServingTable } from '../../../src/serving/serving-table.ts';
import { createReleaseCompiler } from '../../../src/serving/compile/compile-release.ts';
import { realClock } from '../clock.ts';
import { createTestDatabase, runSql, serverUrl, type TextRow } from '../databases/database.ts';
import { gitTestEnvironment, type TestRepo } from '../git/git-repo.ts';

/** The variable that the project's `urlFrom` names. */
export const databaseVariable = 'TEST_DATABASE_URL';

export interface TestHubState {
  readonly reconciler: Reconciler;
  /** Runs before each commit that the Hub makes: to lose a race. */
  beforeCommit: () => Promise<void>;
  /** Runs SQL as the owner of the database, whose schemas are named as the environments. */
  owner(sql: string): Promise<readonly TextRow[]>;
  /** URL of that database. */
  readonly databaseUrl: string;
  /** Ends every session of the database and lets none in, or lets them in again. */
  letIn(isLetIn: boolean): Promise<void>;
  close(): Promise<void>;
}

/** `environments` get `customers` with the rows 1 and 2; the calls run as a role that may read and write it. */
export async function createHubState(
  repo: TestRepo,
  environments: readonly string[],
  metrics: ReconcilerMetrics,
): Promise<TestHubState> {
  const stateDirectory = await mkdtemp(join(tmpdir(), 'stk-test-hub-'));
  const database = await createTestDatabase(18, { sql: environments.map(createSchema).join('') });
  const servers = new DatabaseServers(realClock);
  const compiler = createReleaseCompiler();
  const documentCompiler = createReleaseCompiler({ isBackground: true });
  const openRepo = async (): Promise<ConfigRepo> =>
    openConfigRepo({
      location: repo.directory,
      stateDirectory,
      environment: gitTestEnvironment,
      clock: realClock,
      readPointer: readPointerRelease,
    });
  const log = { debug: ignore, info: ignore, warn: ignore, error: ignore };
  const locks = createWriterLocks(() => database.url, { log, clock: realClock });
  const reconciler = new Reconciler({
    openRepo: async () => racing(await openRepo(), () => state.beforeCommit()),
    table: new WritableServingTable(),
    handles: new DatabaseHandles({
      clock: realClock,
      log,
      check: checkHeld,
      checkMatrix,
      open: async ({ settings, limits }) => {
        if (settings.kind !== 'server') throw new Error('these environments are on a server');
        const { schema, role } = settings;
        return servers.open({ url: database.url, schema, role, limits });
      },
    }),
    library: new ReleaseLibrary({ compiler, documentCompiler, documentChecker: documentCompiler }),
    records: new LastKnownGoodStore(join(stateDirectory, 'last-known-good')),
    clock: realClock,
    log,
    metrics,
    only: [],
    stateDirectory,
    secret: () => undefined,
    locks,
    describeProposal,
    refuseProject: () => undefined,
  });
  const name = new URL(database.url).pathname.slice(1);
  const state: TestHubState = {
    reconciler,
    beforeCommit: () => Promise.resolve(),
    owner: (sql) => runSql(database.url, sql),
    databaseUrl: database.url,
    letIn: async (isLetIn) => {
      await runSql(serverUrl(18), `alter database ${name} with allow_connections ${String(isLetIn)}`);
      const end = `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`;
      if (!isLetIn) await runSql(serverUrl(18), end);
    },
    close: async () => {
      await reconciler.close();
      await locks.close();
      await Promise.all([compiler.close(), documentCompiler.close()]);
      await database.drop();
      await rm(stateDirectory, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  return state;
}

/** The settings of an environment in stk.yaml that go with `createHubState`. */
export function aServerEnvironment(environment: string): object {
  return { database: { urlFrom: databaseVariable, schema: environment, role: callRole } };
}

const callRole = 'stk_test_caller';

function createSchema(environment: string): string {
  return `
    do $$ begin create role ${callRole} nologin;
      exception when duplicate_object or unique_violation then null; end $$;
    create schema ${environment};
    grant usage on schema ${environment} to ${callRole};
    create table ${environment}.customers (id integer primary key, email text not null);
    insert into ${environment}.customers values (1, 'ann@example.com'), (2, 'bob@example.com');
    grant select, insert, update, delete on ${environment}.customers to ${callRole};`;
}

/** The repo itself, with a moment before each of the Hub's commits in which others may commit. */
function racing(repo: ConfigRepo, before: () => Promise<void>): ConfigRepo {
  return new Proxy(repo, {
    get(target, name) {
      if (name === 'commitFiles') {
        return async (change: Parameters<ConfigRepo['commitFiles']>[0]) => {
          await before();
          return target.commitFiles(change);
        };
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

function ignore(): void {}
