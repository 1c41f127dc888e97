// Lets this process give way to all others that want the processor: for work that no call waits for.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
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
 * All threads of the process, the engine's helpers too. Linux has policy and priority for each thread; Node reaches the
 * priority by the thread's number, and the policy by `chrt` (util-linux, a part of every Debian). Gives what it could do;
 * undefined where the sandbox hides or forbids it: nothing changes then, and the work is done all the same.
 */
export function lowerPriority(wanted: LowPriority): LowPriority | undefined {
  if (wanted === 'idle' && becomeIdle()) return 'idle';
  try {
    for (const thread of listThreads()) if (getPriority(thread) < niceness) setPriority(thread, niceness);
    return 'nice';
  } catch {
    return undefined;
  }
}

function becomeIdle(): boolean {
  if (process.platform !== 'linux') return false;
  const { status } = spawnSync('chrt', ['--idle', '--all-tasks', '--pid', '0', String(process.pid)], {
    stdio: 'ignore',
    timeout: patience,
  });
  return status === 0;
}

/** Elsewhere the priority is the process's. */
function listThreads(): readonly number[] {
  return process.platform === 'linux' ? readdirSync('/proc/self/task').map(Number) : [0];
}

/** Milliseconds in which a process's own thread had a processor, and in which it wanted one and another had it. */
export interface ProcessTime {
  readonly worked: number;
  readonly waited: number;
}

/** Undefined where the system does not tell. A wait counts when it is over. */
export function readProcessTime(pid: number): ProcessTime | undefined {
  try {
    const [worked, waited] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ').map(Number);
    // Where the system keeps no such statistics it prints zeros.
    if (worked === undefined || waited === undefined || !(worked > 0)) return undefined;
    return { worked: worked / 1e6, waited: waited / 1e6 };
  } catch {
    return undefined;
  }
}
