// One session with an engine as stk's own code sees it: bytes of the wire protocol go in, replies come out one by
// one. PostgreSQL's is a connection of `pg`, PGlite's the worker thread.
import type { SqlError } from '../database.ts';

export interface WireField {
  readonly name: string;
  readonly tableID: number;
  readonly columnID: number;
  readonly dataTypeID: number;
  readonly dataTypeModifier: number;
}

/** What the server answers in one exchange, in its order; the last is `ready` or `lost`. */
export interface ReplyHandler {
  parameterTypes(oids: readonly number[]): void;
  /** Answers Describe; empty: the statement returns no rows. */
  fields(fields: readonly WireField[]): void;
  /** A statement has its values and its plan; from here on it may do something. */
  bound?(): void;
  row(values: readonly (string | null)[]): void;
  /** A row larger than one may be, which was not read; the session may be gone with it. */
  tooLarge(): void;
  /** The command tag, e.g. `UPDATE 3`. */
  complete(tag: string): void;
  /** Execute stopped at its row limit. */
  suspended(): void;
  /** What follows is skipped by the server up to the next Sync. */
  refused(error: SqlError, fatal: boolean): void;
  ready(): void;
  /** The session is gone; nothing else follows. */
  lost(message: string): void;
}

export interface Link {
  /** Sends the bytes, which end in Sync, Query or Flush. One exchange at a time: not before `ready` of the last. */
  exchange(bytes: Buffer, handler: ReplyHandler): void;
  /** Sends more bytes within the exchange. */
  push(bytes: Buffer): void;
}
