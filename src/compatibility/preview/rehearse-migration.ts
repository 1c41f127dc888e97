// Rehearses a migration in a scratch database: up, down, up. Its way down is the inverse when it restores every object
// of the schema, and the second up gives the same as the first. Data is not compared.
import { resetScratch, type OwnerSession } from '../../database/session/owner-session.ts';
import { SqlFailure } from '../../database/sql-failure.ts';
import { compareSchemas, describeSchema, type SchemaDifference } from './describe-schema.ts';

export interface Rehearsal {
  /** Objects that the way down did not restore. */
  readonly afterDown: readonly SchemaDifference[];
  /** Objects that the second up creates differently from the first. */
  readonly afterUpAgain: readonly SchemaDifference[];
  /** The step that PostgreSQL refused; `undefined` when it refused none. */
  readonly failure: { readonly step: 'up' | 'down' | 'up again'; readonly message: string } | undefined;
}

/** `session`: a scratch database with all earlier migrations applied. It is changed. */
export async function rehearseMigration(
  session: OwnerSession,
  { up, down }: { readonly up: string; readonly down: string },
): Promise<Rehearsal> {
  const look = async () => {
    await resetScratch(session);
    return describeSchema(session, { schemas: undefined });
  };
  const before = await look();
  const failed = (step: 'up' | 'down' | 'up again', message: string): Rehearsal => ({
    afterDown: [],
    afterUpAgain: [],
    failure: { step, message },
  });
  const first = await run(session, up);
  if (first !== undefined) return failed('up', first);
  const made = await look();
  const back = await run(session, down);
  if (back !== undefined) return failed('down', back);
  const undone = await look();
  const again = await run(session, up);
  if (again !== undefined) return { ...failed('up again', again), afterDown: compareSchemas(before, undone) };
  return {
    afterDown: compareSchemas(before, undone),
    afterUpAgain: compareSchemas(made, await look()),
    failure: undefined,
  };
}

/** PostgreSQL's refusal; `undefined` when none exists. */
async function run(session: OwnerSession, sql: string): Promise<string | undefined> {
  try {
    await resetScratch(session);
    await session.run(sql);
    return undefined;
  } catch (error) {
    if (!(error instanceof SqlFailure)) throw error;
    const { message, sqlstate, position } = error.error;
    const before = position === undefined ? undefined : [...sql].slice(0, position - 1).join('');
    const line = before === undefined ? '' : `line ${before.split('\n').length}: `;
    return `${line}${message} (SQLSTATE ${sqlstate})`;
  }
}
