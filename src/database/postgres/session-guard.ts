// The settings that a session for calls must have. Each call compares the most dangerous ones with those of the
// session's start, in the statement that sets the claims. The pool checks all of them between calls.
import { quoteLiteral } from '../../kernel/quote-identifier.ts';
import { pinnedSettings } from '../session/pinned-settings.ts';
import { exchange } from '../wire/exchange.ts';
import type { Link } from '../wire/link.ts';
import { MessageWriter } from '../wire/message-writer.ts';

/** Compared in each call: they decide what it may do, on which tables, and for how long. */
const comparedByCalls = [
  'role',
  'search_path',
  'default_transaction_read_only',
  'statement_timeout',
  'lock_timeout',
] as const;

const guarded: readonly string[] = [
  ...comparedByCalls,
  'session_authorization',
  'session_replication_role',
  'idle_in_transaction_session_timeout',
  ...pinnedSettings.map(([name]) => name),
];

const separator = '\n';
const missing = 'stk.settings_were_changed';

/** One row, one column: the current guarded settings. */
export const settingsSql = `select pg_catalog.array_to_string(array[${guarded
  .map((name) => `pg_catalog.current_setting(${quoteLiteral(name)}, true)`)
  .join(', ')}], pg_catalog.chr(10), '')`;

/** The names of settings that differ from `before`. Rejects with SessionLost. */
export async function findChangedSettings(link: Link, before: string): Promise<string[]> {
  const reply = await exchange(link, new MessageWriter().query(settingsSql).take());
  const [old, now] = [before, reply.rows[0]?.[0] ?? ''].map((text) => text.split(separator));
  return guarded.filter((_, i) => old?.[i] !== now?.[i]);
}

/**
 * $1: the claims. PostgreSQL refuses it when a compared setting differs from `before`, because no setting has that
 * name. Then nothing of the call was done. Every name has its schema, because the search_path may have changed.
 */
export function guardedClaimsSql(before: string): string {
  const values = before.split(separator);
  const isSame = comparedByCalls.map(
    (name, i) => `${read(name)} operator(pg_catalog.=) ${quoteLiteral(values[i] ?? '')}`,
  );
  return `select case when ${isSame.join(' and ')}
    then pg_catalog.set_config('request.jwt.claims', $1, true) is null else ${read(missing)} is null end`;
}

function read(name: string): string {
  return `pg_catalog.current_setting(${quoteLiteral(name)})`;
}
