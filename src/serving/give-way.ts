// Lets others have the processor in the middle of long synchronous work: now and then it sleeps, if somebody else wanted the
// processor since. The idle policy alone does not do that: a thread of another session or service that wakes on this
// processor may have to wait for the system's next tick, and calls with it.
import { performance } from 'node:perf_hooks';

/** Called often; most calls cost next to nothing. */
export type GiveWay = () => void;

export interface GiveWayOptions {
  /** Milliseconds of any clock that only goes forward. */
  readonly now?: () => number;
  /** Milliseconds for which this process has had a processor. */
  readonly worked?: () => number;
  /** Blocks the thread. */
  readonly sleep?: (ms: number) => void;
}

/** Milliseconds between two looks. */
const slice = 0.5;
/** Milliseconds of a slice that others had, from which on it counts as wanted; less is the system's own. */
const wanted = 0.15;
/** Of what was worked in the slice. Who gets little is not to be kept from it, or it would count as starved. */
const restShare = 3;
/** Milliseconds. */
const longestRest = 1.5;

export function createGiveWay({
  now = () => performance.now(),
  worked = readWorked,
  sleep = createSleep(),
}: GiveWayOptions = {}): GiveWay {
  let beganAt = now();
  let workedBefore = worked();
  return () => {
    const passed = now() - beganAt;
    if (passed < slice) return;
    const own = worked() - workedBefore;
    if (passed - own > wanted) sleep(Math.min(own * restShare, longestRest));
    beganAt = now();
    workedBefore = worked();
  };
}

function readWorked(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function createSleep(): (ms: number) => void {
  const neverWoken = new Int32Array(new SharedArrayBuffer(4));
  return (ms) => void Atomics.wait(neverWoken, 0, 0, ms);
}
