// A canary as stk.yaml sets it: whose calls it takes a share of, how large a share, and what its analysis asks. Times are
// milliseconds and shares fractions of one, except weights, which are per cent.

export interface CanarySettings {
  /** The environment whose calls it takes a share of, and whose database it uses. */
  readonly of: string;
  /** One for each weight; `weight: 10` is one step. */
  readonly steps: readonly WeightStep[];
  readonly sticky: Sticky;
  /** `undefined` when nothing passes by itself. */
  readonly analysis: AnalysisSettings | undefined;
}

/** What of a call is the caller's key. A call without a key is sent by itself. */
export type Sticky =
  /** The subject of the token. */
  | { readonly kind: 'subject' }
  /** A request header, its name in lower case. */
  | { readonly kind: 'header'; readonly name: string }
  | { readonly kind: 'none' };

/** One weight of the plan. The last step ends by `minimumMs` and `maximumMs`; `forMs` counts for those before it. */
export interface WeightStep {
  /** Per cent of the calls. */
  readonly weight: number;
  readonly forMs: number;
}

export interface AnalysisSettings {
  readonly minimumMs: number;
  readonly maximumMs: number;
  readonly warmUp: { readonly ms: number; readonly requests: number };
  readonly gates: readonly GatePolicy[];
  readonly source: { readonly kind: 'hub' } | { readonly kind: 'prometheus'; readonly url: string };
  /** What follows at `maximumMs` where too few calls came. */
  readonly onNoData: OnBreach;
  /** Roles that may promote an undecided canary. Empty: nobody may. */
  readonly override: readonly string[];
}

/** What the reason of an event `canary-verdict` is, where it is no verdict of a look. */
export const verdictReasons = {
  /** The analysis ended without a verdict. */
  undecided: 'undecided',
  noData: 'NO_DATA',
  /** Too few calls for 15 minutes. */
  noDataLong: 'NO_DATA-15m',
} as const;

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
  | { readonly kind: 'metric'; readonly query: string; readonly increase: number };

export interface GatePolicy {
  readonly name: string;
  readonly test: GateTest;
  readonly onBreach: OnBreach;
  /** Judged and shown, but never acted upon. */
  readonly dryRun: boolean;
}

/** How a release is watched after it has been promoted, against the past of its environment. */
export interface BakeSettings {
  readonly forMs: number;
  readonly onBreach: 'rollback' | 'alert';
}
