// Creates the schema of an application in a scratch database from its migrations, each file as a migration tool would
// run it.
import { openScratch, resetScratch, type OwnerSession } from '../../database/session/owner-session.ts';
import { SqlFailure } from '../../database/sql-failure.ts';
import type { Clock } from '../../kernel/clock.ts';
import { StkError } from '../../kernel/errors.ts';
import type { CutMigration } from './read-migrations.ts';

export interface ScratchRequest {
  readonly migrations: readonly CutMigration[];
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Throws `release-invalid` naming file and line, `database-unavailable`. */
export async function openMigratedScratch({
  migrations,
  clock,
  signal,
}: ScratchRequest): Promise<OwnerSession> {
  const session = await openScratch({ clock, signal });
  try {
    for (const migration of migrations) {
      signal.throwIfAborted();
      await applyMigration(session, migration);
    }
    await resetScratch(session);
    return session;
  } catch (error) {
    await session.close();
    throw error;
  }
}

/** Throws `release-invalid` naming file and line. */
export async function applyMigration(session: OwnerSession, { path, sql }: CutMigration): Promise<void> {
  await resetScratch(session);
  try {
    await session.run(sql);
  } catch (error) {
    if (!(error instanceof SqlFailure)) throw error;
    const { sqlstate, message, position } = error.error;
    const before = position === undefined ? undefined : [...sql].slice(0, position - 1).join('');
    const line = before === undefined ? '' : `:${before.split('\n').length}`;
    throw new StkError('release-invalid', `${path}${line}: ${message} (SQLSTATE ${sqlstate}).`, {
      hint: 'Migrations run in a scratch database in memory, without your roles and with only the extensions of the embedded database. If they need more, take the schema from a live database: --schema-from ENV.',
      details: { file: path, sqlstate },
      cause: error,
    });
  }
}
