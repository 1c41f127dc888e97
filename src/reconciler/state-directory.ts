// The Hub's state directory: where it is by default, its mode, and the lock that keeps two Hubs from sharing one.
// What stands in it is the business of whoever writes it.
import { createHash } from 'node:crypto';
import { chmod, link, mkdir, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StkError } from '../model/errors.ts';

export interface StateDirectory {
  readonly path: string;
  /** Gives the lock up. */
  close(): Promise<void>;
}

export interface RepoPlace {
  /** As the operator gave it. */
  readonly location: string;
  readonly isRemote: boolean;
  readonly workTree: string | undefined;
  readonly gitDirectory: string;
}

/** Where the state goes when `--state` does not say. `stateHome`: `${XDG_STATE_HOME:-~/.local/state}`. */
export function defaultStateDirectory(place: RepoPlace, stateHome: string): string {
  if (place.isRemote) return remoteStateDirectory(place.location, stateHome);
  return place.workTree === undefined ? join(place.gitDirectory, 'stk') : join(place.workTree, '.stk');
}

/** The same for a URL, which is known before anything is cloned. */
export function remoteStateDirectory(url: string, stateHome: string): string {
  const digest = createHash('sha256').update(url).digest('hex').slice(0, 16);
  return join(stateHome, 'stk', digest);
}

/** Makes the directory (mode 0700, ignored by git) and takes its lock; throws `state-locked` when a Hub holds it. */
export async function openStateDirectory(path: string): Promise<StateDirectory> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await chmod(path, 0o700);
  await writeFile(join(path, '.gitignore'), '*\n');
  const lock = join(path, 'hub.lock');
  const mine = `${process.pid} ${await startOf(process.pid)}\n`;
  for (let attempt = 0; attempt < 5; attempt += 1) {
    if (await tryCreate(lock, mine)) return { path, close: () => release(lock, mine) };
    const holder = await readIfPresent(lock);
    if (holder === undefined) continue;
    if (holder !== mine && (await isHeld(holder))) {
      throw new StkError(
        'state-locked',
        `Another Hub (pid ${holder.split(' ')[0]}) uses the state directory ${path}.`,
        {
          hint: 'Stop that Hub, or give this one its own directory with --state DIR.',
        },
      );
    }
    await removeStale(lock, holder);
  }
  throw new StkError('state-locked', `The lock ${lock} changes hands too often to be taken.`, {
    hint: 'Try again, or give this Hub its own directory with --state DIR.',
  });
}

/** A link is made whole or not at all, so that nobody ever reads half a lock. */
async function tryCreate(lock: string, content: string): Promise<boolean> {
  const draft = `${lock}.${process.pid}`;
  await writeFile(draft, content);
  try {
    await link(draft, lock);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await unlink(draft);
  }
}

async function removeStale(lock: string, holder: string): Promise<void> {
  if ((await readIfPresent(lock)) === holder) await rm(lock, { force: true });
}

async function release(lock: string, mine: string): Promise<void> {
  if ((await readIfPresent(lock)) === mine) await rm(lock, { force: true });
}

/** Whether the process that wrote the lock still runs: its id and, where /proc tells, its start time. */
async function isHeld(holder: string): Promise<boolean> {
  const [id = '', start = ''] = holder.trim().split(' ');
  const pid = Number(id);
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (hasCode(error, 'ESRCH')) return false;
  }
  return (await startOf(pid)) === start;
}

/** Start time in clock ticks since boot, '0' where the system does not tell. */
async function startOf(pid: number): Promise<string> {
  const stat = await readIfPresent(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '0';
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
