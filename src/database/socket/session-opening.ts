// The first exchange of an outside session: its environment, its settings, and the greeting that passes on the engine's
// own version and settings.
import type { Socket } from 'node:net';
import { nameEmbeddedSchema } from '../embedded/embedded-schema.ts';
import { ServerReply } from '../wire/exchange.ts';
import { MessageWriter } from '../wire/message-writer.ts';
import { readReplies } from '../wire/reply-reader.ts';
import { quoteIdentifier, quoteLiteral } from '../../kernel/quote-identifier.ts';
import type { StartupMessage } from '../wire/startup-message.ts';

export type Opening =
  | { readonly kind: 'opened'; readonly greeting: Buffer }
  | { readonly kind: 'refused'; readonly sqlstate: string; readonly message: string };

/** Settings that a server always reports, so that clients parse dates and escape strings in the same way. */
const reported = [
  'server_version',
  'server_encoding',
  'client_encoding',
  'application_name',
  'DateStyle',
  'IntervalStyle',
  'TimeZone',
  'integer_datetimes',
  'standard_conforming_strings',
];

/** Whether the session made its transactions read-only; the answer has that word. */
export const askReadOnly = new MessageWriter()
  .query("select case current_setting('default_transaction_read_only') when 'on' then 'read-only' end")
  .take();

/** Ends everything that the session has open, set or prepared. */
export const leaveNothing = new MessageWriter().sync().query('rollback').query('discard all').take();

/** One query: all of it takes effect, or nothing. */
export function writeOpening({ database, settings }: StartupMessage): Buffer {
  const path = quoteIdentifier(nameEmbeddedSchema(database).schema);
  const texts = [
    `select 1 from stk.environments where name = ${quoteLiteral(database)}`,
    `set search_path = ${path}`,
    ...settings.map(
      ([name, value]) => `select set_config(${quoteLiteral(name)}, ${quoteLiteral(value)}, false)`,
    ),
    `select name, setting from pg_settings where name = any (${quoteLiteral(`{${reported.join(',')}}`)})`,
  ];
  return new MessageWriter().query(texts.join('; ')).take();
}

export function readOpening(bytes: Buffer, { database, unknownOption }: StartupMessage): Opening {
  const reply = new ServerReply(ignore, ignore);
  readReplies(bytes, reply);
  const { error, tags } = reply;
  // Only rows of the last query have a name and a value.
  const status = reply.rows.filter((row) => row.length === 2);
  if (error?.sqlstate === '42P01' || (error === undefined && tags[0] !== 'SELECT 1')) {
    const message = `there is no embedded environment "${database}"`;
    return { kind: 'refused', sqlstate: '3D000', message };
  }
  if (error !== undefined) return { kind: 'refused', sqlstate: error.sqlstate, message: error.message };
  if (unknownOption !== undefined) {
    const message = `invalid word in options: "${unknownOption}"; write -c name=value`;
    return { kind: 'refused', sqlstate: '42601', message };
  }
  const greeting = Buffer.concat([
    frame('R', Buffer.alloc(4)),
    ...status.map(([name, value]) => frame('S', `${name ?? ''}\0${value ?? ''}\0`)),
    frame('K', Buffer.alloc(8)),
    frame('Z', 'I'),
  ]);
  return { kind: 'opened', greeting };
}

/** Ends a connection with a FATAL error. */
export function refuseSession(socket: Socket, sqlstate: string, message: string): void {
  const fields = [`SFATAL`, `VFATAL`, `C${sqlstate}`, `M${message}`].map((field) => `${field}\0`).join('');
  socket.end(frame('E', `${fields}\0`));
}

function frame(type: string, body: string | Buffer): Buffer {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const message = Buffer.alloc(5 + bytes.length);
  message.write(type, 0, 'latin1');
  message.writeInt32BE(4 + bytes.length, 1);
  bytes.copy(message, 5);
  return message;
}

function ignore(): void {}
