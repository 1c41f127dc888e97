// Opens a scratch database that has run some migrations: one in memory, or one that is created on the user's server and
// dropped afterwards.
import { randomBytes } from 'node:crypto';
import { applyMigration, openMigratedScratch } from '../compatibility/cut/apply-migrations.ts';
import type { MigrationText } from '../compatibility/preview/preview-migration.ts';
import { connectOwner, type OwnerSession } from '../database/session/owner-session.ts';
import { StkError } from '../kernel/errors.ts';
import type { MigrationWorld } from './compose-migrations.ts';

export interface ScratchOptions extends MigrationWorld {
  /** The variable with the server's URL; `undefined` for a database in memory. */
  readonly urlFrom: string | undefined;
  readonly signal: AbortSignal;
}

export interface Scratch {
  readonly session: OwnerSession;
  close(): Promise<void>;
}

const limitMs = 600_000;

/** Throws `release-invalid` naming file and line, `database-unavailable`, `secret-unset`. */
export async function openScratchFor(
  applied: readonly MigrationText[],
  { clock, variables, urlFrom, signal }: ScratchOptions,
): Promise<Scratch> {
  const migrations = applied.map(({ file, sql }) => ({ path: file, sql }));
  if (urlFrom === undefined) {
    const session = await openMigratedScratch({ migrations, clock, signal });
    return { session, close: () => session.close() };
  }
  const written = variables[urlFrom];
  if (written === undefined || written === '')
    throw new StkError('secret-unset', `The variable ${urlFrom} with the URL of a server is not set.`, {
      hint: `export ${urlFrom}=postgres://…`,
    });
  if (!URL.canParse(written)) throw new StkError('usage', `The variable ${urlFrom} does not contain a URL.`);
  const connect = (url: string): Promise<OwnerSession> =>
    connectOwner({
      kind: 'server',
      url,
      schema: 'public',
      role: undefined,
      statement: limitMs,
      lock: limitMs,
    });
  const server = await connect(written);
  const name = `stk_preview_${randomBytes(6).toString('hex')}`;
  const url = new URL(written);
  url.pathname = `/${name}`;
  const drop = async (): Promise<void> => {
    await server.run(`drop database if exists ${name} with (force)`);
    await server.close();
  };
  try {
    await server.run(`create database ${name}`);
    const session = await connect(url.href);
    const close = async (): Promise<void> => {
      await session.close();
      await drop();
    };
    try {
      for (const migration of migrations) {
        signal.throwIfAborted();
        await applyMigration(session, migration);
      }
      return { session, close };
    } catch (error) {
      await session.close();
      throw error;
    }
  } catch (error) {
    await drop();
    throw error;
  }
}
