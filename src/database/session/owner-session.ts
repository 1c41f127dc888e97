// A database session in which objects may be created: a scratch database in memory for measuring a schema that only
// exists as migrations, or a live database. The caller rolls back what it creates in a live one.
import { dirname } from 'node:path';
import type { Clock } from '../../kernel/clock.ts';
import { StkError } from '../../kernel/errors.ts';
import type { Inspection } from '../database.ts';
import { EmbeddedEngine } from '../embedded/embedded-engine.ts';
import { EmbeddedLink } from '../embedded/embedded-link.ts';
import { nameEmbeddedSchema } from '../embedded/embedded-schema.ts';
import { inMemory } from '../embedded/pglite-messages.ts';
import { exchange, SessionLost } from '../wire/exchange.ts';
import type { Link } from '../wire/link.ts';
import { MessageWriter } from '../wire/message-writer.ts';
import { requireOwnFolder } from '../socket/own-folder.ts';
import { connectSession } from '../postgres/postgres-session.ts';
import { pinSession } from './pinned-settings.ts';
import { SessionInspection } from './session-inspection.ts';
import { statementsAtOnce, statementsBesideCalls } from './statements-at-once.ts';
import { socketPathOf } from '../socket/socket-address.ts';
import { SqlFailure } from '../sql-failure.ts';
import { TypeRegistry } from '../wire/type-registry.ts';

export interface OwnerSession extends Inspection {
  readonly engine: 'pglite' | 'postgres';
  /** Runs statements with the simple protocol. Throws SqlFailure (position in `sql`), or StkError `database-unavailable`. */
  run(sql: string): Promise<void>;
  close(): Promise<void>;
}

/** Settings that checks and calls have too: with others, the text of definitions would differ. */
const checkSettings = `set search_path = public; ${pinSession}`;
/** A file of migrations may load data. */
const scratchLimitMs = 600_000;

/** An empty database in memory, deleted when it is closed. Its start takes about a second. Throws `database-unavailable`. */
export async function openScratch({
  clock,
  signal,
}: {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}): Promise<OwnerSession> {
  signal.throwIfAborted();
  const engine = new EmbeddedEngine({ directory: inMemory, clock, onReset: () => undefined });
  const stop = (): void => void engine.close();
  signal.addEventListener('abort', stop, { once: true });
  const close = async (): Promise<void> => {
    signal.removeEventListener('abort', stop);
    await engine.close();
  };
  try {
    await engine.start();
    const link = new EmbeddedLink(engine, scratchLimitMs);
    return await openOwner({ engine: 'pglite', link, close });
  } catch (error) {
    await close();
    throw error;
  }
}

/** Resets what a file of statements may have left: an open transaction, a role, settings. */
export async function resetScratch(session: OwnerSession): Promise<void> {
  await session.run('commit');
  await session.run(`reset session authorization; reset role; reset all; ${checkSettings}`);
}

export interface ServerAddress {
  readonly kind: 'server';
  /** A libpq connection URL. */
  readonly url: string;
  readonly schema: string;
  readonly role: string | undefined;
  /** Milliseconds. */
  readonly statement: number;
  readonly lock: number;
}

export interface EmbeddedAddress {
  readonly kind: 'embedded';
  readonly environment: string;
  /** Folder of the embedded database that a running Hub, or other code in this process, has open. */
  readonly directory: string;
  readonly statement: number;
  readonly lock: number;
}

/** With the role and search_path of calls. Throws `database-unavailable`, `indeterminate` (the role). */
export async function connectOwner(address: ServerAddress | EmbeddedAddress): Promise<OwnerSession> {
  const { statement, lock } = address;
  if (address.kind === 'embedded') await requireOwnFolder(dirname(socketPathOf(address.directory)));
  const target =
    address.kind === 'server'
      ? { url: address.url, schema: address.schema, role: address.role }
      : {
          url: `postgresql://postgres@/${encodeURIComponent(address.environment)}?host=${encodeURIComponent(dirname(socketPathOf(address.directory)))}`,
          schema: nameEmbeddedSchema(address.environment).schema,
          role: undefined,
        };
  const { link } = await connectSession({ ...target, statement, lock }, 'write', () => undefined);
  const engine = address.kind === 'server' ? 'postgres' : 'pglite';
  try {
    return await openOwner({ engine, link, close: () => link.end() });
  } catch (error) {
    await link.end();
    throw error;
  }
}

async function openOwner(parts: {
  readonly engine: OwnerSession['engine'];
  readonly link: Link;
  readonly close: () => Promise<void>;
}): Promise<OwnerSession> {
  // The engine of a running Hub also serves its calls.
  const atOnce = parts.engine === 'pglite' ? statementsBesideCalls : statementsAtOnce;
  const ask = { link: parts.link, writer: new MessageWriter(), types: new TypeRegistry(), atOnce };
  const probe = new SessionInspection({ ...ask, serverVersion: 0 });
  const [row] = await probe.query("select pg_catalog.current_setting('server_version_num') as version");
  return new OwnerInspection({ ...ask, ...parts, serverVersion: Number(row?.['version']) });
}

class OwnerInspection extends SessionInspection implements OwnerSession {
  readonly engine: OwnerSession['engine'];
  readonly #link: Link;
  readonly #close: () => Promise<void>;

  constructor(options: ConstructorParameters<typeof SessionInspection>[0] & Parameters<typeof openOwner>[0]) {
    super(options);
    this.engine = options.engine;
    this.#link = options.link;
    this.#close = options.close;
  }

  async run(sql: string): Promise<void> {
    try {
      const reply = await exchange(this.#link, new MessageWriter().query(sql).take());
      if (reply.error !== undefined) throw new SqlFailure(reply.error);
    } catch (error) {
      if (!(error instanceof SessionLost)) throw error;
      throw new StkError('database-unavailable', error.message);
    }
  }

  close(): Promise<void> {
    return this.#close();
  }
}
