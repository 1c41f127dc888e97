// The test of a share of bad calls, canary against stable: `errors`, `refusals`, and with a fixed objective
// `availability`. A breach must show in the whole step or in the current block of five minutes. Pure.
import {
  availabilityPrior,
  isAbove,
  isAtMost,
  rateBounds,
  ratePrior,
  upperBound,
  type Counts,
  type Prior,
} from './confidence-sequence.ts';
import { scatterOf, weakened, type Scatter } from './dispersion.ts';
import { thresholdsOf, type AnalysisPolicy, type Thresholds } from './policy.ts';
import { noReading, type ArmReading, type Reading } from './reading.ts';
import { compareRates, percent, points } from './sentences.ts';
import type { AnalysisState, ArmTallies } from './state.ts';
import type { BadKind } from './tally.ts';

/** A breach needs at least this many bad calls of the canary, in at least this many intervals. */
const fewestBad = 3;
/** After this many failed calls in a row, warm-up and persistence are waived. */
export const totalFailure = 10;

interface Scattered {
  readonly canary: Scatter;
  readonly stable: Scatter;
}

const scattered = (arms: ArmTallies, kind: BadKind, hasCallers: boolean): Scattered => ({
  canary: scatterOf(arms.canary, kind, hasCallers),
  stable: scatterOf(arms.stable, kind, hasCallers),
});

/** Whether enough bad calls were counted for the bounds to matter. */
export function isPersistent({ bad, badIntervals }: Scatter): boolean {
  return bad >= fewestBad && badIntervals >= fewestBad;
}

/** Whether `limit(U_s)` is below the canary's lower bound, in the step, the block, or in a total failure. */
function findBreach(
  policy: AnalysisPolicy,
  state: AnalysisState,
  kind: BadKind,
  isBreach: (arms: { canary: Counts; stable: Counts }, threshold: number) => boolean,
): { isBreached: boolean; isCertain: boolean } {
  const { failStep, failBlock } = thresholdsOf(policy);
  const test = (arms: ArmTallies, threshold: number, isWaived: boolean) => {
    const both = scattered(arms, kind, policy.hasCallers);
    return (isWaived || isPersistent(both.canary)) && isBreach(weakened(both.canary, both.stable), threshold);
  };
  const { all, step, block } = state.scopes;
  const isTotal = kind === 'errors' && state.streak >= totalFailure;
  if (isTotal && (test(all, failStep, true) || test(block, failBlock, true))) {
    return { isBreached: true, isCertain: true };
  }
  return { isBreached: test(step, failStep, false) || test(block, failBlock, false), isCertain: false };
}

export function testRate(
  policy: AnalysisPolicy,
  state: AnalysisState,
  kind: BadKind,
  increase: number,
): Reading {
  const thresholds = thresholdsOf(policy);
  const breach = findBreach(policy, state, kind, ({ canary, stable }, threshold) =>
    isAbove(upperBound(stable, ratePrior, threshold) + increase, canary, ratePrior, threshold),
  );
  const raw = scattered(state.scopes.step, kind, policy.hasCallers);
  const { canary, stable } = weakened(raw.canary, raw.stable);
  const stableLower = rateBounds(stable, ratePrior, thresholds.passCompared).lower;
  const isProven = isAtMost(stableLower + increase, canary, ratePrior, thresholds.passCompared);
  const arms = armReadings(raw, { canary, stable }, ratePrior, thresholds);
  return {
    ...noReading,
    ...breach,
    ...arms,
    isPassed: isProven && isCalmNow(state, kind, increase),
    smallestEffect: smallestEffect(canary, stable, increase, thresholds.failStep),
    sentence: compareRates(kind, arms.canary, arms.stable, points(increase)),
  };
}

