// A table that somebody else holds: what a migration under way looks like to others. For servers: PGlite has one session.
import type { OpenedDatabase } from './database.ts';

/** Another session holds the table while the test runs. */
export async function whileLocked(
  opened: OpenedDatabase,
  table: string,
  test: () => Promise<void>,
): Promise<void> {
  const held = opened.owner(`begin; lock table ${table} in access exclusive mode; select pg_sleep(170)`);
  const holder = `from pg_locks where relation = '${table}'::regclass and mode = 'AccessExclusiveLock' and granted`;
  try {
    while ((await opened.owner(`select pid ${holder}`)).length === 0);
    await test();
  } finally {
    await opened.owner(`select pg_terminate_backend(pid) ${holder}`);
    await held.catch(() => undefined);
  }
}
