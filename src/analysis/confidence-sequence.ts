// A confidence sequence for the rate of bad events: its bounds hold at every look, however many looks there are. It is
// the beta mixture of Robbins. It needs only the total counts, so a restart does not change it. Pure.

/** The parameters of a Beta distribution: the weight of each rate before anything was counted. */
export interface Prior {
  readonly a: number;
  readonly b: number;
  /** ln B(a, b). */
  readonly logBeta: number;
}

/** Bad events (`bad`) of `calls`. Both may be fractions, after a division by the dispersion. */
export interface Counts {
  readonly calls: number;
  readonly bad: number;
}

/** A lower and an upper bound of a rate, both in [0, 1]. */
export interface Bounds {
  readonly lower: number;
  readonly upper: number;
}

const lanczos = [
  676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
  -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** ln Γ(x) for x > 0, by Lanczos' approximation (g = 7), to about 1e-13. */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const z = x - 1;
  let sum = 0.99999999999980993;
  // Indexed loop: a look makes thousands of calls, and an iterator for each would be most of their cost.
  for (let index = 0; index < lanczos.length; index += 1) sum += (lanczos[index] ?? 0) / (z + index + 1);
  const t = z + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum);
}

function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b);
}

const priorOf = (a: number, b: number): Prior => ({ a, b, logBeta: logBeta(a, b) });
/** For rates of errors and refusals, and for the share of calls above a p99. */
export const ratePrior: Prior = priorOf(1, 100);
/** For availability, where rates of a tenth of a per cent matter. */
export const availabilityPrior: Prior = priorOf(1, 1000);

/** x · ln(y), with 0 · ln(0) = 0. */
function timesLog(x: number, y: number): number {
  return x === 0 ? 0 : x * Math.log(y);
}

/** How much the counts speak against the rate `p`: the logarithm of the mixture's likelihood ratio. */
export function evidenceAgainst(p: number, { calls, bad }: Counts, prior: Prior): number {
  return mixture({ calls, bad }, prior) - timesLog(bad, p) - timesLog(calls - bad, 1 - p);
}

/** The part of the evidence that does not depend on the rate. */
function mixture({ calls, bad }: Counts, { a, b, logBeta: ofPrior }: Prior): number {
  return logBeta(a + bad, b + calls - bad) - ofPrior;
}

/**
 * The rates that the counts do not speak against: those with `evidenceAgainst` below `threshold`, which is ln(1/α′).
 * Found by bisection to 1e-9, relative to the distance from the measured rate.
 */
export function rateBounds(counts: Counts, prior: Prior, threshold: number): Bounds {
  if (counts.calls <= 0) return { lower: 0, upper: 1 };
  const offset = mixture(counts, prior) - threshold;
  return { lower: searchBound(counts, offset, 0), upper: searchBound(counts, offset, 1) };
}

/** The upper bound of `rateBounds`, for half the work. */
export function upperBound(counts: Counts, prior: Prior, threshold: number): number {
  return counts.calls <= 0 ? 1 : searchBound(counts, mixture(counts, prior) - threshold, 1);
}

/** Finds the end of the set between the measured rate, which is inside, and an end of [0, 1]. Errs to the outside. */
function searchBound({ calls, bad }: Counts, offset: number, end: 0 | 1): number {
  const isInside = (p: number) => offset < timesLog(bad, p) + timesLog(calls - bad, 1 - p);
  const rate = Math.min(1, bad / calls);
  if (rate === end || isInside(end === 0 ? Number.MIN_VALUE : 1 - Number.EPSILON / 2)) return end;
  let inside = rate;
  let outside: number = end;
  for (let turn = 0; turn < 60 && Math.abs(outside - inside) > 1e-9; turn += 1) {
    const middle = (inside + outside) / 2;
    if (isInside(middle)) inside = middle;
    else outside = middle;
  }
  return outside;
}

/** Whether the lower bound of the rate is above `limit`. The same answer as `rateBounds`, without a search. */
export function isAbove(limit: number, counts: Counts, prior: Prior, threshold: number): boolean {
  if (counts.calls <= 0 || limit >= 1 || counts.bad / counts.calls <= limit) return false;
  if (limit <= 0) return counts.bad > 0 && evidenceAgainst(Number.MIN_VALUE, counts, prior) >= threshold;
  return evidenceAgainst(limit, counts, prior) >= threshold;
}

/** Whether the upper bound of the rate is at or below `limit`. */
export function isAtMost(limit: number, counts: Counts, prior: Prior, threshold: number): boolean {
  if (limit >= 1) return true;
  if (counts.calls <= 0 || limit <= 0 || counts.bad / counts.calls >= limit) return false;
  return evidenceAgainst(limit, counts, prior) >= threshold;
}
