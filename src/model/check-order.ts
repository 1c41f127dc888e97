// An order to a process that serves no calls: check a release against a database on a server.
import type { AcceptedFinding } from './project.ts';

/** Everything needed to open the same database from another process. It contains a secret: never shown, never written. */
export interface DatabaseAddress {
  /** A libpq connection URL. */
  readonly url: string;
  /** The one schema in search_path. */
  readonly schema: string;
  /** Role that calls and checks assume; `undefined` for the login role. */
  readonly role: string | undefined;
  readonly limits: DatabaseLimits;
}

export interface DatabaseLimits {
  /** statement_timeout, milliseconds. */
  readonly statement: number;
  /** lock_timeout, milliseconds. */
  readonly lock: number;
  /** Most sessions for calls. */
  readonly pool: number;
}

/** Everything needed to read the database from another process. */
export interface DatabaseReach {
  readonly address: DatabaseAddress;
}

export interface CheckOrder extends DatabaseReach {
  readonly strict: boolean;
  readonly accept: readonly AcceptedFinding[];
  readonly migrationLock: string | undefined;
  /** Milliseconds since the epoch, to judge expiry. */
  readonly now: number;
}
