// One environment's part of the embedded database. All environments share the session, so each exchange sets in its own
// transaction everything that it needs: role, search_path, read-only, formats.
import { createHash } from 'node:crypto';
import { StkError } from '../../kernel/errors.ts';
import { CallRunner } from '../session/call-runner.ts';
import type { Database, ExecuteOutcome, ExecuteRequest, Inspection } from '../database.ts';
import type { EmbeddedEngine } from './embedded-engine.ts';
import { EmbeddedLink } from './embedded-link.ts';
import { readAppliedInit } from './applied-init.ts';
import type { EmbeddedSchema } from './embedded-schema.ts';
import { SessionLost } from '../wire/exchange.ts';
import type { Link, ReplyHandler } from '../wire/link.ts';
import { MessageWriter } from '../wire/message-writer.ts';
import type { Prelude } from '../session/prepared-statements.ts';
import { quoteIdentifier } from '../../kernel/quote-identifier.ts';
import { lockNumber, SessionInspection } from '../session/session-inspection.ts';
import { pinTransaction } from '../session/pinned-settings.ts';
import { statementsBesideCalls } from '../session/statements-at-once.ts';
import { TypeRegistry } from '../wire/type-registry.ts';

export interface EmbeddedDatabaseOptions extends EmbeddedSchema {
  readonly engine: EmbeddedEngine;
  readonly environment: string;
  /** Paths of the files in `init`. */
  readonly init: readonly string[];
  /** Milliseconds that a statement may take. */
  readonly statement: number;
  /** Milliseconds that a call waits for the engine. */
  readonly wait: number;
}

const setting = (name: string, value: string): string => `pg_catalog.set_config('${name}', ${value}, true)`;

/**
 * Resets all settings of an outside session that could change a call. session_authorization first, because only the
 * owner may set the rest. pg_temp last, so that an outside session's tables hide none.
 */
const prelude = `select ${[
  setting('session_authorization', "'postgres'"),
  setting('session_replication_role', "'origin'"),
  setting('statement_timeout', "'0'"),
  setting('search_path', '$2'),
  setting('transaction_read_only', '$3'),
  pinTransaction,
  setting('role', '$1'),
].join(', ')}`;

export class EmbeddedDatabase implements Database {
  readonly engine = 'pglite';
  readonly description: string;
  readonly #options: EmbeddedDatabaseOptions;
  readonly #types = new TypeRegistry();
  readonly #runner: CallRunner;
  readonly #prelude: Prelude;
  #closed = false;

  constructor(options: EmbeddedDatabaseOptions) {
    const { engine, environment, schema, role, statement } = options;
    this.description = `embedded database of ${environment}`;
    this.#options = options;
    const path = `${quoteIdentifier(schema)}, pg_temp`;
    this.#prelude = { text: prelude, values: (mode) => [role, path, mode === 'read' ? 'on' : 'off'] };
    this.#runner = new CallRunner({
      link: new EmbeddedLink(engine, statement),
      writer: new MessageWriter(),
      types: this.#types,
      prefix: namePrefix(role),
      prelude: this.#prelude,
    });
  }

  execute(request: ExecuteRequest): Promise<ExecuteOutcome> {
    const { engine, wait } = this.#options;
    return new Promise((resolve) => {
      if (this.#closed)
        return resolve({ kind: 'unavailable', message: `The ${this.description} is closed.`, busy: false });
      engine.take(
        wait,
        () =>
          this.#runner.run(request, (outcome) => {
            engine.release();
            resolve(outcome);
          }),
        (message) => resolve({ kind: 'unavailable', message, busy: true }),
      );
    });
  }

  async inspect<T>(look: (session: Inspection) => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    if (this.#closed) throw new StkError('database-unavailable', `The ${this.description} is closed.`);
    const writer = new MessageWriter();
    const link = new LookLink(this.#options, this.#prelude, signal);
    const ask = { link, writer, types: this.#types, atOnce: statementsBesideCalls };
    try {
      const probe = new SessionInspection({ ...ask, serverVersion: 0 });
      const [row] = await probe.query("select pg_catalog.current_setting('server_version_num') as version");
      const serverVersion = Number(row?.['version']);
      return await look(new EmbeddedInspection({ ...ask, serverVersion }));
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof SessionLost)) throw error;
      throw new StkError('database-unavailable', error.message);
    }
  }

  /** The engine is in this process. */
  reach(): undefined {
    return undefined;
  }

  use(): undefined {
    return undefined;
  }

  recycle(): void {
    this.#types.clear();
    this.#runner.forget();
  }

  async unappliedInit(): Promise<readonly string[]> {
    const { engine, environment, init, statement, wait } = this.#options;
    if (init.length === 0) return [];
    const link = new EmbeddedLink(engine, statement);
    const recorded = await engine
      .holding(wait, () => readAppliedInit(link, environment))
      .catch((error: unknown) => {
        if (error instanceof SessionLost) throw new StkError('database-unavailable', error.message);
        throw error;
      });
    return recorded === undefined ? [] : init.filter((path) => !recorded.includes(path));
  }

  async ping(): Promise<void> {
    await this.inspect((session) => session.query('select 1'));
  }

  close(): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }
}

