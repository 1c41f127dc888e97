// An environment's database on a PostgreSQL server: calls go through a pool, checks through separate sessions.
import type { DatabaseAddress, DatabaseReach } from '../../model/check-order.ts';
import type { Clock } from '../../kernel/clock.ts';
import { asStkError, StkError } from '../../kernel/errors.ts';
import type { Database, ExecuteOutcome, ExecuteRequest, Inspection, PoolUse } from '../database.ts';
import { SessionLost } from '../wire/exchange.ts';
import { PostgresPool, type ReportSession } from './postgres-pool.ts';
import {
  connectSession,
  describeServer,
  type PostgresSession,
  type SessionSettings,
} from './postgres-session.ts';
import { SessionInspection } from '../session/session-inspection.ts';
import { TypeRegistry } from '../wire/type-registry.ts';

export interface OpenPostgresOptions extends DatabaseAddress {
  readonly clock: Clock;
  readonly report?: ReportSession | undefined;
}

interface InspectionSession extends PostgresSession {
  readonly inspection: SessionInspection;
}

/** A session for checks is kept this long after its last use. */
const keepWarmMs = 30_000;

/** Connects on first use. Throws `database-unavailable` when the URL is invalid. */
export function openPostgres(options: OpenPostgresOptions): Database {
  return new PostgresDatabase(options);
}

class PostgresDatabase implements Database {
  readonly engine = 'postgres';
  readonly description: string;
  readonly #address: DatabaseAddress;
  readonly #settings: SessionSettings;
  readonly #clock: Clock;
  readonly #types = new TypeRegistry();
  readonly #pool: PostgresPool;
  readonly #warm: { readonly session: InspectionSession; readonly cooling: AbortController }[] = [];
  readonly #report: ReportSession | undefined;
  #isWarned = false;
  #closed = false;

  constructor({ url, schema, role, limits, clock, report }: OpenPostgresOptions) {
    this.description = describeServer(url);
    this.#clock = clock;
    this.#report = report;
    this.#address = { url, schema, role, limits };
    this.#settings = { url, schema, role, statement: limits.statement, lock: limits.lock };
    this.#pool = new PostgresPool({
      settings: this.#settings,
      limit: limits.pool,
      clock,
      types: this.#types,
      description: this.description,
      report,
    });
  }

  execute(request: ExecuteRequest): Promise<ExecuteOutcome> {
    return this.#pool.execute(request);
  }

  async inspect<T>(look: (session: Inspection) => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    if (this.#closed) throw new StkError('database-unavailable', `The ${this.description} is closed.`);
    // While calls get no session, an existing one would wrongly report that all is well.
    const session = (this.#pool.isRefused ? undefined : this.#takeWarm()) ?? (await this.#connect());
    this.#pool.noteAccepted();
    const stop = (): void => session.link.destroy('the look was given up');
    signal?.addEventListener('abort', stop);
    try {
      // The caller may have given up while the session was opened.
      signal?.throwIfAborted();
      const result = await look(session.inspection);
      await session.inspection.unlockAll();
      this.#keepWarm(session);
      return result;
    } catch (error) {
      session.link.destroy('the look failed');
      signal?.throwIfAborted();
      throw error instanceof SessionLost ? this.#lost(error) : error;
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  reach(): DatabaseReach {
    return { address: this.#address };
  }

  use(): PoolUse {
    return this.#pool.use();
  }

  recycle(): void {
    this.#types.clear();
    this.#pool.recycle();
  }

  async ping(): Promise<void> {
    await this.inspect((session) => session.query('select 1')).catch((error: unknown) => {
      const { code, message, hint } = asStkError(error);
      if (code === 'database-unavailable') throw error;
      throw new StkError('database-unavailable', message, hint === undefined ? {} : { hint });
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    const warm = this.#warm.splice(0);
    for (const { cooling } of warm) cooling.abort();
    await Promise.allSettled([this.#pool.close(), ...warm.map(({ session }) => session.link.end())]);
  }

  #takeWarm(): InspectionSession | undefined {
    for (let kept = this.#warm.pop(); kept !== undefined; kept = this.#warm.pop()) {
      kept.cooling.abort();
      if (!kept.session.link.isGone) return kept.session;
    }
    return undefined;
  }

  async #connect(): Promise<InspectionSession> {
    const session = await connectSession(this.#settings, 'read', () => undefined);
    const { link, writer } = session;
    const options = { link, writer, types: this.#types };
    try {
      const probe = new SessionInspection({ ...options, serverVersion: 0 });
      // Refusals are searched for names: in English, if the role may set that.
      const [row] = await probe.query(
        `select pg_catalog.current_setting('server_version_num') as version,
          (select r.rolsuper from pg_catalog.pg_roles r where r.rolname = session_user) as superuser,
          case when pg_catalog.has_parameter_privilege('lc_messages', 'SET')
            then pg_catalog.set_config('lc_messages', 'C', false) end as messages`,
      );
      if (row?.['superuser'] === 't') this.#warnOnce();
      const inspection = new SessionInspection({
        ...options,
        serverVersion: Number(row?.['version']),
        keepsQueries: true,
      });
      return { ...session, inspection };
    } catch (error) {
      link.destroy('the first question failed');
      throw error instanceof SessionLost ? this.#lost(error) : error;
    }
  }

  #warnOnce(): void {
    if (this.#isWarned) return;
    this.#isWarned = true;
    this.#report?.({ kind: 'superuser', database: this.description });
  }

  #keepWarm(session: InspectionSession): void {
    if (this.#closed) {
      session.link.destroy('the database is closed');
      return;
    }
    const cooling = new AbortController();
    const kept = { session, cooling };
    this.#warm.push(kept);
    this.#cool(kept).catch((error: unknown) => session.link.destroy(asStkError(error).message));
  }

  async #cool(kept: {
    readonly session: InspectionSession;
    readonly cooling: AbortController;
  }): Promise<void> {
    await this.#clock.sleep(keepWarmMs, kept.cooling.signal);
    const at = this.#warm.indexOf(kept);
    if (at < 0) return;
    this.#warm.splice(at, 1);
    await kept.session.link.end();
  }

  #lost(error: SessionLost): StkError {
    return new StkError(
      'database-unavailable',
      `The ${this.description} ended the session: ${error.message}.`,
    );
  }
}
