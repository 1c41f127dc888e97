// A connection of `pg` as a Link: `pg` connects, authenticates and handles TLS. After that stk writes its own messages
// and reads the replies directly, without the result objects and type parsers of `pg`.
import type { Client, Connection, Submittable } from 'pg';
import { answerTooLarge, RowGuard } from '../wire/answer-limit.ts';
import type { Link, ReplyHandler, WireField } from '../wire/link.ts';
import { isFatal, toSqlError, type ErrorFields } from '../sql-error.ts';

interface WireError extends ErrorFields {
  readonly severity?: string | undefined;
}

export class PostgresLink implements Link, Submittable {
  readonly #client: Client;
  #connection: Connection | undefined;
  #bytes: Buffer | undefined;
  #handler: ReplyHandler | undefined;
  #gone: string | undefined;
  readonly #onGone: () => void;

  /** `client` is connected and idle; `onGone` is called once when the session ends for any reason. */
  constructor(client: Client, onGone: () => void) {
    this.#client = client;
    this.#onGone = onGone;
    client.on('error', (error) => this.#lose(error.message));
    client.on('end', () => this.#lose('the connection was closed'));
    const guard = new RowGuard(() => {
      this.#handler?.tooLarge();
      this.destroy(answerTooLarge.message);
    });
    // Before `pg` reads the same bytes.
    client.connection.stream.prependListener('data', (chunk: Buffer) => guard.read(chunk));
  }

  get isGone(): boolean {
    return this.#gone !== undefined;
  }

  exchange(bytes: Buffer, handler: ReplyHandler): void {
    if (this.#gone !== undefined) {
      const message = this.#gone;
      queueMicrotask(() => handler.lost(message));
      return;
    }
    this.#handler = handler;
    this.#bytes = bytes;
    this.#client.query(this);
  }

  push(bytes: Buffer): void {
    this.#connection?.stream.write(bytes);
  }

  /** Ends the session at once, even while it works. */
  destroy(reason: string): void {
    this.#lose(reason);
    this.#client.connection.stream.destroy();
  }

  async end(): Promise<void> {
    this.#gone ??= 'the connection was closed';
    await this.#client.end();
  }

  // The methods that `pg` calls on a query object.

  submit(connection: Connection): void {
    if (this.#connection === undefined) this.#attach(connection);
    if (this.#bytes !== undefined) connection.stream.write(this.#bytes);
    this.#bytes = undefined;
  }

  handleRowDescription(message: { readonly fields: readonly WireField[] }): void {
    this.#handler?.fields(message.fields);
  }

  handleDataRow(message: { readonly fields: readonly (string | null)[] }): void {
    this.#handler?.row(message.fields);
  }

  handleCommandComplete(message: { readonly text: string }): void {
    this.#handler?.complete(message.text);
  }

  handlePortalSuspended(): void {
    this.#handler?.suspended();
  }

  handleEmptyQuery(): void {
    this.#handler?.complete('');
  }

  handleCopyInResponse(connection: { sendCopyFail(message: string): void }): void {
    connection.sendCopyFail('COPY is not supported');
  }

  handleCopyData(): void {}

  handleReadyForQuery(): void {}

  handleError(error: WireError): void {
    // An error without a code comes from `pg` itself: the connection broke, and `error` or `end` reports it.
    if (error.severity !== undefined) this.#handler?.refused(toSqlError(error), isFatal(error.severity));
  }

  #attach(connection: Connection): void {
    this.#connection = connection;
    connection.on('parameterDescription', (message: { readonly dataTypeIDs: readonly number[] }) =>
      this.#handler?.parameterTypes(message.dataTypeIDs),
    );
    connection.on('bindComplete', () => this.#handler?.bound?.());
    connection.on('noData', () => this.#handler?.fields([]));
    // After a refusal, `pg` does not notify a query object when the server is ready again. This listener was added
    // after those of `pg`, so that its state is correct when the handler continues.
    connection.on('readyForQuery', () => {
      const handler = this.#handler;
      this.#handler = undefined;
      handler?.ready();
    });
  }

  #lose(message: string): void {
    const handler = this.#handler;
    this.#handler = undefined;
    const first = this.#gone === undefined;
    this.#gone ??= message;
    if (first) this.#onGone();
    handler?.lost(this.#gone);
  }
}
