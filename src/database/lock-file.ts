// One process a directory: a file that holds the owner's pid. One left by a process that is gone is taken over.
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StkError } from '../model/errors.ts';

const heldHere = new Set<string>();

/** Gives what releases it. Throws StkError `state-locked` while another process, or this one, holds it. */
export async function acquireLockFile(path: string): Promise<() => Promise<void>> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  for (let attempt = 0; attempt < 3; attempt += 1) {
    if (heldHere.has(path)) throw lockedBy(path, process.pid);
    if (await putInPlace(path)) {
      heldHere.add(path);
      return async () => {
        heldHere.delete(path);
        await rm(path, { force: true });
      };
    }
    const owner = await readOwner(path);
    if (isAnother(owner)) throw lockedBy(path, owner);
    await removeStale(path);
  }
  throw lockedBy(path, undefined);
}

/** Puts a whole file there or none: one without a pid yet would look like one that was left behind. */
async function putInPlace(path: string): Promise<boolean> {
  const mine = nameAside(path);
  await writeFile(mine, `${process.pid}\n`, { mode: 0o600 });
  try {
    await link(mine, path);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await rm(mine, { force: true });
  }
}

/** Moves it aside and looks again: another process may have taken the stale one over meanwhile, and then has its own back. */
async function removeStale(path: string): Promise<void> {
  const aside = nameAside(path);
  try {
    await rename(path, aside);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    throw error;
  }
  const owner = await readOwner(aside);
  if (isAnother(owner)) await rename(aside, path);
  else await rm(aside, { force: true });
}

let names = 0;

function nameAside(path: string): string {
  names += 1;
  return `${path}.${process.pid}-${names}`;
}

function isAnother(pid: number): boolean {
  return pid > 0 && pid !== process.pid && isAlive(pid);
}

/** 0 or NaN: nobody. */
async function readOwner(path: string): Promise<number> {
  return Number((await readIfThere(path)).trim());
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
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
