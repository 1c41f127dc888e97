// Lets the calling thread give way to all others that want the processor: for work that no call waits for.
import { existsSync, readlinkSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

/** A nice value: about a tenth of a processor that a thread of normal priority wants too, all of an idle one. */
const niceness = 10;

/**
 * Linux has a priority for each thread; Node reaches it by the thread's id. False elsewhere, and where the sandbox hides
 * or forbids it: nothing changes then, and the work is done all the same.
 */
export function lowerThreadPriority(): boolean {
  const self = '/proc/thread-self';
  if (process.platform !== 'linux' || !existsSync(self)) return false;
  try {
    // `<process>/task/<thread>`
    const thread = Number(readlinkSync(self).split('/').at(-1));
    if (getPriority(thread) < niceness) setPriority(thread, niceness);
    return true;
  } catch {
    return false;
  }
}