export function testAvailability(
  policy: AnalysisPolicy,
  state: AnalysisState,
  atLeast: number,
  hasErrorsPassed: boolean,
): Reading {
  const limit = 1 - atLeast;
  const thresholds = thresholdsOf(policy);
  const prior = availabilityPrior;
  const raw = scattered(state.scopes.step, 'errors', policy.hasCallers);
  const { canary, stable } = weakened(raw.canary, raw.stable);
  const arms = armReadings(raw, { canary, stable }, prior, thresholds);
  if (isAbove(limit, stable, prior, thresholds.passCompared)) {
    const sentence = `The environment is below its objective: stable answers fewer than ${percent(atLeast)} of its calls.`;
    return { ...noReading, ...arms, isBelowObjective: true, sentence };
  }
  const breach = findBreach(policy, state, 'errors', (both, threshold) => {
    const upper = upperBound(both.stable, prior, threshold);
    return isAbove(Math.max(limit, upper), both.canary, prior, threshold);
  });
  const isProven = isAtMost(limit, canary, prior, thresholds.passFixed);
  const isWeak = !isProven && hasErrorsPassed && raw.canary.bad <= 1;
  return {
    ...noReading,
    ...breach,
    ...arms,
    isPassed: isProven || isWeak,
    isWeak,
    smallestEffect: smallestEffect(canary, stable, 0, thresholds.failStep, prior, limit),
    sentence: compareRates('errors', arms.canary, arms.stable, `an availability of ${percent(atLeast)}`),
  };
}

/** The bounds that people see: those of a decision to pass. */
function armReadings(
  raw: { canary: Counts; stable: Counts },
  weak: { canary: Counts; stable: Counts },
  prior: Prior,
  { passCompared }: Thresholds,
): { canary: ArmReading; stable: ArmReading } {
  const read = (counts: Counts, used: Counts): ArmReading => ({
    calls: counts.calls,
    bad: counts.bad,
    ...rateBounds(used, prior, passCompared),
  });
  return { canary: read(raw.canary, weak.canary), stable: read(raw.stable, weak.stable) };
}

/** Whether the canary's rate over the last five counted minutes is at most stable's plus the increase. */
function isCalmNow(state: AnalysisState, kind: BadKind, increase: number): boolean {
  const sums = { canary: { calls: 0, bad: 0 }, stable: { calls: 0, bad: 0 } };
  for (const { canary, stable } of state.recent) {
    sums.canary.calls += canary.calls;
    sums.canary.bad += canary[kind];
    sums.stable.calls += stable.calls;
    sums.stable.bad += stable[kind];
  }
  const rate = ({ calls, bad }: { calls: number; bad: number }) => (calls === 0 ? 0 : bad / calls);
  return rate(sums.canary) <= rate(sums.stable) + increase;
}

/**
 * How far above stable's the canary's rate would have to be for a breach by now: the smallest number of bad calls whose
 * lower bound is above the limit, as a rate, less stable's rate. `null` when no number is enough.
 */
function smallestEffect(
  canary: Counts,
  stable: Counts,
  increase: number,
  threshold: number,
  prior: Prior = ratePrior,
  floor = 0,
): number | null {
  const limit = Math.max(floor, upperBound(stable, prior, threshold) + increase);
  return smallestAbove(limit, { canary, stable, threshold, prior });
}

interface EffectQuestion {
  readonly canary: Counts;
  readonly stable: Counts;
  readonly threshold: number;
  readonly prior?: Prior;
}

/** The smallest rate of the canary that is proven to be above `limit`, less stable's rate. `null` where none would be. */
export function smallestAbove(
  limit: number,
  { canary, stable, threshold, prior = ratePrior }: EffectQuestion,
): number | null {
  const wouldFail = (bad: number) => isAbove(limit, { calls: canary.calls, bad }, prior, threshold);
  if (canary.calls < 1 || !wouldFail(canary.calls)) return null;
  let low = 0;
  let high = Math.ceil(canary.calls);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (wouldFail(Math.min(middle, canary.calls))) high = middle;
    else low = middle;
  }
  const stableRate = stable.calls === 0 ? 0 : stable.bad / stable.calls;
  return Math.max(0, Math.min(high, canary.calls) / canary.calls - stableRate);
}
