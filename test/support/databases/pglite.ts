// Embedded databases for tests.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbedded, type EmbeddedCluster } from '../../../src/database/embedded/embedded-cluster.ts';
import { outsideAddress } from '../../../src/database/socket/socket-address.ts';
import { realClock } from '../clock.ts';
import { defaultLimits, runSql, type OpenedDatabase, type OpenOptions } from './database.ts';

/** An empty folder for `openEmbedded`; the caller removes it. */
export function createEmbeddedFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'stk-test-pglite-'));
}

/** An embedded cluster in a folder of its own; `close` removes it. */
export async function openTestCluster(): Promise<{
  cluster: EmbeddedCluster;
  directory: string;
  close(): Promise<void>;
}> {
  const directory = await createEmbeddedFolder();
  const cluster = await openEmbedded({ directory, clock: realClock });
  return {
    cluster,
    directory,
    close: async () => {
      await cluster.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** What `Engine.open` does on PGlite: an environment named `dev`; its role is the schema's own. */
export async function openPgliteForTest(options: OpenOptions = {}): Promise<OpenedDatabase> {
  const { cluster, close } = await openTestCluster();
  const { statement, lock } = { ...defaultLimits, ...options.limits };
  try {
    const database = await cluster.database({ environment: 'dev', init: [], limits: { statement, lock } });
    const { url } = outsideAddress(cluster.socketPath, 'dev');
    // Not an init file: tests make roles and schemas of their own, too.
    if (options.sql !== undefined) await runSql(url, options.sql);
    return { database, owner: (...texts) => runSql(url, ...texts), close };
  } catch (error) {
    await close();
    throw error;
  }
}
