// Holds a database for a check: one session and, when the environment names one, the migration lock. The caller
// releases the hold and decides what is asked.
import type { Database, Inspection } from '../../database/database.ts';
import type { Verdict } from '../../model/verdict.ts';
import { readThrown, sayIndeterminate } from './indeterminate.ts';

export interface HoldRequest {
  /** Key of the lock that migrations take; `undefined` when the environment names none. */
  readonly migrationLock: string | undefined;
  /** Ends the session, even while it waits. */
  readonly signal?: AbortSignal | undefined;
}

export type HoldableDatabase = Pick<Database, 'engine' | 'description' | 'inspect'>;

export interface DatabaseHold {
  readonly kind: 'held';
  readonly engine: Database['engine'];
  /** The database's description. */
  readonly description: string;
  /** Runs `ask` on the held session. When it rejects, the session is closed; it rejects as `Database.inspect` does. */
  use<T>(ask: (session: Inspection) => Promise<T>): Promise<T>;
  /** Returns the lock and the session. Rejects only for a bug: a lost session has lost its lock too. */
  release(): Promise<void>;
}

/** The database cannot be held now: a migration runs, or the database does not answer. */
export type NotHeld = Extract<Verdict, { kind: 'indeterminate' | 'unavailable' }>;

/** Rejects only for a bug. */
export async function holdDatabase(
  database: HoldableDatabase,
  { migrationLock: key, signal }: HoldRequest,
): Promise<DatabaseHold | NotHeld> {
  try {
    const hold = await openHold(database, signal);
    if (key === undefined || (await hold.use((session) => session.tryLock(key)))) return hold;
    await hold.release();
    return sayIndeterminate('IND001', {
      object: `migrationLock ${key}`,
      message: `The migration lock ${key} is held: a migration is running.`,
      hint: 'Wait: the Hub checks again when the migration has ended.',
    });
  } catch (thrown) {
    const verdict = readThrown(thrown);
    if (verdict === undefined) throw thrown;
    return verdict;
  }
}

function openHold(database: HoldableDatabase, signal: AbortSignal | undefined): Promise<DatabaseHold> {
  const { engine, description } = database;
  return new Promise((resolve, reject) => {
    let isLost = false;
    const look = (session: Inspection): Promise<void> =>
      new Promise((end, fail) => {
        const use: DatabaseHold['use'] = async (ask) => {
          try {
            return await ask(session);
          } catch (thrown) {
            isLost = true;
            fail(thrown);
            await closed;
            throw thrown;
          }
        };
        const release = async (): Promise<void> => {
          // The code that lost it received the reason.
          if (isLost) return;
          end();
          await closed.catch((thrown: unknown) => {
            if (signal?.aborted !== true && readThrown(thrown) === undefined) throw thrown;
          });
        };
        resolve({ kind: 'held', engine, description, use, release });
      });
    // When it settles, the session is closed or has lost its lock.
    const closed = database.inspect(look, signal);
    closed.catch(reject);
  });
}
