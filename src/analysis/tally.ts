// The counts of one arm over a stretch of time, with what the dispersion needs: sums over intervals and over groups of
// callers. Plain JSON of constant size, so that it can be stored at each look.
import { bucketCount } from './latency-buckets.ts';
import { callerGroups, type ArmSample } from './sample.ts';

/** Which bad events are counted. */
export type BadKind = 'errors' | 'refusals';

interface BadTally {
  bad: number;
  /** Intervals with at least one. */
  intervals: number;
  /** Σ bad² / calls over intervals. */
  squares: number;
  callers: number[];
}

export interface Tally {
  calls: number;
  /** Intervals with at least one call. */
  intervals: number;
  callerCalls: number[];
  errors: BadTally;
  refusals: BadTally;
  latency: LatencyTally;
}

/** Durations by bucket. Each value is "at or above" its bucket, so that any threshold can be tested later. */
export interface LatencyTally {
  calls: number;
  intervals: number;
  counts: number[];
  /** Intervals in which a call was in this bucket or above. */
  reached: number[];
  /** Σ (calls in this bucket or above)² / calls over intervals. */
  squares: number[];
}

const zeros = (length: number) => new Array<number>(length).fill(0);

export function emptyTally(): Tally {
  const bad = () => ({ bad: 0, intervals: 0, squares: 0, callers: zeros(callerGroups) });
  return {
    calls: 0,
    intervals: 0,
    callerCalls: zeros(callerGroups),
    errors: bad(),
    refusals: bad(),
    latency: {
      calls: 0,
      intervals: 0,
      counts: zeros(bucketCount),
      reached: zeros(bucketCount),
      squares: zeros(bucketCount),
    },
  };
}

/** Adds one interval in place. */
export function addInterval(tally: Tally, sample: ArmSample): void {
  tally.calls += sample.calls;
  if (sample.calls > 0) tally.intervals += 1;
  addBad(tally.errors, sample.errors, sample.calls, sample.callers?.errors);
  addBad(tally.refusals, sample.refusals, sample.calls, sample.callers?.refusals);
  addEach(tally.callerCalls, sample.callers?.calls);
  addLatency(tally.latency, sample.latency);
}

function addBad(tally: BadTally, bad: number, calls: number, callers: readonly number[] | undefined): void {
  tally.bad += bad;
  if (bad > 0) {
    tally.intervals += 1;
    tally.squares += (bad * bad) / calls;
  }
  addEach(tally.callers, callers);
}

function addEach(sums: number[], values: readonly number[] | undefined): void {
  if (values === undefined) return;
  for (let index = 0; index < values.length; index += 1)
    sums[index] = (sums[index] ?? 0) + (values[index] ?? 0);
}

function addLatency(tally: LatencyTally, latency: ArmSample['latency']): void {
  let calls = 0;
  for (const [bucket, count] of latency) {
    tally.counts[bucket] = (tally.counts[bucket] ?? 0) + count;
    calls += count;
  }
  if (calls === 0) return;
  tally.calls += calls;
  tally.intervals += 1;
  // From the highest bucket down, the calls "at or above" a bucket only change at buckets with calls.
  const sorted = fromHighest(latency);
  let above = 0;
  for (let index = 0; index < sorted.length; index += 1) {
    const [bucket, count] = sorted[index] ?? [-1, 0];
    above += count;
    const next = sorted[index + 1]?.[0] ?? -1;
    const square = (above * above) / calls;
    for (let at = bucket; at > next; at -= 1) {
      tally.reached[at] = (tally.reached[at] ?? 0) + 1;
      tally.squares[at] = (tally.squares[at] ?? 0) + square;
    }
  }
}

type Latency = ArmSample['latency'];
const sortedOnes = new WeakMap<Latency, Latency>();

/** The buckets with calls, the highest first; sorted once, since a sample is added to several tallies. */
function fromHighest(latency: Latency): Latency {
  let sorted = sortedOnes.get(latency);
  if (sorted === undefined) {
    sorted = latency.filter(([, count]) => count > 0).sort(([a], [b]) => b - a);
    sortedOnes.set(latency, sorted);
  }
  return sorted;
}

/** How many calls took longer than the upper edge of `bucket`, in how many intervals, and their sum of squares. */
export function exceeding(
  tally: LatencyTally,
  bucket: number,
): { bad: number; intervals: number; squares: number } {
  let bad = 0;
  for (let at = bucket + 1; at < tally.counts.length; at += 1) bad += tally.counts[at] ?? 0;
  return { bad, intervals: tally.reached[bucket + 1] ?? 0, squares: tally.squares[bucket + 1] ?? 0 };
}
