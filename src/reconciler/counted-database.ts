// A database that opens on first use and counts its running calls, so that it can be replaced under load: a call that
// took it before the swap finishes. Returns "unavailable" while it cannot be opened, and retries.
import type { Database, ExecuteOutcome, ExecuteRequest, Inspection, PoolUse } from '../database/database.ts';
import type { DatabaseReach } from '../model/check-order.ts';
import { asStkError } from '../kernel/errors.ts';

export interface CountedDatabaseOptions {
  readonly engine: Database['engine'];
  readonly description: string;
  /** Rejects with StkError `secret-unset` or `database-unavailable`. */
  open(): Promise<Database>;
}

export class CountedDatabase implements Database {
  readonly engine: Database['engine'];
  readonly description: string;
  readonly #open: () => Promise<Database>;
  #opened: Database | undefined;
  #opening: Promise<Database> | undefined;
  #users = 0;
  #whenIdle: (() => void)[] = [];
  #closed = false;
  #lastFailure: string | undefined;
  readonly #listeners = new Map<string, () => void>();

  constructor(options: CountedDatabaseOptions) {
    this.engine = options.engine;
    this.description = options.description;
    this.#open = () => options.open();
  }

  /** Opens it if needed; all callers share one attempt, and a failed one is repeated. */
  async ready(): Promise<Database> {
    if (this.#opened !== undefined) return this.#opened;
    this.#opening ??= this.#open().then(
      async (opened) => {
        this.#opening = undefined;
        if (this.#closed) await opened.close();
        else this.#opened = opened;
        return opened;
      },
      (error: unknown) => {
        this.#opening = undefined;
        throw error;
      },
    );
    return this.#opening;
  }

  /** Begins to open it; calls that come meanwhile get the failure. */
  prepare(): void {
    this.ready().then(
      () => {
        this.#lastFailure = undefined;
      },
      (error: unknown) => {
        this.#lastFailure = asStkError(error).message;
      },
    );
  }

  execute(request: ExecuteRequest): Promise<ExecuteOutcome> {
    const opened = this.#opened;
    if (opened === undefined) return this.#executeUnopened();
    this.#users += 1;
    return opened.execute(request).then(
      (outcome) => {
        this.#leave();
        if (outcome.kind === 'unavailable' && !outcome.busy)
          for (const tell of this.#listeners.values()) tell();
        return outcome;
      },
      (defect: unknown) => {
        this.#leave();
        throw defect;
      },
    );
  }

  /** `listener` is called whenever a call finds the database unreachable; each environment has one, the last given. */
  whenUnavailable(environment: string, listener: () => void): void {
    this.#listeners.set(environment, listener);
  }

  async inspect<T>(look: (session: Inspection) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const opened = await this.ready();
    this.#users += 1;
    try {
      return await opened.inspect(look, signal);
    } finally {
      this.#leave();
    }
  }

  /** Also `undefined` while it is not open. */
  reach(): DatabaseReach | undefined {
    return this.#opened?.reach();
  }

  use(): PoolUse | undefined {
    return this.#opened?.use();
  }

  recycle(): void {
    this.#opened?.recycle();
  }

  /** Also empty on a server and while it is not open. */
  async unappliedInit(): Promise<readonly string[]> {
    return (await this.#opened?.unappliedInit?.()) ?? [];
  }

  async ping(): Promise<void> {
    await (await this.ready()).ping();
  }

  /** Resolves when it has no users. */
  async idle(): Promise<void> {
    if (this.#users > 0) await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }

  async close(): Promise<void> {
    this.#closed = true;
    const opened = this.#opened;
    this.#opened = undefined;
    await opened?.close();
  }

  /** A call never waits for a database to be created: it is refused, and the attempt continues without it. */
  async #executeUnopened(): Promise<ExecuteOutcome> {
    if (this.#closed) return { kind: 'unavailable', message: `${this.description} is closed`, busy: false };
    this.prepare();
    const message = this.#lastFailure ?? `${this.description} is being opened`;
    return { kind: 'unavailable', message, busy: false };
  }

  #leave(): void {
    this.#users -= 1;
    if (this.#users > 0) return;
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }
}
