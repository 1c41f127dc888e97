// The embedded database of one config repo: one PGlite in a state directory, one schema for each environment, and a
// socket for outside tools. Locks the directory, so that no other Hub opens it.
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../kernel/clock.ts';
import { asStkError, StkError } from '../../kernel/errors.ts';
import type { Database } from '../database.ts';
import { finishRestore } from './embedded-backup.ts';
import { EmbeddedDatabase } from './embedded-database.ts';
import { EmbeddedEngine } from './embedded-engine.ts';
import { EmbeddedLink } from './embedded-link.ts';
import {
  hasEmbeddedSchema,
  makeEmbeddedSchema,
  nameEmbeddedSchema,
  type InitFile,
} from './embedded-schema.ts';
import { SessionLost } from '../wire/exchange.ts';
import { acquireLockFile } from './lock-file.ts';
import { OutsideSocket } from '../socket/outside-socket.ts';
import { socketPathOf } from '../socket/socket-address.ts';

export interface OpenEmbeddedOptions {
  /** Folder of the embedded database, in the state directory; created with mode 0700. */
  readonly directory: string;
  readonly clock: Clock;
  /** Called while the database is created or opened, with a progress line. */
  readonly onProgress?: (message: string) => void;
}

export interface EmbeddedEnvironment {
  readonly environment: string;
  /** Run once, in this order, when the environment's schema is created. */
  readonly init: readonly InitFile[];
  /** Milliseconds: `statement` for one statement, `lock` for the wait for the engine. */
  readonly limits: { readonly statement: number; readonly lock: number };
}

export interface EmbeddedCluster {
  /** Unix socket with PostgreSQL's protocol; the database name is the environment. */
  readonly socketPath: string;
  /** Creates the environment's schema if it is missing. Throws StkError `database-unavailable`. */
  database(environment: EmbeddedEnvironment): Promise<Database>;
  close(): Promise<void>;
}

/** Creating a schema may take longer than a call. */
const ownerLimitMs = 600_000;
const ownerWaitMs = 60_000;

/** Throws StkError `state-locked` or `database-unavailable`. Takes a second or two the first time in a directory. */
export async function openEmbedded(options: OpenEmbeddedOptions): Promise<EmbeddedCluster> {
  const { directory, clock, onProgress = () => undefined } = options;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await chmod(directory, 0o700);
  const unlock = await acquireLockFile(join(directory, 'lock'));
  await finishRestore(directory).catch(async (error: unknown) => {
    await unlock();
    throw error;
  });
  const opened = new Set<EmbeddedDatabase>();
  const engine = new EmbeddedEngine({
    directory: join(directory, 'data'),
    clock,
    onReset: () => {
      for (const database of opened) database.recycle();
    },
  });
  const socket = new OutsideSocket({ engine, path: socketPathOf(directory) });
  try {
    onProgress('Opening the embedded database …');
    await engine.start();
    await socket.listen();
    onProgress('The embedded database is open.');
  } catch (error) {
    await engine.close();
    await unlock();
    throw error;
  }
  const link = new EmbeddedLink(engine, ownerLimitMs);
  return {
    socketPath: socket.path,
    database: async ({ environment, init, limits }) => {
      await asOwner(engine, async () => {
        if (await hasEmbeddedSchema(link, environment)) return;
        onProgress(`Making the embedded schema of ${environment} …`);
        await makeEmbeddedSchema(link, environment, init);
      });
      const names = nameEmbeddedSchema(environment);
      const { statement, lock } = limits;
      const paths = init.map(({ path }) => path);
      const asked = { ...names, engine, environment, init: paths };
      const database = new EmbeddedDatabase({ ...asked, statement, wait: lock });
      opened.add(database);
      return database;
    },
    close: async () => {
      await socket.close();
      for (const database of opened) await database.close();
      await engine.close();
      await unlock();
    },
  };
}

async function asOwner<T>(engine: EmbeddedEngine, work: () => Promise<T>): Promise<T> {
  try {
    return await engine.holding(ownerWaitMs, work);
  } catch (error) {
    if (error instanceof SessionLost) throw new StkError('database-unavailable', asStkError(error).message);
    throw error;
  }
}
