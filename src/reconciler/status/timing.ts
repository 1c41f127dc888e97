// Every interval of the reconciler, in milliseconds, and the jitter that keeps many Hubs from acting in step.
import type { Clock } from '../../kernel/clock.ts';

export const timing = {
  /** How often a local ref is read although nothing hinted that it moved. */
  pollLocal: 2_000,
  /** How often a URL is fetched. */
  pollRemote: 5_000,
  /** How often an incompatible candidate is checked again: a missing migration takes effect within seconds. */
  recheck: 2_000,
  /** Of so many looks at an unchanged fingerprint, one asks everything again: for what the fingerprint might not cover. */
  freshEvery: 15,
  /** How often a serving release is compared with its database. */
  drift: 15_000,
  /** Least time between two drift checks that failing calls ask for. */
  driftAtOnce: 500,
  /** How long a check that was pre-empted may go on, for its answers. */
  lingering: 5_000,
  /** Longest time to a reconcile that a waiting release has asked for; it asks again then. */
  longestWait: 3_600_000,
  /** First wait after a passing failure; doubled each time. */
  backOffFirst: 500,
  backOffMost: 8_000,
  /** How long a first reconcile may take before the last-known-good from disk answers meanwhile. */
  lastKnownGoodGrace: 2_000,
  /** How long after a last-known-good could not be written it is tried again. */
  recordAgain: 10_000,
  /** How often the open debt of a hotfix is looked at, beside every change of a record. */
  debtRecheck: 60_000,
  /** How long a replaced database stays open for calls that took its release before the swap. */
  drainGrace: 2_000,
} as const;

/** `ms` give or take a fifth. */
export function withJitter(ms: number, clock: Clock): number {
  return ms * (0.8 + 0.4 * clock.random());
}

/** The wait before attempt `failures` + 1; `failures` counts from 1. */
export function backOff(failures: number, clock: Clock): number {
  const doubled = timing.backOffFirst * 2 ** Math.min(failures - 1, 16);
  return withJitter(Math.min(doubled, timing.backOffMost), clock);
}
