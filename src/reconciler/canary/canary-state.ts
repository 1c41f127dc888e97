// The life of one canary as values: what it compares, its state, and why it returns to the stable release.
// next-canary-state.ts has the transitions.
import type { Content } from '../../gates/admission/admission-facts.ts';

/** A canary that has begun. */
export interface Canary {
  /** The canary environment. */
  readonly environment: string;
  /** The environment that it shares calls with. */
  readonly of: string;
  readonly content: Content;
  /** What the environment `of` served when the canary began. */
  readonly stable: Content;
  /** The pointer commit that began it. */
  readonly revision: string;
  /** Blob id of the pointer file that decisions are based on. */
  readonly blob: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** Index of the current weight. */
  readonly step: number;
  /** Earlier steps belong to other settings; milliseconds since 1970. `undefined` for the first settings. */
  readonly stepsSince?: number;
}

/** A step in a Hub's event. */
export interface ToldStep {
  /** Index of the weight. */
  readonly step: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export type CanaryPhase = 'warming' | 'running' | 'paused' | 'undecided' | 'passed';

export type ReturnCause =
  /** A rollback gate failed. */
  | 'failed'
  /** Too few calls until `maximum`. */
  | 'no-data'
  /** The environment `of` serves another release than when the canary began. */
  | 'production-moved'
  /** A person aborted it. */
  | 'aborted';

export type CanaryOutcome = 'passed' | 'failed' | 'aborted' | 'superseded';

/**
 * none      → running    a pointer commit names a release that the environment `of` does not serve
 * running   → returning  a gate failed, no data, the stable release moved, or a person aborted
 * running   → none       it passed and is served, or a newer pointer commit takes its place
 * returning → none       the pointer names another release than the canary's
 */
export type CanaryState =
  /** `ended`: the last one, whose pointer commit begins no second canary. */
  | { readonly kind: 'none'; readonly ended: EndedCanary | undefined }
  | {
      readonly kind: 'running';
      readonly canary: Canary;
      readonly phase: CanaryPhase;
      /** Why nothing continues automatically; `undefined` when it does. */
      readonly held: CanaryHold | undefined;
      /** The last verdict in an event. */
      readonly verdict: string | undefined;
      /** Gates of which an alert was told; absent: none. */
      readonly alerted?: readonly string[];
    }
  /** Decided: the canary gets no calls, and the commit that moves its pointer back is still to be made. */
  | { readonly kind: 'returning'; readonly canary: Canary; readonly decision: ReturnDecision };

export interface EndedCanary {
  readonly revision: string;
  readonly content: Content;
  readonly outcome: CanaryOutcome;
}

export interface CanaryHold {
  readonly by: 'person' | 'drift';
  readonly reason: string;
}

/** The content of the commit that moves the pointer back. */
export interface ReturnDecision {
  readonly cause: ReturnCause;
  readonly sentence: string;
  /** The gate that failed; `undefined` when none did. */
  readonly gate: string | undefined;
  /** The person who requested it; `undefined` when the Hub decided. */
  readonly actor: string | undefined;
  readonly reason: string | undefined;
  readonly evidence: CanaryEvidence;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Counts and bounds by gate. */
export interface CanaryEvidence {
  readonly counts: Readonly<Record<string, ArmsOf<{ readonly calls: number; readonly bad: number }>>>;
  readonly bounds: Readonly<Record<string, ArmsOf<{ readonly lower: number; readonly upper: number }>>>;
}

/** Not an interface, because it is written as JSON. */
type ArmsOf<T> = Readonly<Record<'canary' | 'stable', T>>;

export const noEvidence: CanaryEvidence = { counts: {}, bounds: {} };
