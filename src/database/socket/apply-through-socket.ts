// Runs SQL in an embedded environment from another process than the Hub, over the Hub's socket: one transaction,
// completely or not at all. Reports PostgreSQL's refusal with its position in the file.
import { Client, DatabaseError } from 'pg';
import { StkError } from '../../kernel/errors.ts';
import { dirname } from 'node:path';
import { recordApplied } from '../embedded/applied-init.ts';
import { beginFile, endFile, saysFileEnded } from '../session/one-transaction.ts';
import { requireOwnFolder } from './own-folder.ts';
import { socketPathOf } from './socket-address.ts';

export interface ApplyThroughSocketRequest {
  /** Folder of the embedded database. */
  readonly directory: string;
  readonly environment: string;
  readonly sql: string;
  /** For messages. */
  readonly file: string;
  /** Relative to the config repo's root, to be recorded as applied; `undefined` when the file is elsewhere. */
  readonly path?: string | undefined;
  readonly signal: AbortSignal;
}

/** Throws `hub-unavailable` when nothing listens, `database-unavailable` when the socket is not safe, `constraint` or `usage` when PostgreSQL refuses. */
export async function applyThroughSocket(
  request: ApplyThroughSocketRequest,
): Promise<{ readonly messages: readonly string[] }> {
  const { directory, environment, sql, file, path, signal } = request;
  const folder = dirname(socketPathOf(directory));
  await requireOwnFolder(folder);
  const client = new Client({
    host: folder,
    user: 'postgres',
    database: environment,
  });
  const messages: string[] = [];
  client.on('notice', (notice) => messages.push(notice.message ?? ''));
  client.on('error', () => undefined);
  const abort = (): void => void client.end();
  try {
    await client.connect();
  } catch (cause) {
    throw new StkError(
      'hub-unavailable',
      `The embedded database of ${environment} cannot be reached in ${directory}.`,
      {
        hint: 'Start the Hub first: stk hub (or name its state directory with --state DIR).',
        cause,
      },
    );
  }
  signal.addEventListener('abort', abort, { once: true });
  try {
    for (const text of beginFile) await client.query(text);
    if (path !== undefined) await client.query(recordApplied(environment, path));
    const results: unknown = await client.query(sql);
    await client.query(endFile);
    return { messages: [...messages, ...tagsOf(results)] };
  } catch (thrown) {
    throw refused(thrown, { sql, file, environment });
  } finally {
    signal.removeEventListener('abort', abort);
    await client.end();
  }
}

function tagsOf(results: unknown): string[] {
  const list: readonly unknown[] = Array.isArray(results) ? results : [results];
  return list.flatMap((result) => {
    if (typeof result !== 'object' || result === null || !('command' in result)) return [];
    return typeof result.command === 'string' ? [result.command] : [];
  });
}

function refused(thrown: unknown, place: { sql: string; file: string; environment: string }): unknown {
  if (!(thrown instanceof DatabaseError)) return thrown;
  if (saysFileEnded(thrown.code)) {
    const message = `${place.file} ends the transaction that it runs in; nothing was applied to ${place.environment}.`;
    const hint =
      'Remove BEGIN, COMMIT and ROLLBACK from the file: all of it runs in one transaction. SET CONSTRAINTS names its constraints, not ALL.';
    return new StkError('usage', message, { hint, cause: thrown });
  }
  const position = Number(thrown.position ?? 0);
  // PostgreSQL counts code points.
  const before = [...place.sql].slice(0, Math.max(0, position - 1)).join('');
  const line = position > 0 ? `:${before.split('\n').length}` : '';
  return new StkError(
    'usage',
    `${place.file}${line}: ${thrown.message} (SQLSTATE ${thrown.code ?? 'unknown'})`,
    {
      hint: `Nothing was applied to ${place.environment}; correct the file and apply it again.`,
      cause: thrown,
    },
  );
}
