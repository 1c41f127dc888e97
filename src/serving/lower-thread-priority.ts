// Lets the calling thread give way to all others that want the processor: for work that no call waits for.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

/** A nice value: about a tenth of a processor that a thread of normal priority wants too, all of an idle one. */
const niceness = 10;
/** Milliseconds for the command that changes the policy. */
const patience = 2_000;

/**
 * `idle`: it runs while no other thread wants the processor, and stops for one that wakes; it may wait for long on a
 * machine that has no time to spare. `nice`: it is never kept out for long, and others wait some milliseconds for it.
 */
export type LowPriority = 'idle' | 'nice';

/**
 * Linux has policy and priority for each thread; Node reaches the priority by the thread's id, and the policy by `chrt`
 * (util-linux, a part of every Debian). Gives what it could do; undefined elsewhere, and where the sandbox hides or forbids
 * it: nothing changes then, and the work is done all the same.
 */
export function lowerThreadPriority(
  wanted: LowPriority,
): { readonly got: LowPriority; readonly thread: number } | undefined {
  const self = '/proc/thread-self';
  if (process.platform !== 'linux' || !existsSync(self)) return undefined;
  try {
    // `<process>/task/<thread>`
    const thread = Number(readlinkSync(self).split('/').at(-1));
    if (wanted === 'idle' && becomeIdle(thread)) return { got: 'idle', thread };
    if (getPriority(thread) < niceness) setPriority(thread, niceness);
    return { got: 'nice', thread };
  } catch {
    return undefined;
  }
}

function becomeIdle(thread: number): boolean {
  const { status } = spawnSync('chrt', ['--idle', '--pid', '0', String(thread)], {
    stdio: 'ignore',
    timeout: patience,
  });
  return status === 0;
}

/** Milliseconds that a thread of this process has had a processor; undefined where the system does not tell. */
export function readThreadTime(thread: number): number | undefined {
  try {
    const [nanoseconds] = readFileSync(`/proc/self/task/${thread}/schedstat`, 'utf8').split(' ');
    return Number(nanoseconds) / 1e6;
  } catch {
    return undefined;
  }
}