/**
 * Prefix for the names of an environment's prepared statements. Two long roles, if truncated, would share a prefix and
 * each other's statements.
 */
function namePrefix(role: string): string {
  return `stk_${createHash('sha256').update(role).digest('hex').slice(0, 24)}`;
}

/** Takes the engine for each exchange and puts the read-only prelude before it. */
class LookLink implements Link {
  readonly #options: EmbeddedDatabaseOptions;
  readonly #prelude: Prelude;
  readonly #signal: AbortSignal | undefined;
  readonly #writer = new MessageWriter();

  constructor(options: EmbeddedDatabaseOptions, before: Prelude, signal: AbortSignal | undefined) {
    this.#options = options;
    this.#prelude = before;
    this.#signal = signal;
  }

  exchange(bytes: Buffer, handler: ReplyHandler): void {
    const { engine, wait, statement } = this.#options;
    if (this.#signal?.aborted === true) return handler.lost('the look was given up');
    const before = this.#writer.run(this.#prelude.text, this.#prelude.values('read')).take();
    engine.take(
      wait,
      () =>
        new EmbeddedLink(engine, statement).exchange(
          Buffer.concat([before, bytes]),
          afterPrelude(handler, engine),
        ),
      (reason) => handler.lost(reason),
      true,
    );
  }

  push(): void {
    throw new Error('a look sends whole exchanges');
  }
}

/** Leaves out the prelude's row and tag, and releases the engine before it passes on the last reply. */
function afterPrelude(handler: ReplyHandler, engine: EmbeddedEngine): ReplyHandler {
  let isInside = true;
  return {
    parameterTypes: (oids) => handler.parameterTypes(oids),
    fields: (fields) => handler.fields(fields),
    row: (values) => {
      if (!isInside) handler.row(values);
    },
    tooLarge: () => handler.tooLarge(),
    complete: (tag) => {
      if (isInside) isInside = false;
      else handler.complete(tag);
    },
    suspended: () => handler.suspended(),
    refused: (error, fatal) => handler.refused(error, fatal),
    ready: () => {
      engine.release();
      handler.ready();
    },
    lost: (message) => {
      engine.release();
      handler.lost(message);
    },
  };
}

/** Only checks whether somebody holds a lock: in PGlite's one session, PostgreSQL would grant it twice. */
class EmbeddedInspection extends SessionInspection {
  override async tryLock(key: string): Promise<boolean> {
    const taken = await this.query(
      `select 1 from pg_catalog.pg_locks where locktype = 'advisory' and objsubid = 1
       and (classid::pg_catalog.int8 << 32 | objid::pg_catalog.int8) = ${lockNumber}`,
      [key],
    );
    return taken.length === 0;
  }

  override unlock(): Promise<void> {
    return Promise.resolve();
  }
}
