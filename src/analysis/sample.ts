// What one look adds: the calls of both arms since the look before, and what the probes found. A counter in the Hub or a
// metric source makes it; the decision reads it.

/** The number of groups that callers are put into, by a hash of their key. Shows whether few callers make most failures. */
export const callerGroups = 64;

/** Calls of one arm in one interval. */
export interface ArmSample {
  readonly calls: number;
  /** Calls that failed: 5xx, timeouts, errors of the engine. */
  readonly errors: number;
  /** Calls that were refused: 400, 403, 404, 409, 422. */
  readonly refusals: number;
  /** How many calls failed in a row at the end of the interval. */
  readonly trailingErrors: number;
  /** Pairs of bucket and count, for calls that were answered or timed out. */
  readonly latency: readonly (readonly [bucket: number, count: number])[];
  /** Calls, errors and refusals by group of callers; `null` when callers are not counted. */
  readonly callers: {
    readonly calls: readonly number[];
    readonly errors: readonly number[];
    readonly refusals: readonly number[];
  } | null;
}

export interface Sample {
  /** Milliseconds since the epoch; only for display. */
  readonly at: number;
  /** Milliseconds of a monotonic clock since the previous look. At most 20 s of it count. */
  readonly elapsedMs: number;
  readonly canary: ArmSample;
  readonly stable: ArmSample;
  /** Whether each arm's probe succeeded; `null` when none ran. */
  readonly probes: { readonly canary: boolean; readonly stable: boolean } | null;
  /** Values of `metric` gates by gate; `null` when the source has none. */
  readonly metrics: Readonly<Record<string, { readonly canary: number; readonly stable: number } | null>>;
  /** Whether the source of the counts answered. */
  readonly isSourceUp: boolean;
}
