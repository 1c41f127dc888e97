// The lock of a work tree's index, taken as git takes it: while it is held, no other git command changes the index. The
// new index is built in the lock file, which then replaces the index.
import { copyFile, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../kernel/clock.ts';
import { errnoOf } from '../../kernel/errno.ts';
import { StkError } from '../../kernel/errors.ts';
import { quote } from '../process/git-failure.ts';
import { unlessAbsent } from '../refs/read-ref.ts';

export interface IndexLock {
  /** The lock file: a copy of the index, to be changed through GIT_INDEX_FILE. `undefined` when there is no index. */
  readonly file: string | undefined;
  /** Turns the lock file into the index. */
  commit(): Promise<void>;
  /** Releases the lock; does nothing after `commit`. */
  release(): Promise<void>;
}

const pauseMs = 50;
/** Pauses while waiting for the same lock: 10 s. The wait starts again for each new holder. */
const mostPauses = 200;

/** Throws `conflict` when another git command holds the lock for too long, `git-failed` on `signal`. */
export async function lockIndex(
  gitDirectory: string,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal | undefined },
): Promise<IndexLock> {
  const index = join(gitDirectory, 'index');
  const lock = `${index}.lock`;
  let holder: string | undefined;
  for (let pauses = 0; !(await take(lock)); pauses += 1) {
    const now = await identify(lock);
    if (now !== holder) pauses = 0;
    holder = now;
    if (signal?.aborted === true)
      throw new StkError('git-failed', `Interrupted while waiting for ${lock}.`, {
        details: { aborted: true },
      });
    if (pauses >= mostPauses) throw heldTooLong(lock);
    await clock.sleep(pauseMs, signal);
  }
  let isHeld = true;
  const release = async (): Promise<void> => {
    if (isHeld) await rm(lock, { force: true });
    isHeld = false;
  };
  try {
    const copied = await unlessAbsent(copyFile(index, lock).then(() => true));
    return {
      file: copied === true ? lock : undefined,
      async commit() {
        if (copied !== true) return release();
        await rename(lock, index);
        isHeld = false;
      },
      release,
    };
  } catch (error) {
    await release();
    throw error;
  }
}

async function take(lock: string): Promise<boolean> {
  try {
    await (await open(lock, 'wx')).close();
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
}

async function identify(lock: string): Promise<string | undefined> {
  const found = await unlessAbsent(stat(lock, { bigint: true }));
  return found === undefined ? undefined : `${found.ino}.${found.ctimeNs}`;
}

function heldTooLong(lock: string): StkError {
  const seconds = (pauseMs * mostPauses) / 1000;
  return new StkError(
    'conflict',
    `Another git command has held ${lock} for ${seconds} s; nothing was committed.`,
    { hint: `Wait for it and run the command again. If no git runs there: rm ${quote(lock)}` },
  );
}
