// An environment's records of its releases' calls, and the comparison of a just promoted release with the previous one.
// Changed in place at every look; plain JSON. Pure: the desk stores it and acts on the outcome.
import {
  addAfter,
  addToRecord,
  type AfterReading,
  type AfterState,
  type CountedCalls,
  judgeAfter,
  type RateRecord,
  type RateReference,
  referenceOf,
  startAfter,
} from '../../analysis/before-after.ts';
import type { Content } from '../../gates/admission/admission-facts.ts';
import type { WatchedRelease } from '../../serving/call-watch.ts';
import type { Remembered } from '../state/activation-memory.ts';

/** One comparison of an environment. */
export interface BakeComparison {
  readonly name: string;
  /** How far the share of failed calls may be above the reference, as a fraction. */
  readonly increase: number;
  /** How long a release is compared; milliseconds of counted time. */
  readonly forMs: number;
  /** It continues after a breach, and only ends when the release is proven to be as good again. */
  readonly isOngoing?: boolean;
  /** Whether calls of this operation count. */
  counts(operation: string): boolean;
}

/** The calls of one release, by comparison. */
export interface ReleaseRecord {
  readonly release: string;
  readonly digest: string;
  readonly series: Record<string, RateRecord>;
}

/** `undecided`: the time is over without proof. */
export type AfterOutcome = 'running' | 'passed' | 'breached' | 'undecided';

export interface AfterRun {
  /** Fixed at the activation; `null` when none exists. */
  readonly reference: RateReference | null;
  state: AfterState;
  reading: AfterReading | undefined;
  outcome: AfterOutcome;
  /** Why a breach is only told, although stk.yaml asks for a rollback. */
  follows?: string;
  /** Whether the outcome has been acted on. */
  isDone: boolean;
}

/** A release that is compared with the previous one. */
export interface AfterActivation {
  readonly content: Content;
  readonly previous: Content;
  /** The pointer commit. */
  readonly revision: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly runs: Record<string, AfterRun>;
}

export interface KeptAfter {
  /** What was served at the last look; `undefined` when there was none yet. */
  serving: Content | undefined;
  after: AfterActivation | undefined;
}

export interface Look {
  readonly now: number;
  /** From a monotonic clock since the last look. */
  readonly elapsedMs: number;
  readonly served: Content & { readonly isReachable: boolean };
  /** Its activation. */
  readonly activation: Pick<Remembered, 'revision' | 'class'>;
  /** By blob id. */
  readonly taken: ReadonlyMap<string, WatchedRelease>;
  readonly comparisons: readonly BakeComparison[];
}

/** The most releases whose record is kept. */
const mostReleases = 4;

/** Changes both in place. Returns whether another release is served than at the last look. */
export function lookAfter(kept: KeptAfter, records: ReleaseRecord[], look: Look): boolean {
  const { now, served, taken } = look;
  // Calls without a database do not count, and neither do those in the same interval.
  const isCounted = served.isReachable && ![...taken.values()].some(({ isAway }) => isAway);
  const before = kept.serving;
  const isOther = before?.digest !== served.digest;
  if (isCounted && before !== undefined && isOther) note(records, before, look);
  if (isOther) {
    const isForward = look.activation.class !== 'rollback';
    kept.after = before !== undefined && isForward ? begin(records, before, look) : undefined;
    kept.serving = { release: served.release, digest: served.digest };
  }
  if (!isCounted) return isOther;
  note(records, served, look);
  for (const comparison of look.comparisons) {
    const run = kept.after?.runs[comparison.name];
    const goesOn = comparison.isOngoing === true && run?.outcome === 'breached';
    if (run === undefined || (run.outcome !== 'running' && !goesOn)) continue;
    addAfter(run.state, callsOf(taken.get(served.digest), comparison), look.elapsedMs);
    conclude(run, comparison);
  }
  records.sort((a, b) => newestOf(a, now) - newestOf(b, now));
  records.splice(0, Math.max(0, records.length - mostReleases));
  return isOther;
}

function begin(
  records: readonly ReleaseRecord[],
  previous: Content,
  { now, served, activation, comparisons }: Look,
): AfterActivation {
  const series = records.find(({ digest }) => digest === previous.digest)?.series ?? {};
  const runs = comparisons.map(({ name }): [string, AfterRun] => {
    const reference = referenceOf(series[name] ?? [], now);
    return [name, { reference, state: startAfter(), reading: undefined, outcome: 'running', isDone: false }];
  });
  const { release, digest } = served;
  const { revision } = activation;
  return { content: { release, digest }, previous, revision, since: now, runs: Object.fromEntries(runs) };
}

function conclude(run: AfterRun, { increase, forMs, isOngoing }: BakeComparison): void {
  const { reference, state } = run;
  const reading = judgeAfter({ reference, after: state, increase, forMs });
  run.reading = reading;
  if (isOngoing === true && run.outcome === 'breached') {
    if (reading.verdict === 'PASS') run.outcome = 'running';
    return;
  }
  // A rate that was bad before does not make the same rate bad afterwards.
  if (isOngoing === true && reading.verdict === 'FAIL') run.state = startAfter();
  if (reading.verdict === 'FAIL') run.outcome = 'breached';
  else if (state.countedMs >= forMs) run.outcome = reading.verdict === 'PASS' ? 'passed' : 'undecided';
}

/** Adds the interval to the record of a release. */
function note(records: ReleaseRecord[], { release, digest }: Content, look: Look): void {
  let record = records.find((one) => one.digest === digest);
  if (record === undefined) records.push((record = { release, digest, series: {} }));
  for (const comparison of look.comparisons)
    addToRecord(
      (record.series[comparison.name] ??= []),
      look.now,
      callsOf(look.taken.get(digest), comparison),
    );
}

function callsOf(taken: WatchedRelease | undefined, { counts }: BakeComparison): CountedCalls {
  let [calls, bad] = [0, 0];
  for (const [operation, counted] of taken?.byOperation ?? []) {
    if (!counts(operation)) continue;
    calls += counted.calls;
    bad += counted.errors;
  }
  return { calls, bad };
}

function newestOf({ series }: ReleaseRecord, now: number): number {
  return Math.max(0, ...Object.values(series).map((slots) => Math.min(now, slots.at(-1)?.at ?? 0)));
}
