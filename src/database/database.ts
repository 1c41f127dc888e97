// The interface to an environment's database, for every engine. PGlite and PostgreSQL implement it and pass one shared
// suite (test/contract/database.ts).
import type { DatabaseReach } from '../model/check-order.ts';
import type { Json } from '../kernel/json.ts';

/** One environment's database: calls and checks use it as one role with one search_path. */
export interface Database {
  readonly engine: 'pglite' | 'postgres';
  /** For people: engine, host and database name; no credentials. */
  readonly description: string;
  /**
   * Runs one operation's statement in one implicit transaction. Never rejects for problems of the database, the network
   * or the input.
   */
  execute(request: ExecuteRequest): Promise<ExecuteOutcome>;
  /**
   * Opens one session as the call role with the call search_path, passes it to `look` and closes it. Commits nothing.
   * Rejects with StkError `database-unavailable`, or with the error of `look`.
   */
  inspect<T>(look: (session: Inspection) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** How another process can connect to it; `undefined` when none can. */
  reach(): DatabaseReach | undefined;
  /** How many sessions calls use now; `undefined` when there is no pool. */
  use(): PoolUse | undefined;
  /** Forgets prepared statements and recycles pooled sessions after a change of the schema. */
  recycle(): void;
  /**
   * Embedded only: files that were added to `init` after the schema was created, so they never ran. Empty when an older
   * version created it. Rejects with `database-unavailable`.
   */
  unappliedInit?(): Promise<readonly string[]>;
  /** Resolves when the database answers a trivial query; rejects with `database-unavailable`. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Sessions in use by calls, and calls that wait for one. */
export interface PoolUse {
  readonly busy: number;
  readonly idle: number;
  readonly connecting: number;
  readonly limit: number;
  readonly waiting: number;
}

/** A statement as sent to the server. */
export interface CallStatement {
  /** Unique for its text within the process, at most 63 bytes: the prepared statement's name. */
  readonly name: string;
  /** With $1, $2, … */
  readonly text: string;
  readonly mode: 'read' | 'write';
}

export interface ExecuteRequest {
  readonly statement: CallStatement;
  /** One for each parameter, as in the request (undefined or null → NULL); encoded by the parameter's type. */
  readonly values: readonly (Json | undefined)[];
  /** The caller's claims as JSON text, for `request.jwt.claims`; `undefined` for an empty object. */
  readonly claims: string | undefined;
  readonly wants: 'rows' | 'count';
  /** With more rows than this the call fails with `too-many-rows`, and nothing is committed. */
  readonly maxRows: number;
  /** Everything is rolled back; deferred constraints are checked before. */
  readonly isRehearsal?: boolean;
}

export type ExecuteOutcome =
  /**
   * `rows`: each row as the text of a JSON object, values in wire form. Empty for `count`. `count`: rows returned or
   * changed. `wasStale`: the prepared statement no longer ran.
   */
  | {
      readonly kind: 'done';
      readonly rows: readonly string[];
      readonly count: number;
      readonly wasStale?: true;
    }
  | { readonly kind: 'too-many-rows' }
  /** A value does not fit its parameter's type; `parameter` is its 0-based index. */
  | { readonly kind: 'invalid-value'; readonly parameter: number; readonly expected: string }
  /** PostgreSQL refused. */
  | { readonly kind: 'sql-error'; readonly error: SqlError }
  /** No connection, connection lost, pool wait exhausted, or an outside session holds the embedded engine. */
  | { readonly kind: 'unavailable'; readonly message: string; readonly busy: boolean };

export interface SqlError {
  readonly sqlstate: string;
  readonly message: string;
  readonly detail: string | undefined;
  readonly hint: string | undefined;
  /** 1-based, in characters (code points) of the statement text. */
  readonly position: number | undefined;
  /** The same for a statement inside a function. */
  readonly internalPosition?: number;
  readonly schema?: string | undefined;
  readonly table?: string | undefined;
  readonly column?: string | undefined;
  readonly constraint?: string | undefined;
  /** The routine in PostgreSQL's source that raised the error, the same in every language. */
  readonly routine?: string | undefined;
}

export interface TypeInfo {
  readonly oid: number;
  readonly schema: string;
  /** As format_type spells it without a typmod, unqualified: integer, text, order_status, integer[]. */
  readonly name: string;
  readonly kind: 'base' | 'enum' | 'domain' | 'composite' | 'array' | 'range' | 'multirange' | 'pseudo';
  /** Element of an array. */
  readonly element: TypeInfo | undefined;
  /** Base type of a domain. */
  readonly base: TypeInfo | undefined;
}

export interface DescribedField {
  readonly name: string;
  readonly type: TypeInfo;
  /** -1: none. */
  readonly typmod: number;
  /** 0 when the field is not a plain column. */
  readonly tableOid: number;
  readonly columnNumber: number;
}

export type Description =
  | {
      readonly ok: true;
      readonly parameters: readonly TypeInfo[];
      readonly fields: readonly DescribedField[];
    }
  | { readonly ok: false; readonly error: SqlError };

export type ExplainAnswer = { readonly ok: true } | { readonly ok: false; readonly error: SqlError };

export interface BodyToAnalyse {
  readonly oid: number;
  /** As `search_path` accepts it; `undefined` for the session's. */
  readonly searchPath: string | undefined;
}

export interface DescribeOptions {
  readonly rowSecurityOff?: boolean;
  /** As `search_path` accepts it; `undefined` for the session's. */
  readonly searchPath?: string | undefined;
}

/** A session for reading, outside a transaction unless documented otherwise. */
export interface Inspection {
  /** Server version as server_version_num, e.g. 150018. */
  readonly serverVersion: number;
  /** Rows as text by column name. Throws SqlFailure when PostgreSQL refuses. */
  query(
    sql: string,
    values?: readonly (string | number | boolean | null | readonly (string | number)[])[],
  ): Promise<Record<string, string | null>[]>;
  /**
   * Parse + Describe of every text, in order, with one Sync at the end and resumed after each error: few round trips
   * for any number of statements. `rowSecurityOff` sets row_security=off for the duration, `searchPath` the
   * search_path.
   */
  describe(texts: readonly string[], options?: DescribeOptions): Promise<Description[]>;
  /**
   * EXPLAIN with a generic plan of every text ($n parameters unbound), as the call role, with few round trips;
   * on PostgreSQL 15 through PREPARE with plan_cache_mode=force_generic_plan. `parameterTypes[i]`: the types
   * that describe() found for text i. Executes nothing.
   */
  explain(
    texts: readonly { readonly text: string; readonly parameterTypes: readonly TypeInfo[] }[],
  ): Promise<ExplainAnswer[]>;
  /**
   * Makes PostgreSQL analyse bodies of functions in SQL as when they were created, under a separate search_path if
   * given. Returns undefined or the refusal for each, in order. Executes none of their statements. It learns nothing
   * about polymorphic ones. After a lock that was not free, a time limit or a lack of resources it stops: the rest get
   * the same refusal.
   */
  analyseBodies(functions: readonly BodyToAnalyse[]): Promise<(SqlError | undefined)[]>;
  /**
   * Tries a session advisory lock without waiting, shared, so that several checks can hold it but not beside a
   * migration. Released with the session or by unlock(). Embedded: only checks whether somebody holds it.
   */
  tryLock(key: string): Promise<boolean>;
  unlock(key: string): Promise<void>;
}
