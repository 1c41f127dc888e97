// Embedded databases for tests: a data directory is made once a run and copied, so that a test does not wait for initdb.
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openEmbedded, type EmbeddedCluster } from '../../../src/database/embedded/embedded-cluster.ts';
import { outsideAddress } from '../../../src/database/socket/socket-address.ts';
import { realClock } from '../clock.ts';
import { defaultLimits, runSql, type OpenedDatabase, type OpenOptions } from './database.ts';

/** A folder for `openEmbedded`, with a database already made in it; the caller removes it. */
export async function createPgliteDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'stk-test-pglite-'));
  await copyPgliteTemplate(directory);
  return directory;
}

/** Puts a database that is made already into a folder that `openEmbedded` or a Hub will open (`<state>/embedded`). */
export async function copyPgliteTemplate(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await cp(await findTemplate(), join(directory, 'data'), { recursive: true });
}

/** global-setup.ts makes it beside the servers and does not wait; whoever needs it does. */
async function findTemplate(): Promise<string> {
  const folder = process.env['STK_TEST_RUN_FOLDER'];
  if (folder === undefined) throw new Error("no folder of the run: jest's globalSetup makes it");
  for (const deadline = Date.now() + 250_000; Date.now() < deadline; await delay(50)) {
    const outcome = await readFile(join(folder, 'pglite-made'), 'utf8').catch(() => undefined);
    if (outcome === '') return join(folder, 'pglite');
    if (outcome !== undefined) throw new Error(`no embedded template was made: ${outcome}`);
  }
  throw new Error('no embedded template was made in time');
}

/** An embedded cluster in a folder of its own; `close` removes it. */
export async function openTestCluster(): Promise<{
  cluster: EmbeddedCluster;
  directory: string;
  close(): Promise<void>;
}> {
  const directory = await createPgliteDirectory();
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
