// Connects one session to a PostgreSQL server and, in one round trip before its first use, sets everything that its
// statements need. Credentials never leave this file: messages name only host, port and database.
import { Socket } from 'node:net';
import { Client } from 'pg';
import { StkError } from '../../kernel/errors.ts';
import { exchange, SessionLost } from '../wire/exchange.ts';
import { MessageWriter } from '../wire/message-writer.ts';
import { PostgresLink } from './postgres-link.ts';
import { pinSession } from '../session/pinned-settings.ts';
import { settingsSql } from './session-guard.ts';
import { quoteIdentifier } from '../../kernel/quote-identifier.ts';

export interface SessionSettings {
  /** A libpq connection URL. */
  readonly url: string;
  /** The one schema in search_path. */
  readonly schema: string;
  /** `undefined` for the login role. */
  readonly role: string | undefined;
  /** statement_timeout, milliseconds. */
  readonly statement: number;
  /** lock_timeout, milliseconds. */
  readonly lock: number;
}

export interface PostgresSession {
  readonly link: PostgresLink;
  readonly writer: MessageWriter;
  /** The settings that session-guard.ts compares, at the session's start. */
  readonly settings: string;
}

const connectWithinMs = 5_000;
/** SQLSTATEs of a refused SET ROLE: no such role, not a member. */
const roleRefusals = new Set(['22023', '42501', '42704']);

/** The parts of a connection URL that people may see. Throws `database-unavailable` when it is not one. */
export function describeServer(url: string): string {
  const client = makeClient(url);
  return `PostgreSQL database ${client.database ?? ''} on ${client.host}:${client.port}`;
}

/** Throws StkError `database-unavailable`, or `indeterminate` (reason `role`) when the role cannot be assumed. */
export async function connectSession(
  settings: SessionSettings,
  mode: 'read' | 'write',
  onGone: () => void,
): Promise<PostgresSession> {
  const client = makeClient(settings.url);
  const where = describeServer(settings.url);
  try {
    await client.connect();
  } catch (error) {
    throw isFull(error) ? full(where, explain(error)) : unreachable(where, explain(error));
  }
  const [link, writer] = [new PostgresLink(client, onGone), new MessageWriter()];
  // A pooler accepts clients even when its server is unreachable.
  const stopWaiting = limitSilence(client, () =>
    link.destroy(`it did not answer within ${connectWithinMs} ms`),
  );
  try {
    const setUp = `${writeSetUp(settings, mode)};${settingsSql}`;
    const reply = await exchange(link, writer.query(setUp).take());
    stopWaiting();
    if (reply.error === undefined) return { link, writer, settings: reply.rows.at(-1)?.[0] ?? '' };
    const { sqlstate, message } = reply.error;
    link.destroy(message);
    if (settings.role !== undefined && roleRefusals.has(sqlstate)) {
      throw new StkError(
        'indeterminate',
        `The role ${settings.role} cannot be assumed on ${where}: ${message}.`,
        {
          hint: `Create the role and grant it to the login role: grant ${quoteIdentifier(settings.role)} to <login role>;`,
          details: { reason: 'role', role: settings.role },
        },
      );
    }
    throw unreachable(where, message);
  } catch (error) {
    if (error instanceof SessionLost) throw unreachable(where, error.message);
    throw error;
  }
}

/** Returns the function that ends it. */
function limitSilence({ connection: { stream } }: Client, giveUp: () => void): () => void {
  if (!(stream instanceof Socket)) return () => undefined;
  stream.setTimeout(connectWithinMs, giveUp);
  return () => void stream.setTimeout(0, giveUp);
}

function makeClient(url: string): Client {
  if (!isConnectionUrl(url)) throw noUrl();
  try {
    return new Client({
      connectionString: url,
      connectionTimeoutMillis: connectWithinMs,
      keepAlive: true,
      fallback_application_name: 'stk',
    });
  } catch {
    // The parser's error contains the URL with the password, so it is not used as a cause.
    throw noUrl();
  }
}

/**
 * `pg` accepts any text, and shows a password as a database name: for `host=… password=…`, and for a password with `/`,
 * `?` or `#`, after which the `@` comes too late.
 */
function isConnectionUrl(url: string): boolean {
  const [, authority = '', rest = ''] = /^postgres(?:ql)?:\/\/([^/?#]*)(.*)$/is.exec(url) ?? [
    undefined,
    '',
    '@',
  ];
  return authority.includes('@') || !rest.includes('@');
}

function noUrl(): StkError {
  return new StkError('database-unavailable', 'The connection URL of the database is not a valid URL.', {
    hint: 'It looks like postgres://user:password@host:5432/database; percent-encode special characters.',
  });
}

function writeSetUp({ schema, role, statement, lock }: SessionSettings, mode: 'read' | 'write'): string {
  const settings = [
    // Temporary objects that a function creates must not hide the schema's.
    `search_path = ${quoteIdentifier(schema)}, pg_temp`,
    `default_transaction_read_only = ${mode === 'read' ? 'on' : 'off'}`,
    `statement_timeout = ${statement}`,
    `lock_timeout = ${lock}`,
    `idle_in_transaction_session_timeout = ${statement + lock + 5_000}`,
    `idle_session_timeout = 0`,
    `client_min_messages = 'error'`,
  ];
  const own = settings.map((setting) => `set ${setting}`);
  // The role last: the other settings need the rights of the login role.
  const assumed = role === undefined ? [] : [`set role = ${quoteIdentifier(role)}`];
  return [...own, pinSession, ...assumed].join(';');
}

function unreachable(where: string, why: string): StkError {
  return new StkError('database-unavailable', `Cannot use the ${where}: ${why}.`, {
    hint: 'Check that the server runs and accepts connections from here with this URL. The Hub keeps trying.',
  });
}

/** The server, the database or the login role has reached its connection limit. */
function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '53300';
}

function full(where: string, why: string): StkError {
  return new StkError(
    'database-unavailable',
    `The ${where} accepts no more connections: ${why} (SQLSTATE 53300).`,
    {
      hint: 'Lower limits.pool in stk.yaml, raise max_connections or the limit of the role, or end unused sessions. The Hub keeps trying.',
      details: { sqlstate: '53300' },
    },
  );
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  if (error.message !== '') return error.message;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
