// The Hub's state directory: its default place, its mode, and the lock that keeps two Hubs from sharing it. Other code
// owns its content.
import { createHash } from 'node:crypto';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { takeProcessLock } from '../../database/process-lock.ts';
import { makeFolder } from '../../git/make-folder.ts';
import { asStkError, StkError } from '../../kernel/errors.ts';

export interface StateDirectory {
  readonly path: string;
  /** Releases the lock. */
  close(): Promise<void>;
}

export interface RepoPlace {
  /** As given by the operator. */
  readonly location: string;
  readonly isRemote: boolean;
  readonly workTree: string | undefined;
  readonly gitDirectory: string;
}

/** The state directory without `--state`. `stateHome`: `${XDG_STATE_HOME:-~/.local/state}`. */
export function defaultStateDirectory(place: RepoPlace, stateHome: string): string {
  if (place.isRemote) return remoteStateDirectory(place.location, stateHome);
  return place.workTree === undefined ? join(place.gitDirectory, 'stk') : join(place.workTree, '.stk');
}

/** The same for a URL, before anything is cloned. */
export function remoteStateDirectory(url: string, stateHome: string): string {
  const digest = createHash('sha256').update(url).digest('hex').slice(0, 16);
  return join(stateHome, 'stk', digest);
}

/**
 * Creates the directory (mode 0700, ignored by git) and takes its lock; throws `state-locked` when a Hub holds it,
 * `usage` when it cannot be written.
 */
export async function openStateDirectory(path: string): Promise<StateDirectory> {
  const lock = await prepareAndLock(path);
  if (lock.kind === 'taken') return { path, close: () => lock.release() };
  const holder = lock.pid === undefined ? '' : ` (pid ${lock.pid})`;
  throw new StkError('state-locked', `Another Hub${holder} uses the state directory ${path}.`, {
    hint: 'Stop that Hub, or give this one its own directory with --state DIR.',
  });
}

async function prepareAndLock(path: string): Promise<Awaited<ReturnType<typeof takeProcessLock>>> {
  try {
    await makeFolder(path, 0o700);
    await chmod(path, 0o700);
    await writeFile(join(path, '.gitignore'), '*\n');
    return await takeProcessLock(join(path, 'hub.lock'));
  } catch (thrown) {
    const message = `The state directory ${path} cannot be written to: ${asStkError(thrown).message}`;
    const hint = 'Make it writable for the user that the Hub runs as, or name another with --state DIR.';
    throw new StkError('usage', message, { hint, cause: thrown });
  }
}
