// One process a directory: a file that holds the owner's pid. One left by a process that is gone is taken over.
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StkError } from '../model/errors.ts';

const heldHere = new Set<string>();

/** Gives what releases it. Throws StkError `state-locked` while another process, or this one, holds it. */
export async function acquireLockFile(path: string): Promise<() => Promise<void>> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  for (let attempt = 0; attempt < 3; attempt += 1) {
    if (heldHere.has(path)) throw lockedBy(path, process.pid);
    try {
      const file = await open(path, 'wx', 0o600);
      await file.writeFile(`${process.pid}\n`);
      await file.close();
      heldHere.add(path);
      return async () => {
        heldHere.delete(path);
        await rm(path, { force: true });
      };
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
    }
    const pid = Number((await readIfThere(path)).trim());
    if (pid > 0 && pid !== process.pid && isAlive(pid)) throw lockedBy(path, pid);
    await rm(path, { force: true });
  }
  throw lockedBy(path, undefined);
}

function lockedBy(path: string, pid: number | undefined): StkError {
  const owner = pid === undefined ? 'another process' : `process ${pid}`;
  return new StkError('state-locked', `The state directory is in use by ${owner} (${path}).`, {
    hint: 'Stop that Hub first, or give this one a directory of its own with --state DIR.',
    details: pid === undefined ? {} : { pid },
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}

async function readIfThere(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return '';
    throw error;
  });
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
