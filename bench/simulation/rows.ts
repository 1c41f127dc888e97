// The figures that the analysis is held to, each with its bound: what is simulated, how often, and what came out.
import type { AnalysisPolicy } from '../../src/analysis/policy.ts';
import { promotedShare, type TwoModels } from './evaluations.ts';
import { gates, policyOf, runCanary, runNaive, type Ending } from './run-canary.ts';
import type { Traffic } from './traffic.ts';

export interface Row {
  readonly name: string;
  /** What the figure must not exceed, or must reach. */
  readonly bound: { readonly atMost?: number; readonly atLeast?: number };
  readonly unit: '%' | 's';
  /** The figure over `runs` canaries whose seeds begin at `seed`. */
  readonly figure: (runs: number, seed: number) => number;
  /** The naive rule's figure on the same canaries. */
  readonly naive?: (runs: number, seed: number) => number;
  /** A row whose canaries are expensive: it gets this share of the runs. */
  readonly share?: number;
}

const minutes = (value: number) => value * 60_000;
const errorsOnly = policyOf([gates.errors]);
const latencyOnly = policyOf([gates.errors, gates.latency]);

function endings(
  runs: number,
  seed: number,
  traffic: Traffic,
  policy: AnalysisPolicy,
  endMs?: number,
): Ending[] {
  return Array.from({ length: Math.max(1, Math.round(runs)) }, (_, index) =>
    runCanary(seed + index, traffic, policy, endMs),
  );
}

const shareOf = (all: readonly Ending[], is: (ending: Ending) => boolean) =>
  (100 * all.filter(is).length) / all.length;
const isRolledBack = ({ outcome }: Ending) => outcome === 'rolled-back';
const isPaused = ({ pausedAtMs }: Ending) => pausedAtMs !== null;

/** The naive rule on the canaries of the same seeds. */
const naively = (runs: number, seed: number, traffic: Traffic): Ending[] =>
  Array.from({ length: Math.max(1, Math.round(runs)) }, (_, index) => runNaive(seed + index, traffic));

/** Seconds from the fault to what was found, in the median; a canary that was never found counts as infinite. */
function medianSeconds(all: readonly Ending[], find: (ending: Ending) => number | null, fromMs = 0): number {
  const found = all.map((ending) => find(ending) ?? Infinity).sort((a, b) => a - b);
  return ((found[Math.floor(found.length / 2)] ?? Infinity) - fromMs) / 1000;
}
const rolledBackAt = (ending: Ending) => (isRolledBack(ending) ? ending.atMs : null);

/** With a correction for what is drawn at the maximum of a minute's warm-up: `atMinute` counts from there. */
const warmUpMs = minutes(1);
const late = (atMinute: number, extra: number) => (ms: number) =>
  ms >= warmUpMs + minutes(atMinute) ? extra : 0;

const healthy: Row[] = [5, 20, 100, 500].flatMap((rate) =>
  [0.001, 0.005, 0.02].map((base): Row => ({
    name: `healthy, rolled back: ${rate}/s, ${base * 100} % errors`,
    bound: { atMost: 0.5 },
    unit: '%',
    figure: (runs, seed) => shareOf(endings(runs, seed, { rate, base }, errorsOnly), isRolledBack),
    naive: (runs, seed) => shareOf(naively(runs, seed, { rate, base }), isRolledBack),
  })),
);

const promoted: Row[] = [
  [20, 95],
  [100, 99],
  [500, 99],
].map(([rate = 0, atLeast = 0]): Row => ({
  name: `healthy, promoted by the maximum: ${rate}/s, 0.1 % errors`,
  bound: { atLeast },
  unit: '%',
  figure: (runs, seed) => {
    const policy = policyOf([gates.errors, gates.refusals, gates.latency]);
    const all = endings(runs, seed, { rate, base: 0.001, slowdown: 1 }, policy);
    return shareOf(all, ({ outcome }) => outcome === 'passed');
  },
  share: 0.2,
}));

