// The settings of a canary's analysis as values: times in milliseconds, shares as fractions of one. Parsing documents
// is the work of src/documents.

import type { GatePolicy, OnBreach, WeightStep } from '../model/pipeline/canary.ts';

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
export const alpha = 0.05;
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
