// Allows one process at a time in a directory of the embedded database: two PGlites would destroy its files.
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StkError } from '../../kernel/errors.ts';
import { takeProcessLock } from '../process-lock.ts';

/** Returns the release function. Throws StkError `state-locked` while another process, or this one, holds it. */
export async function acquireLockFile(path: string): Promise<() => Promise<void>> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const lock = await takeProcessLock(path);
  if (lock.kind === 'taken') return () => lock.release();
  const { pid } = lock;
  const owner = pid === undefined ? 'another process' : `process ${pid}`;
  throw new StkError('state-locked', `The state directory is in use by ${owner} (${path}).`, {
    hint: 'Stop that Hub first, or give this one another directory with --state DIR.',
    details: pid === undefined ? {} : { pid },
  });
}