const found: Row[] = [
  [20, 270],
  [100, 120],
  [500, 120],
].map(([rate = 0, atMost = 0]): Row => ({
  name: `+5 points from the start, found after (median): ${rate}/s`,
  bound: { atMost },
  unit: 's',
  figure: (runs, seed) =>
    medianSeconds(endings(runs, seed, { rate, base: 0.001, fault: () => 0.05 }, errorsOnly), rolledBackAt),
  naive: (runs, seed) =>
    medianSeconds(naively(runs, seed, { rate, base: 0.001, fault: () => 0.05 }), rolledBackAt),
  share: 0.5,
}));

const total: Row[] = [
  [20, 20],
  [5, 60],
].map(([rate = 0, atMost = 0]): Row => ({
  name: `total failure, found after (median): ${rate}/s`,
  bound: { atMost },
  unit: 's',
  figure: (runs, seed) =>
    medianSeconds(endings(runs, seed, { rate, base: 0.001, fault: () => 1 }, errorsOnly), rolledBackAt),
  naive: (runs, seed) =>
    medianSeconds(naively(runs, seed, { rate, base: 0.001, fault: () => 1 }), rolledBackAt),
  share: 0.5,
}));

const slow: Row[] = [
  [100, 1.5, 180],
  [500, 1.2, 360],
].map(([rate = 0, slowdown = 1, atMost = 0]): Row => ({
  name: `p99 +${Math.round((slowdown - 1) * 100)} %, found after (median): ${rate}/s`,
  bound: { atMost },
  unit: 's',
  figure: (runs, seed) =>
    medianSeconds(
      endings(runs, seed, { rate, base: 0.001, slowdown }, latencyOnly, minutes(30)),
      ({ pausedAtMs }) => pausedAtMs,
    ),
  share: 0.1,
}));

const shared: Traffic = { rate: 100, base: 0.001, incident: (ms) => (ms >= minutes(8) ? 0.1 : 0) };

const incident = (weights: readonly number[]): Row => ({
  name: `shared incident, 10 % errors in both, rolled back: weights ${weights.join(' → ')}`,
  bound: { atMost: 0 },
  unit: '%',
  figure: (runs, seed) =>
    shareOf(endings(runs, seed, shared, policyOf([gates.errors], { weights })), isRolledBack),
  // The naive rule keeps 10 % all the time.
  ...(weights.length === 1
    ? { naive: (runs, seed) => shareOf(naively(runs, seed, shared), isRolledBack) }
    : {}),
  share: 0.5,
});

const callers = (isZipf: boolean, atMost: number): Row => {
  const traffic: Traffic = { rate: 100, base: 0.001, callers: { count: 1000, failing: 10, isZipf } };
  const policy = policyOf([gates.errors], { hasCallers: true });
  return {
    name: `1 % of 1,000 callers always fail in both arms${isZipf ? ', Zipf-distributed' : ''}, rolled back`,
    bound: { atMost },
    unit: '%',
    figure: (runs, seed) => shareOf(endings(runs, seed, traffic, policy, minutes(32)), isRolledBack),
    naive: (runs, seed) => shareOf(naively(runs, seed, traffic), isRolledBack),
    share: 0.2,
  };
};

const evaluated = (name: string, bound: Row['bound'], models: TwoModels): Row => ({
  name: `evaluation, promoted: ${name}`,
  bound,
  unit: '%',
  figure: (runs, seed) => promotedShare(models, runs, seed),
  share: 10,
});
const atMargin = { difference: -0.02, cases: 60, sets: 24 };

const evaluations: Row[] = [
  evaluated('at the margin, deviation 0.30, 24 new sets', { atMost: 5 }, { ...atMargin, deviation: 0.3 }),
  evaluated(
    'at the margin, the same set 24 times',
    { atMost: 3 },
    { ...atMargin, deviation: 0.3, isSameSet: true },
  ),
  evaluated(
    'better by 0.02, deviation 0.30, 600 cases',
    { atLeast: 90 },
    { difference: 0.02, deviation: 0.3, cases: 600, sets: 1 },
  ),
];

