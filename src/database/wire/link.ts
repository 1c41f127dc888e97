// One session with an engine, for stk's own code: bytes of the wire protocol go in, replies come out one by one. For
// PostgreSQL it is a connection of `pg`, for PGlite the worker thread.
import type { SqlError } from '../database.ts';

export interface WireField {
  readonly name: string;
  readonly tableID: number;
  readonly columnID: number;
  readonly dataTypeID: number;
  readonly dataTypeModifier: number;
}

/** The server's replies in one exchange, in order; the last is `ready` or `lost`. */
export interface ReplyHandler {
  parameterTypes(oids: readonly number[]): void;
  /** Answers Describe; empty when the statement returns no rows. */
  fields(fields: readonly WireField[]): void;
  /** A statement has its values and its plan; from here on it may have effects. */
  bound?(): void;
  row(values: readonly (string | null)[]): void;
  /** A row exceeded the limit and was not read; the session may be lost with it. */
  tooLarge(): void;
  /** The command tag, e.g. `UPDATE 3`. */
  complete(tag: string): void;
  /** Execute stopped at its row limit. */
  suspended(): void;
  /** The server skips the rest up to the next Sync. */
  refused(error: SqlError, fatal: boolean): void;
  ready(): void;
  /** The session is gone; nothing else follows. */
  lost(message: string): void;
}

export interface Link {
  /** Sends the bytes, which end with Sync, Query or Flush. One exchange at a time: not before the last one's `ready`. */
  exchange(bytes: Buffer, handler: ReplyHandler): void;
  /** Sends more bytes within the exchange. */
  push(bytes: Buffer): void;
}
