// The open databases: reused while their settings stay the same, drained and closed when they are replaced. An
// environment and its canary share one. The caller's opener opens them.
import type { Database } from '../database/database.ts';
import { createCheckCache, writeOnly } from '../compatibility/check/check-cache.ts';
import type { CheckRequest } from '../compatibility/check/check-release.ts';
import {
  holdDatabase,
  type DatabaseHold,
  type HoldRequest,
  type NotHeld,
} from '../compatibility/check/hold-database.ts';
import type { MatrixRequest, MatrixVerdict } from '../compatibility/check/rollback-matrix.ts';
import type { Verdict } from '../model/verdict.ts';
import type { DatabaseReach } from '../model/check-order.ts';
import type { Clock } from '../kernel/clock.ts';
import { asStkError } from '../kernel/errors.ts';
import type { DatabaseSettings, EnvironmentSettings, Limits } from '../model/project.ts';
import { CountedDatabase } from './counted-database.ts';
import { createLimiter, type Limiter } from '../kernel/limiter.ts';
import type { Log } from './log.ts';
import { timing } from './status/timing.ts';

export interface OpenDatabaseRequest {
  readonly environment: string;
  readonly settings: DatabaseSettings;
  readonly limits: Limits;
  /** A file of the config repo at the revision in force, for `init`. */
  readFile(path: string): Promise<string>;
}

/** Rejects with StkError `secret-unset` (naming the variable) or `database-unavailable`. */
export type OpenDatabase = (request: OpenDatabaseRequest) => Promise<Database>;

export interface HandleCheckRequest extends Omit<CheckRequest, 'cache'> {
  /** Ask everything despite the cache, for changes that a fingerprint might miss. */
  readonly isFresh?: boolean;
}

export interface DatabaseHandle {
  readonly database: CountedDatabase;
  /** Holds the database for a check; only a few holds for one server at once, the others wait. Rejects as the opener does. */
  readonly hold: (request: HoldRequest) => Promise<DatabaseHold | NotHeld>;
  /** The check of this database, cached while its fingerprint stays the same. */
  readonly check: (hold: DatabaseHold, request: HandleCheckRequest) => Promise<Verdict>;
  /**
   * Runs `ask` with the data that another process needs to connect; only a few at once for one server. `undefined` when
   * no other process can, or the database does not open; `hold` reports why.
   */
  readonly checkElsewhere: <T>(ask: (reach: DatabaseReach) => Promise<T>) => Promise<T | undefined>;
  /** Which of many releases fit right now; otherwise as `check`. */
  readonly checkMatrix: (request: Omit<MatrixRequest, 'cache'>) => Promise<MatrixVerdict>;
}

export interface DatabaseHandlesOptions {
  readonly open: OpenDatabase;
  readonly check: (hold: DatabaseHold, request: CheckRequest) => Promise<Verdict>;
  readonly checkMatrix: (database: Database, request: MatrixRequest) => Promise<MatrixVerdict>;
  readonly clock: Clock;
  readonly log: Log;
}

interface OpenHandle extends DatabaseHandle {
  readonly key: string;
  /** Environments that acquired it and have not retired it. */
  readonly users: Set<string>;
  /** From the last acquirer. */
  readonly files: { readFile: OpenDatabaseRequest['readFile'] };
}

const inspectionsPerServer = 4;
/** Concurrent checks in the other process; fewer for one server, so that a hanging server leaves some to the rest. */
const checksElsewhere = 4;
const elsewherePerServer = 2;
/** Some matrices of the largest size. */
const cachedMatrixRows = 512;

export class DatabaseHandles {
  readonly #options: DatabaseHandlesOptions;
  readonly #open = new Map<string, OpenHandle>();
  readonly #byUser = new Map<string, Set<OpenHandle>>();
  readonly #turns = new Map<string, { readonly here: Limiter; readonly elsewhere: Limiter }>();
  readonly #elsewhere = createLimiter(checksElsewhere);
  readonly #draining = new Set<Promise<void>>();
  readonly #stopping = new AbortController();

  constructor(options: DatabaseHandlesOptions) {
    this.#options = options;
  }

