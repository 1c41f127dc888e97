// Compares two releases by their scores on the same cases: is the next release's mean at most `margin` below the
// other's? Cases are paired by id, so that hard cases weigh on both sides. Pure.

/** Scores by case id, each a finite number. */
export type Scores = Readonly<Record<string, number>>;

export interface PairedComparison {
  readonly verdict: 'PASS' | 'FAIL' | 'INCONCLUSIVE' | 'NO_DATA';
  /** Cases that both sides have a score for. */
  readonly cases: number;
  /** Mean of next minus mean of against. */
  readonly difference: number | null;
  /** One-sided bounds of that mean at the level of this test. */
  readonly lower: number | null;
  readonly upper: number | null;
  readonly isPaired: boolean;
}

const alpha = 0.05;
/** With fewer pairs, a standard deviation means little. */
const fewestPairs = 20;

/**
 * `attempt` counts the evaluation sets that this content was compared on, from 1: the k-th is tested at 0.05 / (k (k +
 * 1)), so that all attempts together err in at most 5 % of cases.
 */
export function comparePaired(
  next: Scores,
  against: Scores,
  margin: number,
  attempt: number,
): PairedComparison {
  const differences = Object.entries(next).flatMap(([id, score]) => {
    const other = Object.hasOwn(against, id) ? against[id] : undefined;
    return other === undefined ? [] : [score - other];
  });
  const n = differences.length;
  const sizes = Math.max(Object.keys(next).length, Object.keys(against).length);
  const nothing = { cases: n, difference: null, lower: null, upper: null, isPaired: true };
  if (n < fewestPairs || n < sizes) return { verdict: 'NO_DATA', ...nothing };
  const mean = differences.reduce((sum, value) => sum + value, 0) / n;
  const variance = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  const reach = studentQuantile(1 - alpha / (attempt * (attempt + 1)), n - 1) * Math.sqrt(variance / n);
  const [lower, upper] = [mean - reach, mean + reach];
  const verdict = lower > margin ? 'PASS' : upper < margin ? 'FAIL' : 'INCONCLUSIVE';
  return { verdict, cases: n, difference: mean, lower, upper, isPaired: true };
}

/** Used when only means are known: the plain rule, which ignores noise. */
export function compareMeans(next: number, against: number, margin: number): PairedComparison {
  const difference = next - against;
  const verdict = difference >= margin ? 'PASS' : 'FAIL';
  return { verdict, cases: 0, difference, lower: null, upper: null, isPaired: false };
}

/** A quantile of the normal distribution above a half, by Acklam's approximation, to 1e-9 relative. */
function normalQuantile(p: number): number {
  const a = [
    -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716,
    2.506628277459239,
  ];
  const b = [
    -54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572,
  ];
  const c = [
    -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
    2.938163982698783,
  ];
  const d = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416];
  const horner = (terms: readonly number[], x: number) => terms.reduce((sum, term) => sum * x + term, 0);
  if (p > 0.97575) {
    const q = Math.sqrt(-2 * Math.log(1 - p));
    return -horner(c, q) / (horner(d, q) * q + 1);
  }
  const q = p - 0.5;
  return (horner(a, q * q) * q) / (horner(b, q * q) * q * q + 1);
}

/** Student's t by the expansion of Cornish and Fisher: to 1e-4 from 20 degrees of freedom on. */
function studentQuantile(p: number, freedom: number): number {
  const z = normalQuantile(p);
  const first = (z ** 3 + z) / (4 * freedom);
  const second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2);
  const third = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * freedom ** 3);
  return z + first + second + third;
}
