// Which environments share a database: those with the same server, role, schema and limits share one pool.
import type { Clock } from '../../kernel/clock.ts';
import type { Database } from '../database.ts';
import { openPostgres, type OpenPostgresOptions } from './postgres.ts';
import type { ReportSession } from './postgres-pool.ts';

interface Shared {
  readonly database: Database;
  users: number;
}

export class DatabaseServers {
  readonly #clock: Clock;
  readonly #report: ReportSession | undefined;
  readonly #shared = new Map<string, Shared>();

  constructor(clock: Clock, report?: ReportSession) {
    this.#clock = clock;
    this.#report = report;
  }

  /** Connects on first use; closes when its last user closes it. */
  open(options: Omit<OpenPostgresOptions, 'clock' | 'report'>): Database {
    const { url, schema, role, limits } = options;
    const key = JSON.stringify([url, schema, role, limits.statement, limits.lock, limits.pool]);
    const present = this.#shared.get(key);
    const [clock, report] = [this.#clock, this.#report];
    const shared = present ?? { database: openPostgres({ ...options, clock, report }), users: 0 };
    if (present === undefined) this.#shared.set(key, shared);
    shared.users += 1;
    return share(shared.database, async () => {
      shared.users -= 1;
      if (shared.users > 0) return;
      this.#shared.delete(key);
      await shared.database.close();
    });
  }
}

function share(database: Database, release: () => Promise<void>): Database {
  let released: Promise<void> | undefined;
  return {
    engine: database.engine,
    description: database.description,
    execute: (request) => database.execute(request),
    inspect: (look, signal) => database.inspect(look, signal),
    reach: () => database.reach(),
    use: () => database.use(),
    recycle: () => database.recycle(),
    ping: () => database.ping(),
    close: () => (released ??= release()),
  };
}