  /**
   * The environment's handle for these settings; `readFile` is only used while an embedded schema is created.
   * `undefined` when there are no files, until a caller that has them acquires the same handle.
   */
  acquire(
    settings: EnvironmentSettings,
    limits: Limits,
    readFile: OpenDatabaseRequest['readFile'] | undefined,
  ): DatabaseHandle {
    const environment = settings.of ?? settings.name;
    const key = keyOf(settings, limits);
    const present = this.#open.get(key);
    if (present !== undefined) {
      if (readFile !== undefined) present.files.readFile = readFile;
      return this.#use(present, settings.name);
    }
    const files = { readFile: readFile ?? refuseFile };
    const { open, check, checkMatrix } = this.#options;
    const turn = this.#turn(settings.database);
    const database = new CountedDatabase({
      engine: settings.database.kind === 'embedded' ? 'pglite' : 'postgres',
      description: describe(environment, settings.database),
      open: () =>
        open({ environment, settings: settings.database, limits, readFile: (path) => files.readFile(path) }),
    });
    const cache = createCheckCache();
    const matrixCache = createCheckCache(cachedMatrixRows);
    const handle: OpenHandle = {
      key,
      users: new Set(),
      files,
      database,
      hold: async (request) => {
        await database.ready();
        const { engine, description } = database;
        const inspect: Database['inspect'] = (look, signal) =>
          turn.here(() => database.inspect(look, signal));
        return holdDatabase({ engine, description, inspect }, request);
      },
      check: (hold, { isFresh = false, ...asked }) =>
        check(hold, { ...asked, cache: isFresh ? writeOnly(cache) : cache }),
      checkElsewhere: async <T>(ask: (reach: DatabaseReach) => Promise<T>) => {
        if (settings.database.kind === 'embedded') return undefined;
        // `hold` reports why it does not open.
        await database.ready().catch(() => undefined);
        if (database.reach() === undefined) return undefined;
        const whenFree = (): Promise<T | undefined> =>
          this.#elsewhere(async () => {
            // It may have been closed meanwhile, and calls may have started.
            const reach = database.reach();
            return reach && ask(reach);
          });
        return turn.elsewhere(whenFree);
      },
      checkMatrix: async (asked) => {
        await database.ready();
        return turn.here(() => checkMatrix(database, { ...asked, cache: matrixCache }));
      },
    };
    this.#open.set(key, handle);
    return this.#use(handle, settings.name);
  }

  /** The handle for these settings, if it was acquired. */
  find(settings: EnvironmentSettings, limits: Limits): CountedDatabase | undefined {
    return this.#open.get(keyOf(settings, limits))?.database;
  }

  /**
   * Retires the databases that the environment used and that are not in `keep`: closed after their running calls,
   * unless another environment uses them.
   */
  retireOthers(environment: string, keep: readonly (Database | undefined)[]): void {
    const used = this.#byUser.get(environment) ?? [];
    for (const handle of used) {
      const { key, users, database } = handle;
      if (keep.includes(database)) continue;
      this.#byUser.get(environment)?.delete(handle);
      users.delete(environment);
      if (users.size > 0) continue;
      this.#open.delete(key);
      const done: Promise<void> = this.#drain(database)
        .catch((thrown: unknown) => {
          const problem = asStkError(thrown).message;
          this.#options.log.warn({ environment, problem }, 'a replaced database did not close');
        })
        .finally(() => this.#draining.delete(done));
      this.#draining.add(done);
    }
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await Promise.allSettled(this.#draining);
    const open = [...this.#open.values()];
    this.#open.clear();
    this.#byUser.clear();
    await Promise.allSettled(open.map(({ database }) => database.close()));
  }

  #use(handle: OpenHandle, environment: string): OpenHandle {
    const used = this.#byUser.get(environment) ?? new Set();
    this.#byUser.set(environment, used.add(handle));
    handle.users.add(environment);
    return handle;
  }

  async #drain(database: CountedDatabase): Promise<void> {
    const { signal } = this.#stopping;
    const drained = new AbortController();
    const stopped = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true, signal: drained.signal });
    });
    await this.#options.clock.sleep(timing.drainGrace, signal);
    // When the Hub stops, it has already given its calls their time; a statement that still runs does not delay it.
    await Promise.race([database.idle(), stopped]);
    drained.abort();
    await database.close();
  }

  #turn(settings: DatabaseSettings): { readonly here: Limiter; readonly elsewhere: Limiter } {
    const server = settings.kind === 'embedded' ? 'embedded' : `server ${settings.urlFrom}`;
    const present = this.#turns.get(server);
    if (present !== undefined) return present;
    const turn = {
      here: createLimiter(inspectionsPerServer),
      elsewhere: createLimiter(elsewherePerServer),
    };
    this.#turns.set(server, turn);
    return turn;
  }
}

/** What a database is opened with. */
function keyOf({ of, name, database }: EnvironmentSettings, { statement, lock, pool }: Limits): string {
  return JSON.stringify([of ?? name, database, statement, lock, pool]);
}

async function refuseFile(path: string): Promise<string> {
  throw new Error(`${path} cannot be read while the Hub has only the last-known-good`);
}

function describe(environment: string, settings: DatabaseSettings): string {
  return settings.kind === 'embedded'
    ? `the embedded database of ${environment}`
    : `the database of ${environment} (${settings.urlFrom})`;
}