export const rows: readonly Row[] = [
  ...healthy,
  {
    name: 'exactly at the boundary (+1 point), rolled back: 100/s',
    bound: { atMost: 5 },
    unit: '%',
    figure: (runs, seed) =>
      shareOf(endings(runs, seed, { rate: 100, base: 0.001, fault: () => 0.01 }, errorsOnly), isRolledBack),
    naive: (runs, seed) =>
      shareOf(naively(runs, seed, { rate: 100, base: 0.001, fault: () => 0.01 }), isRolledBack),
  },
  {
    name: 'healthy, paused by p99: 100/s',
    bound: { atMost: 1 },
    unit: '%',
    figure: (runs, seed) =>
      shareOf(
        endings(runs, seed, { rate: 100, base: 0.001, slowdown: 1 }, latencyOnly, minutes(32)),
        isPaused,
      ),
    share: 0.2,
  },
  {
    name: 'exactly 99.9 % available, rolled back: 100/s',
    bound: { atMost: 1 },
    unit: '%',
    figure: (runs, seed) =>
      shareOf(endings(runs, seed, { rate: 100, base: 0.001 }, policyOf([gates.availability])), isRolledBack),
    share: 0.5,
  },
  {
    name: 'errors correlated in time (0.05), healthy, rolled back: 100/s, 0.5 %',
    bound: { atMost: 0.5 },
    unit: '%',
    figure: (runs, seed) =>
      shareOf(endings(runs, seed, { rate: 100, base: 0.005, correlation: 0.05 }, errorsOnly), isRolledBack),
    naive: (runs, seed) =>
      shareOf(naively(runs, seed, { rate: 100, base: 0.005, correlation: 0.05 }), isRolledBack),
  },
  callers(false, 1),
  callers(true, 3),
  incident([10]),
  incident([1, 10]),
  incident([1, 50]),
  ...found,
  {
    name: '+5 points from minute 20, found after (median): 100/s',
    bound: { atMost: 90 },
    unit: 's',
    figure: (runs, seed) =>
      medianSeconds(
        endings(runs, seed, { rate: 100, base: 0.001, fault: late(20, 0.05) }, errorsOnly),
        rolledBackAt,
        warmUpMs + minutes(20),
      ),
    naive: (runs, seed) =>
      medianSeconds(
        naively(runs, seed, { rate: 100, base: 0.001, fault: late(20, 0.05) }),
        rolledBackAt,
        warmUpMs + minutes(20),
      ),
    share: 0.5,
  },
  {
    name: '+5 points from minute 28 of 30, promoted all the same: 100/s',
    bound: { atMost: 0 },
    unit: '%',
    figure: (runs, seed) =>
      shareOf(
        endings(runs, seed, { rate: 100, base: 0.001, fault: late(28, 0.05) }, errorsOnly),
        ({ outcome }) => outcome === 'passed',
      ),
    naive: (runs, seed) =>
      shareOf(
        naively(runs, seed, { rate: 100, base: 0.001, fault: late(28, 0.05) }),
        ({ outcome }) => outcome === 'passed',
      ),
    share: 0.5,
  },
  ...total,
  ...slow,
  ...promoted,
  ...evaluations,
];

/** Precision and recall over faulty and healthy canaries, as fractions. Paused counts as found. */
export function precisionAndRecall(each: number, seed: number): { precision: number; recall: number } {
  const policy = policyOf([gates.errors, gates.latency]);
  const faults: Traffic[] = [20, 100, 500].flatMap((rate) => [
    { rate, base: 0.001, slowdown: 1, fault: () => 0.05 },
    { rate, base: 0.001, slowdown: 1, fault: () => 0.2 },
    { rate, base: 0.001, slowdown: 1, fault: () => 1 },
    { rate, base: 0.001, slowdown: 1, fault: late(20, 0.05) },
  ]);
  faults.push({ rate: 100, base: 0.001, slowdown: 1.5 }, { rate: 500, base: 0.001, slowdown: 1.5 });
  const isFound = (ending: Ending) => isRolledBack(ending) || isPaused(ending);
  const run = (index: number, traffic: Traffic) => runCanary(seed + index, traffic, policy, minutes(122));
  const faulty = Array.from({ length: each }, (_, index) =>
    run(index, faults[index % faults.length] ?? { rate: 1, base: 0 }),
  );
  const sound = Array.from({ length: each }, (_, index) =>
    run(each + index, { rate: [20, 100, 500][index % 3] ?? 20, base: 0.001, slowdown: 1 }),
  );
  const right = faulty.filter(isFound).length;
  const wrong = sound.filter(isFound).length;
  return { precision: right / Math.max(1, right + wrong), recall: right / each };
}
