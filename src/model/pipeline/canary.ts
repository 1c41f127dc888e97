// A canary's settings in stk.yaml: whose calls it shares, how many, and its analysis. Times are milliseconds and shares
// fractions of one, except weights, which are per cent.

export interface CanarySettings {
  /** The environment that it shares calls and the database with. */
  readonly of: string;
  /** One for each weight; `weight: 10` is one step. */
  readonly steps: readonly WeightStep[];
  readonly sticky: Sticky;
  /** `undefined` when nothing passes automatically. */
  readonly analysis: AnalysisSettings | undefined;
}

/** The part of a call that is the caller's key. A call without a key is drawn by itself. */
export type Sticky =
  /** The subject of the token. */
  | { readonly kind: 'subject' }
  /** A request header, its name in lower case. */
  | { readonly kind: 'header'; readonly name: string }
  | { readonly kind: 'none' };

/** One weight of the plan. `minimumMs` and `maximumMs` end the last step; `forMs` ends the earlier ones. */
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
  /** What happens at `maximumMs` after too few calls. */
  readonly onNoData: OnBreach;
  /** Roles that may promote an undecided canary. Empty for nobody. */
  readonly override: readonly string[];
}

/** Reasons of an event `canary-verdict` that are no verdict of a look. */
export const verdictReasons = {
  /** The analysis ended without a verdict. */
  undecided: 'undecided',
  noData: 'NO_DATA',
  /** Too few calls for 15 minutes. */
  noDataLong: 'NO_DATA-15m',
  /** A gate that only alerts fails, or the environment itself is below the objective of a gate. */
  alert: 'alert',
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
  /** A value for each arm from a metric source; it can only alert. */
  | { readonly kind: 'metric'; readonly query: string; readonly increase: number };

export interface GatePolicy {
  readonly name: string;
  readonly test: GateTest;
  readonly onBreach: OnBreach;
  /** Judged and shown, but without consequences. */
  readonly dryRun: boolean;
}

/** How a promoted release is watched, compared with its environment's past. */
export interface BakeSettings {
  readonly forMs: number;
  readonly onBreach: 'rollback' | 'alert';
}
