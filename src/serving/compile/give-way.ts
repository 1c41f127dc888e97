// Lets others have the processor in the middle of long synchronous work: now and then it naps, and sleeps on if somebody else
// wanted the processor. The idle policy alone does not do that: a thread of another session or service that wakes on this
// processor may have to wait for the system's next tick, and so may one that this thread came in for, and calls with it.
import { performance } from 'node:perf_hooks';

export interface GiveWay {
  /** Called often; most calls cost next to nothing. */
  readonly pause: () => void;
  /** After a wait for something else than the processor: that was nobody's who wanted it. */
  readonly resume: () => void;
}

export interface GiveWayOptions {
  /** Milliseconds of any clock that only goes forward. */
  readonly now?: () => number;
  /** Milliseconds for which this process has had a processor. */
  readonly worked?: () => number;
  /** Blocks the thread. */
  readonly sleep?: (ms: number) => void;
}

/** Milliseconds of work between two naps: the first where others want the processor, the second where nobody does. */
const shortestSlice = 0.5;
const longestSlice = 2;
/** From one slice to the next while nobody wants the processor. */
const growth = 1.2;
/** Milliseconds that are asked for; it takes some 0.2. One who waits behind this thread has the processor then, and keeps it. */
const nap = 0.1;
/** Milliseconds of slice and nap that others had, from which on it counts as wanted; less is the system's own. */
const wanted = 0.2;
/**
 * Of what was worked in the slice, what others had included. Who gets little is not to be kept from it, or it would count as
 * starved.
 */
const restShare = 4;
/** Milliseconds. */
const longestRest = 4;

export function createGiveWay({
  now = () => performance.now(),
  worked = readWorked,
  sleep = createSleep(),
}: GiveWayOptions = {}): GiveWay {
  let slice = shortestSlice;
  let beganAt = 0;
  let workedBefore = 0;
  /** What a nap takes on this machine; what it takes longer, others had. */
  let shortestNap = Infinity;
  const resume = (): void => {
    beganAt = now();
    workedBefore = worked();
  };
  const pause = (): void => {
    const napsAt = now();
    if (napsAt - beganAt < slice) return;
    const own = worked() - workedBefore;
    // Without it nothing tells of one who waits behind this thread from the slice's first moment to its last.
    sleep(nap);
    const wakesAt = now();
    shortestNap = Math.min(shortestNap, wakesAt - napsAt);
    const others = wakesAt - beganAt - own - shortestNap;
    const rest = Math.min(own * restShare, longestRest) - others;
    if (others > wanted && rest > 0) sleep(rest);
    slice = others > wanted ? shortestSlice : Math.min(slice * growth, longestSlice);
    resume();
  };
  resume();
  return { pause, resume };
}

function readWorked(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function createSleep(): (ms: number) => void {
  const neverWoken = new Int32Array(new SharedArrayBuffer(4));
  return (ms) => void Atomics.wait(neverWoken, 0, 0, ms);
}
