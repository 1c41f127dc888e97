// A file that only one process at a time holds, for a directory that two must not share. It names the holder by process
// id and start time. So the file of a killed process can be taken over, even when another process now has its id.
import { link, readFile, rm, unlink, writeFile } from 'node:fs/promises';

export type ProcessLock =
  | { readonly kind: 'taken'; release(): Promise<void> }
  /** `pid`: the holder's; `undefined` when the file changes owners too often to read it. */
  | { readonly kind: 'held'; readonly pid: number | undefined };

const mostAttempts = 5;
const heldHere = new Set<string>();

/** The folder of `path` must exist. Rejects with the file system's error. */
export async function takeProcessLock(path: string): Promise<ProcessLock> {
  if (heldHere.has(path)) return { kind: 'held', pid: process.pid };
  // At once, so that another attempt of this process does not treat its file as stale.
  heldHere.add(path);
  let lock: ProcessLock | undefined;
  try {
    lock = await takeFile(path);
    return lock;
  } finally {
    if (lock?.kind !== 'taken') heldHere.delete(path);
  }
}

async function takeFile(path: string): Promise<ProcessLock> {
  const mine = `${process.pid} ${await startOf(process.pid)}\n`;
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    if (await tryCreate(path, mine)) return { kind: 'taken', release: () => release(path, mine) };
    const holder = await readIfPresent(path);
    if (holder === undefined) continue;
    if (holder !== mine && (await isHeld(holder))) return { kind: 'held', pid: pidOf(holder) };
    const pid = await removeStale(path, holder, mine);
    if (pid !== undefined) return { kind: 'held', pid };
  }
  return { kind: 'held', pid: undefined };
}

/**
 * When several processes find the same stale lock, only one removes it, under a second lock. Otherwise one of them
 * could delete another's new lock. Returns the process that is removing it.
 */
async function removeStale(path: string, stale: string, mine: string): Promise<number | undefined> {
  const turn = `${path}.takeover`;
  if (!(await tryCreate(turn, mine))) {
    const other = await readIfPresent(turn);
    if (other !== undefined && other !== mine && (await isHeld(other))) return pidOf(other);
    // Left by a process that was killed within these few instructions.
    if (other !== undefined) await rm(turn, { force: true });
    return undefined;
  }
  try {
    if ((await readIfPresent(path)) === stale) await rm(path, { force: true });
  } finally {
    await rm(turn, { force: true });
  }
  return undefined;
}

/** A link is created atomically, so that nobody reads a partial lock. */
async function tryCreate(path: string, content: string): Promise<boolean> {
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, content, { mode: 0o600 });
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await unlink(draft);
  }
}

async function release(path: string, mine: string): Promise<void> {
  heldHere.delete(path);
  if ((await readIfPresent(path)) === mine) await rm(path, { force: true });
}

function pidOf(holder: string): number {
  return Number(holder.trim().split(' ')[0]);
}

/** Whether the process that wrote the lock still runs, by its id and its start time if /proc has it. */
async function isHeld(holder: string): Promise<boolean> {
  const pid = pidOf(holder);
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (hasCode(error, 'ESRCH')) return false;
  }
  return (await startOf(pid)) === (holder.trim().split(' ')[1] ?? '');
}

/** Start time in clock ticks since boot; '0' when the system does not report it; 'ended' for a zombie process. */
async function startOf(pid: number): Promise<string> {
  const stat = await readIfPresent(`/proc/${pid}/stat`);
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields?.[0] === 'Z' ? 'ended' : (fields?.[19] ?? '0');
}

async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ESRCH')) return undefined;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
