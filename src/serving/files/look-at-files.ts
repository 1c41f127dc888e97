// Checks the files that a release needs in a worker thread, and ends it when it takes too long.
import { Worker } from 'node:worker_threads';
import { workerUrl } from '../../kernel/worker-url.ts';
import type { FileNeed, FileProblem } from '../../model/file-store.ts';
import type { FileCheckOrder } from './check-files.ts';

const limitMs = 60_000;
/** Milliseconds after its own limit until a thread that hangs in the file system is ended. */
const graceMs = 10_000;

/** Never rejects: a failed check is a problem too. */
export async function lookAtFiles(
  root: string,
  needs: readonly FileNeed[],
  signal: AbortSignal | undefined,
): Promise<readonly FileProblem[]> {
  const order: FileCheckOrder = { root, needs, limitMs };
  const stuck = (why: string): readonly FileProblem[] => [{ code: 'FIL003', file: '.', why, isUnseen: true }];
  const worker = new Worker(workerUrl('files-worker'), { workerData: order });
  const ended = AbortSignal.timeout(limitMs + graceMs);
  const done = new AbortController();
  try {
    return await new Promise((resolve) => {
      worker.once('message', (problems: readonly FileProblem[]) => resolve(problems));
      worker.once('error', (error) => resolve(stuck(`the files could not be checked: ${error.message}`)));
      worker.once('exit', () => resolve(stuck('the thread that checks files ended')));
      ended.addEventListener('abort', () => resolve(stuck('the file system does not answer')), {
        once: true,
      });
      const interrupt = (): void => resolve(stuck('the check was interrupted'));
      signal?.addEventListener('abort', interrupt, { once: true, signal: done.signal });
    });
  } finally {
    // Whoever stops everything lives longer than this look.
    done.abort();
    // Not awaited: a thread that waits for a file system ends when that answers.
    void worker.terminate();
  }
}
