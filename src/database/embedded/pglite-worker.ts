// The thread that runs PGlite: bytes of the wire protocol in, bytes out, one after the other. All decisions are made on
// the other side.
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { makeDataDirectory, readEmptyDatabase } from './empty-database.ts';
import { hasExtensions, namesExtension, unpackExtensions } from './extension-files.ts';
import { inMemory, type FromWorker, type ToWorker } from './pglite-messages.ts';

/** For tables; the process also needs descriptors for git and connections. */
const mostOpenFiles = 128;

async function serve(port: NonNullable<typeof parentPort>): Promise<void> {
  const data: unknown = workerData;
  if (
    typeof data !== 'object' ||
    data === null ||
    !('directory' in data) ||
    typeof data.directory !== 'string'
  ) {
    throw new Error('pglite-worker needs workerData.directory');
  }
  const tell = (message: FromWorker): void => port.postMessage(message);
  const startParams = [...PGlite.defaultStartParams, '-c', `max_files_per_process=${mostOpenFiles}`];
  const isInMemory = data.directory === inMemory;
  if (!isInMemory) await makeDataDirectory(data.directory);
  const pglite = await PGlite.create(data.directory, {
    startParams,
    ...(isInMemory ? { loadDataDir: await readEmptyDatabase() } : {}),
  });
  let areUnpacked = await hasExtensions(pglite);
  if (areUnpacked) await unpackExtensions(pglite);
  let turn: Promise<void> = Promise.resolve();
  port.on('message', (message: ToWorker) => {
    turn = turn.then(async () => {
      if (message.kind === 'close') {
        await pglite.close();
        tell({ kind: 'closed' });
        port.close();
        return;
      }
      try {
        if (!areUnpacked && namesExtension(message.bytes)) {
          areUnpacked = true;
          await unpackExtensions(pglite);
        }
        tell({ kind: 'reply', bytes: await pglite.execProtocolRaw(message.bytes, { syncToFs: false }) });
      } catch (error) {
        tell({ kind: 'broken', message: describeFailure(error) });
      }
    });
  });
  tell({ kind: 'ready' });
}

/** PGlite's runtime throws things that are not an Error. */
function describeFailure(error: unknown): string {
  const hasMessage = typeof error === 'object' && error !== null && 'message' in error;
  return String(hasMessage ? error.message : error);
}

if (parentPort !== null) await serve(parentPort);
