// The settings of a canary's analysis as values: times in milliseconds, shares as fractions of one. Documents are parsed
// elsewhere; here is what the decision needs.

export type OnBreach = 'rollback' | 'pause' | 'alert';

/** What a gate measures, with its limits. */
export type GateTest =
  /** The canary's share of failed (refused) calls is at most stable's plus `increase`, e.g. 0.01 for one point. */
  | { readonly kind: 'errorRate' | 'refusalRate'; readonly increase: number }
  /** The canary's duration at `quantile` is at most stable's times 1 + `increase`. */
  | { readonly kind: 'latency'; readonly quantile: number; readonly increase: number }
  /** The share of calls that did not fail is at least `atLeast`, e.g. 0.999. */
  | { readonly kind: 'availability'; readonly atLeast: number }
  /** The canary's probes do not fail for `forMs` while stable's succeed. */
  | { readonly kind: 'health'; readonly forMs: number }
  /** A value of each arm that a metric source gives; it can only alert. */
  | { readonly kind: 'metric'; readonly increase: number };

export interface GatePolicy {
  readonly name: string;
  readonly test: GateTest;
  readonly onBreach: OnBreach;
  /** Judged and shown, but never acted upon. */
  readonly dryRun: boolean;
}

/** One weight of the plan. The last step ends by `minimumMs` and `maximumMs`; `forMs` counts for those before it. */
export interface WeightStep {
  /** Per cent of the calls. */
  readonly weight: number;
  readonly forMs: number;
}

export interface AnalysisPolicy {
  readonly steps: readonly WeightStep[];
  readonly minimumMs: number;
  readonly maximumMs: number;
  readonly warmUp: { readonly ms: number; readonly requests: number };
  readonly gates: readonly GatePolicy[];
  readonly onNoData: OnBreach;
  /** Whether calls are bound to callers, so that counts by caller mean something. */
  readonly hasCallers: boolean;
}

/** The error probability of one gate and one kind of decision. */
const alpha = 0.05;
/** The length of a block of the second test, which finds faults that begin late. */
export const blockMs = 300_000;

/** What the evidence must reach, as ln(1/α′), for each kind of decision. */
export interface Thresholds {
  readonly failStep: number;
  readonly failBlock: number;
  /** One of two bounds that are compared. */
  readonly passCompared: number;
  /** One bound against a fixed number. */
  readonly passFixed: number;
}

export function thresholdsOf(policy: AnalysisPolicy): Thresholds {
  const steps = Math.max(1, policy.steps.length);
  const blocks = Math.max(1, Math.ceil(policy.maximumMs / blockMs));
  const of = (parts: number) => Math.log((parts * steps) / alpha);
  return { failStep: of(4), failBlock: of(4 * blocks), passCompared: of(2), passFixed: of(1) };
}
