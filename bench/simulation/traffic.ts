// Traffic of a simulated environment, as the samples that an analysis looks at every ten seconds.
import { bucketCount, edgeOf } from '../../src/analysis/latency-buckets.ts';
import { callerGroups, type ArmSample, type Sample } from '../../src/analysis/sample.ts';
import type { Random } from './random.ts';

export const lookMs = 10_000;

export interface Traffic {
  /** Calls a second, both arms together. */
  readonly rate: number;
  /** Share of failed calls in both arms. */
  readonly base: number;
  /** Added to the canary's share at a time, in milliseconds since its start. */
  readonly fault?: (ms: number) => number;
  /** Added to both arms' shares. */
  readonly incident?: (ms: number) => number;
  /** Correlation of failures within an interval and arm, 0 to 1. */
  readonly correlation?: number;
  /** Failing callers: each caller calls by itself, and those that fail always fail. */
  readonly callers?: { readonly count: number; readonly failing: number; readonly isZipf: boolean };
  /** The canary's durations are this many times stable's; without it no durations are drawn. */
  readonly slowdown?: number;
}

/** Durations are lognormal: the p99 is 2.5 times the median. The median differs a little from canary to canary. */
const medianMs = 20;
const sigma = Math.log(2.5) / 2.326;

function durationShares(median: number): number[] {
  const below = (ms: number) => (ms === Infinity ? 1 : normalCdf(Math.log(ms / median) / sigma));
  return Array.from({ length: bucketCount }, (_, bucket) =>
    Math.max(0, below(edgeOf(bucket)) - (bucket === 0 ? 0 : below(edgeOf(bucket - 1)))),
  );
}

/** Abramowitz and Stegun 7.1.26, to 1.5e-7. */
function normalCdf(x: number): number {
  const t = 1 / (1 + 0.3275911 * Math.abs(x / Math.SQRT2));
  const poly =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const erf = 1 - poly * Math.exp((-x * x) / 2);
  return x >= 0 ? (1 + erf) / 2 : (1 - erf) / 2;
}

/** Makes the samples of one canary, one after the other. `weight` is per cent. */
export function makeTraffic(random: Random, traffic: Traffic): (ms: number, weight: number) => Sample {
  const callers = traffic.callers === undefined ? undefined : drawCallers(random, traffic);
  const { slowdown } = traffic;
  const median = medianMs * (1 + 0.05 * random.uniform());
  const shares = {
    canary: slowdown === undefined ? [] : durationShares(median * slowdown),
    stable: slowdown === undefined ? [] : durationShares(median),
  };
  return (ms, weight) => {
    const shared = traffic.base + (traffic.incident?.(ms) ?? 0);
    const arm = (name: 'canary' | 'stable'): ArmSample => {
      const part = name === 'canary' ? weight / 100 : 1 - weight / 100;
      const p = Math.min(1, shared + (name === 'canary' ? (traffic.fault?.(ms) ?? 0) : 0));
      if (callers !== undefined) return callers(name, weight, p);
      return drawArm(
        random,
        { mean: (traffic.rate * part * lookMs) / 1000, p, shares: shares[name] },
        traffic,
      );
    };
    const [canary, stable] = [arm('canary'), arm('stable')];
    return { at: ms, elapsedMs: lookMs, canary, stable, probes: null, metrics: {}, isSourceUp: true };
  };
}

function drawArm(
  random: Random,
  { mean, p, shares }: { mean: number; p: number; shares: readonly number[] },
  { correlation = 0 }: Traffic,
): ArmSample {
  const calls = random.poisson(mean);
  const spread = (1 - correlation) / correlation;
  const now = correlation === 0 || p >= 1 ? p : random.beta(p * spread, (1 - p) * spread);
  const errors = random.binomial(calls, now);
  const latency: (readonly [number, number])[] = [];
  for (const [bucket, share] of shares.entries()) {
    const count = share * calls < 1e-9 ? 0 : random.poisson(share * calls);
    if (count > 0) latency.push([bucket, count]);
  }
  const trailingErrors = errors === calls ? calls : random.uniform() < errors / Math.max(1, calls) ? 1 : 0;
  return { calls, errors, refusals: 0, trailingErrors, latency, callers: null };
}

/** Callers keep to their arm; `failing` of them always fail. */
function drawCallers(random: Random, { rate, callers }: Traffic) {
  if (callers === undefined) throw new Error('this traffic has no callers');
  const weights = Array.from({ length: callers.count }, (_, index) => (callers.isZipf ? 1 / (index + 1) : 1));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const all = weights.map((weight) => ({
    mean: ((rate * weight) / total) * (lookMs / 1000),
    draw: random.uniform() * 100,
    group: Math.floor(random.uniform() * callerGroups),
    fails: random.uniform() < callers.failing / callers.count,
  }));
  return (name: 'canary' | 'stable', weight: number, p: number): ArmSample => {
    const groups = { calls: zeros(), errors: zeros(), refusals: zeros() };
    let calls = 0;
    let errors = 0;
    for (const caller of all) {
      if (caller.draw < weight !== (name === 'canary')) continue;
      const made = random.poisson(caller.mean);
      const bad = caller.fails ? made : random.binomial(made, p);
      calls += made;
      errors += bad;
      groups.calls[caller.group] = (groups.calls[caller.group] ?? 0) + made;
      groups.errors[caller.group] = (groups.errors[caller.group] ?? 0) + bad;
    }
    return { calls, errors, refusals: 0, trailingErrors: 0, latency: [], callers: groups };
  };
}

const zeros = () => new Array<number>(callerGroups).fill(0);
