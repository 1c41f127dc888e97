// Every interval of the reconciler, in milliseconds, and the jitter that keeps many Hubs from acting at the same time.
import type { Clock } from '../../kernel/clock.ts';

export const timing = {
  /** How often a local ref is read without a hint. */
  pollLocal: 2_000,
  /** How often a URL is fetched. */
  pollRemote: 5_000,
  /** How often an incompatible candidate is checked again: a missing migration takes effect within seconds. */
  recheck: 2_000,
  /** One in this many checks of an unchanged fingerprint asks everything again, for changes that the fingerprint might miss. */
  freshEvery: 15,
  /** How often a serving release is compared with its database. */
  drift: 15_000,
  /** Least time between two drift checks after failing calls. */
  driftAtOnce: 500,
  /** How long a pre-empted check may continue, for its answers. */
  lingering: 5_000,
  /** Longest time until the next reconcile that a waiting release requested; then it requests again. */
  longestWait: 3_600_000,
  /** First wait after a temporary failure; doubled each time. */
  backOffFirst: 500,
  backOffMost: 8_000,
  /** How long a first reconcile may take before the last-known-good from disk is served meanwhile. */
  lastKnownGoodGrace: 2_000,
  /** How long after a failed write of a last-known-good it is retried. */
  recordAgain: 10_000,
  /** How often the open debt of a hotfix is checked, beside every change of a record. */
  debtRecheck: 60_000,
  /** How long a replaced database stays open for calls that took its release before the swap. */
  drainGrace: 2_000,
} as const;

/** `ms` plus or minus a fifth. */
export function withJitter(ms: number, clock: Clock): number {
  return ms * (0.8 + 0.4 * clock.random());
}

/** The wait before attempt `failures` + 1; `failures` counts from 1. */
export function backOff(failures: number, clock: Clock): number {
  const doubled = timing.backOffFirst * 2 ** Math.min(failures - 1, 16);
  return withJitter(Math.min(doubled, timing.backOffMost), clock);
}
