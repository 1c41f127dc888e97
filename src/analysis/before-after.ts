// Compares the calls of a release with the record of the release before it: the rules of `bake`. It cannot separate the
// effect of a release from the time of day. So its reference is generous, and fixed when the release is activated. Its
// state is plain JSON of constant size. Pure.
//
//   while a release is served       addToRecord(record, now, interval), every look
//   when another one is activated   referenceOf(record, now), once; then startAfter()
//   every look after that           addAfter(after, interval, ms); judgeAfter({reference, after, …})
import { isAbove, isAtMost, rateBounds, ratePrior, upperBound, type Counts } from './confidence-sequence.ts';
import { weakened, type Scatter } from './dispersion.ts';
import { alpha, blockMs } from './policy.ts';
import { isPersistent } from './rate-test.ts';
import type { Bounds } from './confidence-sequence.ts';
import type { GateReading } from './reading.ts';
import { count, percent, points } from './sentences.ts';

/** Calls of one release over a stretch of time; `bad` of them failed. */
export type CountedCalls = Counts;

/** The calls of ten minutes; `at` is when they begin, in milliseconds since 1970. */
export interface RateSlot {
  readonly at: number;
  calls: number;
  bad: number;
}

/** The calls of one release, the oldest slot first: at most 7 days. */
export type RateRecord = RateSlot[];

/** What a release is compared with. */
export interface RateReference extends Counts {
  /** The larger of the upper bound over the whole record and the 99th percentile of its ten-minute rates. */
  readonly rate: number;
  /** How much time the record covers. */
  readonly hours: number;
  readonly scatter: Scatter;
}

interface AfterScope {
  calls: number;
  bad: number;
  intervals: number;
  badIntervals: number;
  squares: number;
}

/** What was counted since the activation. */
export interface AfterState {
  /** Counted time, at most 20 s a look. */
  countedMs: number;
  blockMs: number;
  all: AfterScope;
  block: AfterScope;
  /** Calls by look, for the last five minutes. */
  recent: { ms: number; calls: number }[];
  failingLooks: number;
}

export interface AfterReading {
  /** FAIL: worse than the reference by more than `increase`. NO_DATA: no reference, or too few calls. */
  readonly verdict: Exclude<GateReading, 'NONE'>;
  /** For people who know no statistics. */
  readonly sentence: string;
  readonly after: Counts & Bounds;
  /** `upper`: the reference rate. `null` when there is no reference. */
  readonly before: (Counts & { readonly upper: number }) | null;
}

const slotMs = 600_000;
const recordMs = 7 * 24 * 3_600_000;
const shortestRecordMs = 24 * 3_600_000;
const longestLookMs = 20_000;
const recentMs = 300_000;
const fewestCalls = 20;
const persistentLooks = 2;

/** Adds an interval in place, and drops slots older than 7 days. */
export function addToRecord(record: RateRecord, now: number, { calls, bad }: CountedCalls): void {
  const at = now - (now % slotMs);
  const last = record.at(-1);
  if (last?.at === at) {
    last.calls += calls;
    last.bad += bad;
  } else record.push({ at, calls, bad });
  const kept = record.findIndex((slot) => slot.at > now - recordMs);
  record.splice(0, kept === -1 ? record.length : kept);
}

/** `null` when the record covers less than 24 hours. `now`: the time of the activation. */
export function referenceOf(record: readonly RateSlot[], now: number): RateReference | null {
  const slots = record.filter(({ at }) => at > now - recordMs && at <= now);
  const coveredMs = slots.length * slotMs;
  const busy = slots.filter(({ calls }) => calls > 0);
  if (coveredMs < shortestRecordMs || busy.length === 0) return null;
  const scope = emptyScope();
  for (const slot of busy) addInterval(scope, slot);
  const scatter: Scatter = { ...scope, callers: null };
  const { stable } = weakened(scatter, scatter);
  const rates = busy.map(({ calls, bad }) => bad / calls).sort((a, b) => a - b);
  const usual = rates[Math.min(rates.length - 1, Math.ceil(0.99 * rates.length) - 1)] ?? 1;
  const upper = upperBound(stable, ratePrior, Math.log(1 / alpha));
  const { calls, bad } = scope;
  return { calls, bad, rate: Math.max(usual, upper), hours: Math.round(coveredMs / 3_600_000), scatter };
}

