// The test of a quantile of the durations, canary against stable, on counts in logarithmic buckets: whether too many of
// the canary's calls take longer than stable's quantile plus the allowed increase. Pure.
import { isAbove, isAtMost, rateBounds, ratePrior } from './confidence-sequence.ts';
import { scatterAbove, weakened } from './dispersion.ts';
import { bucketCount, edgeOf } from './latency-buckets.ts';
import { thresholdsOf, type AnalysisPolicy } from './policy.ts';
import { isPersistent, smallestAbove } from './rate-test.ts';
import { noReading, type Reading } from './reading.ts';
import { compareLatency } from './sentences.ts';
import type { AnalysisState, ArmTallies } from './state.ts';
import type { LatencyTally } from './tally.ts';

/** From this number of calls on, a measured ratio above the limit keeps the canary from passing, even without proof. */
const enoughCalls = 3_000;

/** The smallest bucket from which `holds` is true for all buckets above; `bucketCount` when none exists. */
function firstBucket(holds: (bucket: number) => boolean): number {
  let low = 0;
  let high = bucketCount;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The edge below which `quantile` of the calls are; `null` without calls. */
function quantileOf(tally: LatencyTally, quantile: number): number | null {
  if (tally.calls === 0) return null;
  let sum = 0;
  for (const [bucket, count] of tally.counts.entries()) {
    sum += count;
    if (sum >= quantile * tally.calls) return edgeOf(bucket);
  }
  return Infinity;
}

function above(arms: ArmTallies, bucket: number) {
  const raw = { canary: scatterAbove(arms.canary, bucket), stable: scatterAbove(arms.stable, bucket) };
  return { raw, ...weakened(raw.canary, raw.stable) };
}

/** The bucket whose edge is the limit for a failure: stable's quantile is proven to be below it by the increase. */
function failureBucket(arms: ArmTallies, share: number, increase: number, threshold: number): number {
  const b = firstBucket((bucket) => isAtMost(share, above(arms, bucket).stable, ratePrior, threshold));
  const limit = edgeOf(b) * (1 + increase);
  return firstBucket((bucket) => edgeOf(bucket) >= limit);
}

function isBreachedIn(arms: ArmTallies, share: number, increase: number, threshold: number): boolean {
  if (arms.stable.latency.calls === 0) return false;
  const bucket = failureBucket(arms, share, increase, threshold);
  if (edgeOf(bucket) === Infinity) return false;
  const { raw, canary } = above(arms, bucket);
  return isPersistent(raw.canary) && isAbove(share, canary, ratePrior, threshold);
}

function isPassedIn(arms: ArmTallies, share: number, increase: number, threshold: number): boolean {
  if (arms.stable.latency.calls === 0) return false;
  // The largest edge that stable's quantile is proven to be above, then the largest edge within the increase of it.
  const b = firstBucket((bucket) => !isAbove(share, above(arms, bucket).stable, ratePrior, threshold)) - 1;
  if (b < 0) return false;
  const limit = edgeOf(b) * (1 + increase);
  const bucket = firstBucket((at) => edgeOf(at) > limit) - 1;
  return isAtMost(share, above(arms, bucket).canary, ratePrior, threshold);
}

export function testLatency(
  policy: AnalysisPolicy,
  state: AnalysisState,
  { quantile, increase }: { readonly quantile: number; readonly increase: number },
): Reading {
  const share = 1 - quantile;
  const { failStep, failBlock, passCompared } = thresholdsOf(policy);
  const { step, block } = state.scopes;
  const measured = {
    canary: quantileOf(step.canary.latency, quantile),
    stable: quantileOf(step.stable.latency, quantile),
  };
  const ratio =
    measured.canary === null || measured.stable === null ? null : measured.canary / measured.stable;
  const calls = step.canary.latency.calls;
  const shown = above(step, Math.min(bucketCount - 1, failureBucket(step, share, increase, failStep)));
  const arm = (which: 'canary' | 'stable') => ({
    calls: shown.raw[which].calls,
    bad: shown.raw[which].bad,
    ...rateBounds(shown[which], ratePrior, passCompared),
  });
  return {
    ...noReading,
    isBreached:
      isBreachedIn(step, share, increase, failStep) || isBreachedIn(block, share, increase, failBlock),
    isPassed: isPassedIn(step, share, increase, passCompared),
    blocksPass: calls >= enoughCalls && ratio !== null && ratio > 1 + increase,
    canary: arm('canary'),
    stable: arm('stable'),
    smallestEffect: smallestAbove(share, { ...shown, threshold: failStep }),
    sentence: compareLatency(quantile, measured, increase, calls),
  };
}
