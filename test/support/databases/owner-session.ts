// Sessions as `stk release cut` measures with, on each engine: a scratch database, or a live one of the run's servers.
import {
  connectOwner,
  openScratch,
  resetScratch,
  type OwnerSession,
} from '../../../src/database/session/owner-session.ts';
import { realClock } from '../clock.ts';
import { createTestDatabase, runSql, type EngineName } from './database.ts';

export interface OpenedOwner {
  readonly session: OwnerSession;
  close(): Promise<void>;
}

/** With `sql` applied; on a server as `role`, which is made with rights on everything in `public`. */
export async function openOwner(
  engine: EngineName,
  { sql, role }: { readonly sql: string; readonly role?: string },
): Promise<OpenedOwner> {
  if (engine === 'pglite') {
    const session = await openScratch({ clock: realClock, signal: new AbortController().signal });
    try {
      await resetScratch(session);
      await session.run(sql);
    } catch (error) {
      // Left open, its worker would keep the test run from ending.
      await session.close();
      throw error;
    }
    return { session, close: () => session.close() };
  }
  const { url, drop } = await createTestDatabase(engine === 'postgres-15' ? 15 : 18, { sql });
  if (role !== undefined) {
    await runSql(
      url,
      `do $$ begin create role "${role}" nologin; exception when duplicate_object or unique_violation then null; end $$;
       grant select, insert, update, delete on all tables in schema public to "${role}";
       revoke temporary on database "${new URL(url).pathname.slice(1)}" from public;`,
    );
  }
  const session = await connectOwner({
    kind: 'server',
    url,
    schema: 'public',
    role,
    statement: 120_000,
    lock: 2_000,
  });
  const close = async (): Promise<void> => {
    await session.close();
    await drop();
  };
  return { session, close };
}