export function startAfter(): AfterState {
  return {
    countedMs: 0,
    blockMs: 0,
    all: emptyScope(),
    block: emptyScope(),
    recent: [],
    failingLooks: 0,
  };
}

/** Adds an interval in place. `elapsedMs`: from a monotonic clock. Leave out intervals without a database. */
export function addAfter(state: AfterState, interval: CountedCalls, elapsedMs: number): void {
  const ms = Math.min(longestLookMs, Math.max(0, elapsedMs));
  if (state.blockMs >= blockMs) {
    state.block = emptyScope();
    state.blockMs = 0;
  }
  state.countedMs += ms;
  state.blockMs += ms;
  addInterval(state.all, interval);
  addInterval(state.block, interval);
  state.recent.push({ ms, calls: interval.calls });
  let kept = 0;
  let first = state.recent.length;
  while (first > 0 && kept < recentMs) {
    first -= 1;
    kept += state.recent[first]?.ms ?? 0;
  }
  state.recent.splice(0, first);
}

export interface AfterQuestion {
  /** `null` when no reference exists; the verdict is then NO_DATA. */
  readonly reference: RateReference | null;
  readonly after: AfterState;
  /** How far the rate may be above the reference, as a fraction. */
  readonly increase: number;
  /** How long the release is watched, in milliseconds. */
  readonly forMs: number;
}

/** Judges one look. A breach must show at two looks in a row; `after` counts them. */
export function judgeAfter({ reference, after, increase, forMs }: AfterQuestion): AfterReading {
  const { all, block } = after;
  const past: Scatter = reference?.scatter ?? { ...emptyScope(), callers: null };
  const counts = weakened(scatterOf(all), past).canary;
  const seen = {
    calls: all.calls,
    bad: all.bad,
    ...rateBounds(counts, ratePrior, Math.log(2 / alpha)),
  };
  if (reference === null) {
    const sentence =
      'The former release has counts of less than 24 hours, so there is nothing to compare with.';
    return { verdict: 'NO_DATA', sentence, after: seen, before: null };
  }
  const limit = reference.rate + increase;
  const blocks = Math.max(1, Math.ceil(forMs / blockMs));
  const breaks = (scope: AfterScope, parts: number): boolean => {
    const scatter = scatterOf(scope);
    const used = weakened(scatter, past).canary;
    return isPersistent(scatter) && isAbove(limit, used, ratePrior, Math.log(parts / alpha));
  };
  after.failingLooks = breaks(all, 2) || breaks(block, 2 * blocks) ? after.failingLooks + 1 : 0;
  const before = { calls: reference.calls, bad: reference.bad, upper: reference.rate };
  const sentence = describe(seen, before, increase);
  const say = (verdict: AfterReading['verdict']): AfterReading => ({
    verdict,
    sentence,
    after: seen,
    before,
  });
  if (after.failingLooks >= persistentLooks) return say('FAIL');
  const lately = after.recent.reduce((sum, { calls }) => sum + calls, 0);
  if (after.countedMs >= recentMs && lately < fewestCalls) return say('NO_DATA');
  const isProven = isAtMost(limit, counts, ratePrior, Math.log(1 / alpha));
  return say(isProven && after.failingLooks === 0 ? 'PASS' : 'INCONCLUSIVE');
}

function describe(
  after: AfterReading['after'],
  before: Counts & { upper: number },
  increase: number,
): string {
  const { calls, bad, lower, upper } = after;
  const now = `${count(bad)} of ${count(calls)} calls failed (${percent(lower)} to ${percent(upper)})`;
  const past = `${count(before.bad)} of ${count(before.calls)}, and ${percent(before.upper)} at its usual worst`;
  return `Since the activation: ${now}. The release before it: ${past}. Allowed: ${points(increase)} more.`;
}

function emptyScope(): AfterScope {
  return { calls: 0, bad: 0, intervals: 0, badIntervals: 0, squares: 0 };
}

function scatterOf(scope: AfterScope): Scatter {
  return { ...scope, callers: null };
}

function addInterval(scope: AfterScope, { calls, bad }: CountedCalls): void {
  if (calls === 0) return;
  scope.calls += calls;
  scope.bad += bad;
  scope.intervals += 1;
  if (bad > 0) scope.badIntervals += 1;
  scope.squares += (bad * bad) / calls;
}
