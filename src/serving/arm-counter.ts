// Counts the calls of one arm by result: since the last `take`, for a look at a canary, and since the canary began, for
// /metrics. Of constant size. It stores no caller's key and no data of a call.
import { bucketCount, bucketOf } from '../analysis/latency-buckets.ts';
import { callerGroups, type ArmSample } from '../analysis/sample.ts';

/** `left`: the client disconnected, so that the call is neither answered nor failed. */
export type CallEnd = 'ok' | 'error' | 'refusal' | 'left';

export interface CountedCall {
  readonly end: CallEnd;
  /** `undefined` when it was not answered, so that its duration means nothing. */
  readonly ms: number | undefined;
  /** The group of its caller. */
  readonly group: number;
}

/** Since the canary began. */
export interface ArmTotals {
  readonly ends: Readonly<Record<CallEnd, number>>;
  /** By bucket. */
  readonly latency: readonly number[];
  /** Sum of durations, in milliseconds. */
  readonly sumMs: number;
}

const ends = ['ok', 'error', 'refusal', 'left'] as const;

export class ArmCounter {
  readonly #ends = { ok: 0, error: 0, refusal: 0, left: 0 };
  #trailingErrors = 0;
  readonly #latency = new Float64Array(bucketCount);
  readonly #callers = {
    calls: new Float64Array(callerGroups),
    errors: new Float64Array(callerGroups),
    refusals: new Float64Array(callerGroups),
  };
  /** Before the current interval. */
  readonly #pastEnds = { ok: 0, error: 0, refusal: 0, left: 0 };
  readonly #pastLatency = new Float64Array(bucketCount);
  #sumMs = 0;

  add({ end, ms, group }: CountedCall): void {
    const { calls, errors, refusals } = this.#callers;
    this.#ends[end] += 1;
    increment(calls, group);
    if (end === 'error') {
      this.#trailingErrors += 1;
      increment(errors, group);
    } else {
      this.#trailingErrors = 0;
      if (end === 'refusal') increment(refusals, group);
    }
    if (ms === undefined) return;
    increment(this.#latency, bucketOf(ms));
    this.#sumMs += ms;
  }

  /** The calls since the last `take`. `hasCallers`: whether they have keys, so that groups have a meaning. */
  take(hasCallers: boolean): ArmSample {
    const { ok, error, refusal, left } = this.#ends;
    const { calls, errors, refusals } = this.#callers;
    const latency: (readonly [number, number])[] = [];
    for (const [bucket, count] of this.#latency.entries()) if (count > 0) latency.push([bucket, count]);
    const sample: ArmSample = {
      calls: ok + error + refusal + left,
      errors: error,
      refusals: refusal,
      trailingErrors: this.#trailingErrors,
      latency,
      callers: hasCallers ? { calls: [...calls], errors: [...errors], refusals: [...refusals] } : null,
    };
    this.#begin();
    return sample;
  }

  totals(): ArmTotals {
    const sum = (end: CallEnd): number => this.#pastEnds[end] + this.#ends[end];
    return {
      ends: { ok: sum('ok'), error: sum('error'), refusal: sum('refusal'), left: sum('left') },
      latency: Array.from(this.#pastLatency, (past, bucket) => past + (this.#latency[bucket] ?? 0)),
      sumMs: this.#sumMs,
    };
  }

  /** Begins an interval: earlier counts are only in the totals. */
  #begin(): void {
    for (const end of ends) {
      this.#pastEnds[end] += this.#ends[end];
      this.#ends[end] = 0;
    }
    for (const [bucket, count] of this.#latency.entries())
      if (count > 0) add(this.#pastLatency, bucket, count);
    this.#trailingErrors = 0;
    this.#latency.fill(0);
    for (const counts of Object.values(this.#callers)) counts.fill(0);
  }
}

function increment(counts: Float64Array, index: number): void {
  add(counts, index, 1);
}

function add(counts: Float64Array, index: number, more: number): void {
  counts[index] = (counts[index] ?? 0) + more;
}
