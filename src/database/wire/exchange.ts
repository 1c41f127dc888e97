// One exchange with a session as a promise, for everything but the hot path: the reply, row by row.
import { answerTooLarge } from './answer-limit.ts';
import type { SqlError } from '../database.ts';
import type { Link, ReplyHandler, WireField } from './link.ts';

export class SessionLost extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SessionLost';
  }
}

/** The reply to one exchange; a refusal is part of it. */
export class ServerReply implements ReplyHandler {
  readonly parameterLists: (readonly number[])[] = [];
  /** One for each Describe (or Query that returns rows). */
  readonly fieldLists: (readonly WireField[])[] = [];
  readonly rows: (readonly (string | null)[])[] = [];
  readonly tags: string[] = [];
  error: SqlError | undefined;
  readonly #resolve: (reply: ServerReply) => void;
  readonly #reject: (error: Error) => void;

  constructor(resolve: (reply: ServerReply) => void, reject: (error: Error) => void) {
    this.#resolve = resolve;
    this.#reject = reject;
  }

  parameterTypes(oids: readonly number[]): void {
    this.parameterLists.push(oids);
  }

  fields(fields: readonly WireField[]): void {
    this.fieldLists.push(fields);
  }

  row(values: readonly (string | null)[]): void {
    this.rows.push(values);
  }

  tooLarge(): void {
    this.error ??= answerTooLarge;
  }

  complete(tag: string): void {
    this.tags.push(tag);
  }

  suspended(): void {
    this.tags.push('');
  }

  refused(error: SqlError): void {
    this.error ??= error;
  }

  ready(): void {
    this.#resolve(this);
  }

  lost(message: string): void {
    this.#reject(new SessionLost(message));
  }
}

/** Rejects with SessionLost when the session ends meanwhile. */
export function exchange(link: Link, bytes: Buffer): Promise<ServerReply> {
  return new Promise((resolve, reject) => link.exchange(bytes, new ServerReply(resolve, reject)));
}
